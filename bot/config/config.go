// Package config holds the choices of a run. Each comes from the first of these
// that has it: its flag, its environment variable, footnote.yaml, its default.
//
// The three spellings are one name: --fail-on-abstain is FOOTNOTE_FAIL_ON_ABSTAIN
// and the key fail-on-abstain. A setting is declared once, in settings.
package config

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
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
	Out           string // file to write to; empty: standard output
	Format        string // "jsonl" or "csv"
	Force         bool   // replace Out if it is there

	LLM           LLM
	Embed         Embed
	ContextTokens int      // of documents, in a prompt
	LocalOnly     []string // folders whose text never leaves the machine
	Prompts       string   // folder of prompts in place of the built-in ones
	Budget        Budget
	Slack         Slack
	Eval          Eval

	file     string // --config
	home     string // for a leading ~
	settings []*setting
}

// DefaultFile is read from the working folder if there is no --config.
const DefaultFile = "footnote.yaml"

// An LLM is the language model that writes answers, if Model names one.
type LLM struct {
	Model    string
	URL      string
	CA       string        // file of certificates to trust besides the system's
	Timeout  time.Duration // of a whole answer
	First    time.Duration // until its first words
	Parallel int           // requests at once, embeddings included
	Patient  bool          // an endpoint that is down is asked again and again; no setting
}

// An Eval is what an evaluation reads and writes.
type Eval struct {
	Questions string // file of cases
	Baseline  string // results of an earlier run
	HTML      string // file of the report
	JUnit     string
	Summary   string   // file of the figures in Markdown
	FailIf    []string // conditions such as "hit@5 < 0.9"
	// FailIfWorse is by how much a share may be below that of the baseline; nil: by
	// any amount.
	FailIfWorse *float64
	AllowErrors int // how many questions may fail
	Seed        int // of the intervals
	Reviewer    string
	With        string // file of another reviewer's cases
	JudgeModel  string // language model that judges the answers; empty: none does
	JudgeURL    string
}

// An Embed is the embedding model, if Model names one; else the built-in one.
type Embed struct {
	Model      string
	URL        string
	Dimensions int  // 0: the model's own
	Prefixes   bool // "query: " and "passage: " before texts
	InputTypes bool // tell the endpoint which texts are queries
}

// A Budget is a number of tokens; 0 means no limit.
type Budget struct{ Day, Month int }

// New returns the defaults.
func New() *Config {
	c := &Config{Docs: []Root{{Dir: "seeds"}}, Top: 8, Wait: 20 * time.Second, ContextTokens: 6000, Format: "jsonl",
		LLM:   LLM{Timeout: time.Minute, First: 20 * time.Second, Parallel: 4},
		Slack: Slack{Retention: 90 * day}}
	c.settings = append([]*setting{
		{name: "docs", kind: "[NAME=]DIR", usage: "folder of documents; repeat it for more", list: true, path: true,
			set: c.addDocs, text: c.docsText, group: c.loadRoot},
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
		words(&c.Out, "out", "FILE", "file to write"),
		choice(&c.Format, "format", "jsonl (a JSON object a line) or csv", "jsonl", "csv"),
		yesNo(&c.Force, "force", "replace the file to write"),
		age(&c.Slack.Retention, "retention", "how long questions and feedback are kept; 0 keeps none"),
		{name: "channels", load: c.loadChannels, set: func(string) error { return errors.New("can be set in " + DefaultFile + " only") }},
	}, append(c.modelSettings(), c.evalSettings()...)...)
	return c
}

// evalSettings are those of footnote eval.
func (c *Config) evalSettings() []*setting {
	const most = 1 << 30
	e := &c.Eval
	return []*setting{
		words(&e.Questions, "questions", "FILE", "cases: a JSON object a line, or CSV"),
		words(&e.Baseline, "baseline", "FILE", "results of an earlier run to compare with"),
		words(&e.HTML, "html", "FILE", "file to write the report to"),
		words(&e.JUnit, "junit", "FILE", "file to write a test report in JUnit's format to"),
		words(&e.Summary, "summary", "FILE", "file to write the figures to, in Markdown"),
		{name: "fail-if", kind: "CONDITION", usage: `exit with 20 if it is true, such as "hit@5 < 0.9"; repeat it for more`, list: true, must: "a condition or a list of them",
			text: func() string { return strings.Join(e.FailIf, " ") }, set: func(v string) error { e.FailIf = append(e.FailIf, v); return nil }},
		{name: "fail-if-worse", kind: "AMOUNT", usage: "exit with 20 if a share is worse than the baseline's by more than this, such as 0.02", tag: "!!float", other: "!!int", must: "a number from 0 to 1",
			text: func() string { return "" }, set: e.setWorse},
		whole(&e.AllowErrors, "allow-errors", "how many questions may fail before it exits with 21", 0, most),
		whole(&e.Seed, "seed", "of the random numbers behind the intervals", 0, most),
		words(&e.JudgeModel, "judge-model", "NAME", "language model that judges the answers as well"),
		words(&e.JudgeURL, "judge-url", "URL", "its OpenAI-compatible endpoint; otherwise that of llm-url"),
		words(&e.Reviewer, "reviewer", "NAME", "who reviews; otherwise the account's name"),
		words(&e.With, "with", "FILE", "cases of another reviewer, to tell how far you agree"),
	}
}

func (e *Eval) setWorse(v string) error {
	by, err := strconv.ParseFloat(v, 64)
	if err != nil || !(by >= 0 && by <= 1) {
		return errors.New("must be a number from 0 to 1, such as 0.02")
	}
	e.FailIfWorse = &by
	return nil
}

// modelSettings are those of the models that somebody else runs.
func (c *Config) modelSettings() []*setting {
	const most = 1 << 30
	return []*setting{
		words(&c.LLM.Model, "llm-model", "NAME", "language model that writes the answers; without one they are quotes"),
		words(&c.LLM.URL, "llm-url", "URL", "its OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1"),
		words(&c.LLM.CA, "llm-ca", "FILE", "certificates (PEM) to trust besides the system's, for both models"),
		duration(&c.LLM.Timeout, "llm-timeout", "how long an answer may take"),
		duration(&c.LLM.First, "llm-first", "how long its first words may take"),
		whole(&c.LLM.Parallel, "llm-parallel", "requests at once to the models", 1, 1000),
		words(&c.Embed.Model, "embed-model", "NAME", "embedding model in place of the built-in one"),
		words(&c.Embed.URL, "embed-url", "URL", "its OpenAI-compatible endpoint"),
		whole(&c.Embed.Dimensions, "embed-dimensions", "length of its vectors; 0 for its own", 0, 1<<16),
		yesNo(&c.Embed.Prefixes, "embed-prefixes", `put "query: " and "passage: " before texts, as E5 models need`),
		yesNo(&c.Embed.InputTypes, "embed-input-types", `send input_type "query" or "passage", for servers that add the prefixes`),
		whole(&c.ContextTokens, "context-tokens", "how much of the documents goes out with a question, in tokens", 200, most),
		folders(&c.LocalOnly, "local-only", "folder of documents whose text never leaves the machine; repeat it for more"),
		words(&c.Prompts, "prompts", "DIR", "folder of prompts in place of the built-in ones"),
		whole(&c.Budget.Day, "budget-day", "tokens that the language model may use a day; 0 for no limit", 0, most),
		whole(&c.Budget.Month, "budget-month", "tokens that the language model may use a month; 0 for no limit", 0, most),
	}
}

// ModelFlags are the settings of the language model.
func ModelFlags() []string {
	return []string{"llm-model", "llm-url", "llm-timeout", "llm-first", "context-tokens", "prompts", "budget-day", "budget-month"}
}

// EmbedFlags are the settings of the embedding model.
func EmbedFlags() []string {
	return []string{"embed-model", "embed-url", "embed-dimensions", "embed-prefixes", "embed-input-types"}
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
	c.home = getenv("HOME")
	if err := c.loadFile(expanded(file, c.home), must); err != nil {
		return err
	}
	for _, path := range []*string{&c.DB, &c.Prompts, &c.LLM.CA, &c.Out,
		&c.Eval.Questions, &c.Eval.Baseline, &c.Eval.HTML, &c.Eval.JUnit, &c.Eval.Summary, &c.Eval.With} {
		*path = expanded(*path, c.home)
	}
	return c.nameRoots()
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
	other string // one more tag that they may have
	must  string // what they must be, for errors; empty: as the tag says
	empty string // what is wrong with an empty list; empty: nothing is
	set   func(string) error
	text  func() string
	// group loads a value that is a group of keys, and load a whole value of the
	// file; nil: there is no such thing. Both return errors that name the line.
	group func(path string, n *yaml.Node) error
	load  func(path string, n *yaml.Node) error
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
	return &setting{name: name, kind: kind, usage: usage, path: kind == "DIR" || kind == "FILE", text: func() string { return *to },
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
			n, err := strconv.Atoi(strings.ReplaceAll(v, "_", "")) // 200_000, as YAML has it
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

// folders is a list of folders of document IDs.
func folders(to *[]string, name, usage string) *setting {
	return &setting{name: name, kind: "FOLDER", usage: usage, list: true, text: func() string { return strings.Join(*to, " ") },
		set: func(v string) error {
			folder := path.Clean(strings.Trim(strings.ReplaceAll(v, `\`, "/"), "/"))
			if folder == "." || folder == ".." || strings.HasPrefix(folder, "../") {
				return fmt.Errorf("must name a folder of documents, such as hr/")
			}
			*to = append(*to, folder)
			return nil
		}}
}

const day = 24 * time.Hour

// age is a time in days, weeks or hours.
func age(to *time.Duration, name, usage string) *setting {
	const must = "must be a time such as 90d, 12w or 36h, or 0"
	units := map[string]time.Duration{"": 0, "h": time.Hour, "d": day, "w": 7 * day}
	return &setting{name: name, kind: "AGE", usage: usage, other: "!!int", must: strings.TrimPrefix(must, "must be "),
		text: func() string {
			if *to%day == 0 {
				return strconv.Itoa(int(*to/day)) + "d"
			}
			return strconv.Itoa(int(*to/time.Hour)) + "h"
		},
		set: func(v string) error {
			digits := strings.TrimRight(v, "hdw")
			n, err := strconv.ParseUint(digits, 10, 32)
			unit, known := units[v[len(digits):]]
			const most = 100 * 365 * day
			if err != nil || !known || n > 0 && (unit == 0 || n > uint64(most/unit)) {
				return errors.New(must)
			}
			*to = time.Duration(n) * unit
			return nil
		}}
}

// choice is one of some words.
func choice(to *string, name, usage string, words ...string) *setting {
	all := strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1] // two at least
	return &setting{name: name, kind: strings.ToUpper(name), usage: usage, must: all, text: func() string { return *to },
		set: func(v string) error {
			if !slices.Contains(words, v) {
				return errors.New("must be " + all)
			}
			*to = v
			return nil
		}}
}
