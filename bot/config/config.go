// Package config holds the choices of a run. Each comes from the first of these
// that has it: its flag, its environment variable, footnote.yaml, its default.
//
// The three spellings are one name: --fail-on-abstain is FOOTNOTE_FAIL_ON_ABSTAIN
// and the key fail-on-abstain. A setting is declared once, in settings.
package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Config is what the user chose.
type Config struct {
	Docs          []Root
	DB            string // empty: DefaultDB
	Top           int    // passages to search for, 1 to 100
	Strict        bool   // leave unverified sentences out
	JSON          bool
	Plain         bool          // append only, every mark a word
	Wait          time.Duration // for vectors, before answering with words
	Prune         bool          // confirm a removal of many documents
	FailOnAbstain bool
	NoHistory     bool
	Verbose       bool

	file     string // --config
	settings []*setting
}

// DefaultFile is read from the working folder if there is no --config.
const DefaultFile = "footnote.yaml"

// New returns the defaults.
func New() *Config {
	c := &Config{Docs: []Root{{Dir: "seeds"}}, Top: 8, Wait: 20 * time.Second}
	c.settings = []*setting{
		{name: "docs", kind: "[NAME=]DIR", usage: "folder of documents; repeat it for more", list: true, set: c.addDocs, text: c.docsText},
		words(&c.DB, "db", "DIR", "folder of the index"),
		whole(&c.Top, "top", "passages to search for; quotes come from the first three", 1, 100),
		yesNo(&c.Strict, "strict", "leave out sentences that could not be checked"),
		yesNo(&c.JSON, "json", "print one JSON object a line"),
		yesNo(&c.Plain, "plain", "for screen readers: nothing is redrawn, every mark is a word"),
		duration(&c.Wait, "wait", "how long to wait for vectors before answering with words alone"),
		yesNo(&c.Prune, "prune", "remove vanished documents even if they are many"),
		yesNo(&c.FailOnAbstain, "fail-on-abstain", "exit with 10 if the answer is not in the documents"),
		yesNo(&c.NoHistory, "no-history", "keep no file of what was asked"),
		yesNo(&c.Verbose, "verbose", "print details of errors"),
	}
	return c
}

// Flags declares the named settings as flags.
func (c *Config) Flags(fs *pflag.FlagSet, names ...string) {
	for _, name := range names {
		if name == "config" {
			fs.StringVar(&c.file, name, "", "settings `FILE` (default "+DefaultFile+" in the working folder, if there is one)")
			continue
		}
		s := c.setting(name)
		f := fs.VarPF(s, s.name, "", s.usage)
		if s.kind == "" {
			f.NoOptDefVal = "true"
		}
	}
}

// Load fills what no flag of fs has set from the environment and the file.
func (c *Config) Load(fs *pflag.FlagSet, getenv func(string) string) error {
	for _, s := range c.settings {
		s.done = fs.Changed(s.name)
	}
	if getenv("ACCESSIBLE") != "" && getenv("ACCESSIBLE") != "0" && getenv(variable("plain")) == "" && !fs.Changed("plain") {
		c.Plain, c.setting("plain").done = true, true
	}
	for _, s := range c.settings {
		if err := s.fromEnvironment(getenv(variable(s.name))); err != nil {
			return err
		}
	}
	file, must := c.file, true
	if file == "" {
		file = getenv(variable("config"))
	}
	if file == "" {
		file, must = DefaultFile, false
	}
	home := getenv("HOME")
	if err := c.loadFile(expanded(file, home), must); err != nil {
		return err
	}
	c.DB = expanded(c.DB, home)
	return c.nameRoots(home)
}

func (c *Config) setting(name string) *setting {
	i := slices.IndexFunc(c.settings, func(s *setting) bool { return s.name == name })
	return c.settings[i]
}

// variable is the name of a setting's environment variable.
func variable(name string) string {
	return "FOOTNOTE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// A setting is one choice, as a flag (it is a pflag.Value), a variable and a key.
type setting struct {
	name  string
	kind  string // what stands for its value in the usage text; empty for a switch
	usage string
	tag   string // of its YAML values; empty: !!str
	list  bool   // may be given several times
	path  bool   // its values are paths, relative to the file that names them
	set   func(string) error
	text  func() string
	done  bool // a stronger origin has set it
	begun bool // the default of a list was replaced
}

func (s *setting) Set(v string) error { return s.set(v) }
func (s *setting) String() string {
	if s.text == nil {
		return ""
	}
	return s.text()
}

// Type is what usage texts show; pflag leaves "bool" out.
func (s *setting) Type() string {
	if s.kind == "" {
		return "bool"
	}
	return s.kind
}

func (s *setting) fromEnvironment(v string) error {
	if v == "" || s.done {
		return nil
	}
	values := []string{v}
	if s.list {
		values = filepath.SplitList(v)
	}
	for _, v := range values {
		if err := s.set(v); err != nil {
			return fmt.Errorf("%s: %w, not %q", variable(s.name), err, v)
		}
	}
	s.done = true
	return nil
}

func words(to *string, name, kind, usage string) *setting {
	return &setting{name: name, kind: kind, usage: usage, path: kind == "DIR", text: func() string { return *to },
		set: func(v string) error { *to = v; return nil }}
}

func yesNo(to *bool, name, usage string) *setting {
	return &setting{name: name, usage: usage, tag: "!!bool", text: func() string { return strconv.FormatBool(*to) },
		set: func(v string) (err error) {
			if *to, err = strconv.ParseBool(v); err != nil {
				return fmt.Errorf("must be true or false")
			}
			return nil
		}}
}

func whole(to *int, name, usage string, low, high int) *setting {
	return &setting{name: name, kind: "N", usage: usage, tag: "!!int", text: func() string { return strconv.Itoa(*to) },
		set: func(v string) error {
			n, err := strconv.Atoi(v)
			if err != nil || n < low || n > high {
				return fmt.Errorf("must be a whole number from %d to %d", low, high)
			}
			*to = n
			return nil
		}}
}

func duration(to *time.Duration, name, usage string) *setting {
	return &setting{name: name, kind: "TIME", usage: usage, text: func() string { return to.String() },
		set: func(v string) error {
			d, err := time.ParseDuration(v)
			if err != nil || d < 0 {
				return fmt.Errorf("must be a time such as 20s or 2m")
			}
			*to = d
			return nil
		}}
}
