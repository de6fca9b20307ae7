package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

// loaded returns the Config of flags, variables and a footnote.yaml, in a folder
// of its own that holds them.
func loaded(t *testing.T, args []string, env map[string]string, yaml string) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if yaml != "" {
		write(t, DefaultFile, yaml)
	}
	c := New()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c.Flags(fs, "config", "docs", "db", "top", "strict", "json", "plain", "wait", "budget-day")
	if err := fs.Parse(args); err != nil {
		return c, err
	}
	return c, c.Load(fs, func(name string) string { return env[name] })
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name, args string
		env        map[string]string
		yaml       string
		want       func(work string, c *Config)
	}{
		{"defaults", "", nil, "", func(string, *Config) {}},
		{"file", "", nil, "top: 3\nstrict: true\nwait: 1m\ndocs: other\n", func(w string, c *Config) {
			c.Top, c.Strict, c.Wait, c.Docs = 3, true, time.Minute, []Root{{Dir: w + "/other"}}
		}},
		{"environment over file", "", map[string]string{"FOOTNOTE_TOP": "4", "FOOTNOTE_STRICT": "false"}, "top: 3\nstrict: true\n",
			func(_ string, c *Config) { c.Top = 4 }},
		{"flag over environment", "--top 5", map[string]string{"FOOTNOTE_TOP": "4"}, "top: 3\n", func(_ string, c *Config) { c.Top = 5 }},
		{"a flag that says the default", "--strict=false", map[string]string{"FOOTNOTE_STRICT": "true"}, "strict: true\n", func(string, *Config) {}},
		{"no flag of this command", "", map[string]string{"FOOTNOTE_FAIL_ON_ABSTAIN": "1"}, "", func(_ string, c *Config) { c.FailOnAbstain = true }},
		{"an empty variable is none", "", map[string]string{"FOOTNOTE_TOP": ""}, "", func(string, *Config) {}},
		{"comments only", "", nil, "# nothing\n", func(string, *Config) {}},
		{"switch without value", "--json", nil, "", func(_ string, c *Config) { c.JSON = true }},
		{"accessible", "", map[string]string{"ACCESSIBLE": "1"}, "", func(_ string, c *Config) { c.Plain = true }},
		{"not accessible", "", map[string]string{"ACCESSIBLE": "0"}, "", func(string, *Config) {}},
		{"plain over accessible", "--plain=false", map[string]string{"ACCESSIBLE": "1"}, "", func(string, *Config) {}},
		{"one named root", "--docs hr=/d/handbook", nil, "", func(_ string, c *Config) { c.Docs = []Root{{Name: "hr", Dir: "/d/handbook"}} }},
		{"roots get names", "--docs /d/handbook --docs b=/e/handbook", nil, "", func(_ string, c *Config) {
			c.Docs = []Root{{Name: "handbook", Dir: "/d/handbook"}, {Name: "b", Dir: "/e/handbook"}}
		}},
		{"home", "--docs ~ --docs notes=~/notes --docs ./~/x --docs ~notes --db ~/db", map[string]string{"HOME": "/h/me"}, "", func(w string, c *Config) {
			c.DB, c.Docs = "/h/me/db", []Root{{Name: "me", Dir: "/h/me"}, {Name: "notes", Dir: "/h/me/notes"}, {Name: "x", Dir: w + "/~/x"}, {Name: "~notes", Dir: w + "/~notes"}}
		}},
		{"home in the file", "", map[string]string{"HOME": "/h/me"}, "db: ~/db\ndocs: [~/a, b=~/b]\n", func(_ string, c *Config) {
			c.DB, c.Docs = "/h/me/db", []Root{{Name: "a", Dir: "/h/me/a"}, {Name: "b", Dir: "/h/me/b"}}
		}},
		{"no home", "--docs ~/a", nil, "", func(w string, c *Config) { c.Docs = []Root{{Dir: w + "/~/a"}} }},
		{"an equals sign in a folder", "--docs ./a=b", nil, "", func(w string, c *Config) { c.Docs = []Root{{Dir: w + "/a=b"}} }},
		{"roots from the environment", "", map[string]string{"FOOTNOTE_DOCS": "/a:x=/b"}, "docs: [c]\n", func(_ string, c *Config) {
			c.Docs = []Root{{Name: "a", Dir: "/a"}, {Name: "x", Dir: "/b"}}
		}},
		{"roots from the file", "", nil, "docs:\n  - one\n  - two=../b\n", func(w string, c *Config) {
			c.Docs = []Root{{Name: "one", Dir: w + "/one"}, {Name: "two", Dir: filepath.Dir(w) + "/b"}}
		}},
		{"groups and underscores", "", nil, "budget: {day: 200_000, month: 7}\nlocal_only: [hr/, ./legal/x]\nllm:\n  model: m\n  url: http://h/v1\n  ca: ca.pem\n", func(_ string, c *Config) {
			c.Budget, c.LocalOnly = Budget{200000, 7}, []string{"hr", "legal/x"}
			c.LLM.Model, c.LLM.URL, c.LLM.CA = "m", "http://h/v1", "ca.pem"
		}},
		{"a flag is stronger than a group", "--budget-day 3", nil, "budget: {day: 5}\nllm-model: m\n", func(_ string, c *Config) {
			c.Budget.Day, c.LLM.Model = 3, "m"
		}},
		{"local only, however it is written", "", nil, "local_only: [hr//pay, ./hr/., x/../legal/]\n", func(_ string, c *Config) { c.LocalOnly = []string{"hr/pay", "hr", "legal"} }},
		{"local only from the environment", "", map[string]string{"FOOTNOTE_LOCAL_ONLY": "hr:legal"}, "", func(_ string, c *Config) { c.LocalOnly = []string{"hr", "legal"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := loaded(t, strings.Fields(c.args), c.env, c.yaml)
			if err != nil {
				t.Fatal(err)
			}
			work, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			want := New()
			want.Docs = []Root{{Dir: work + "/seeds"}}
			c.want(work, want)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct {
		name, args string
		env        map[string]string
		yaml, want string
	}{
		{"unknown key", "", nil, "top: 3\ntpo: 4\n", `footnote.yaml:2: unknown key "tpo"; did you mean "top"?`},
		{"unlike any key", "", nil, "colour: blue\n", `footnote.yaml:1: unknown key "colour"; the keys are docs, db,`},
		{"wrong type", "", nil, "\ntop: many\n", `footnote.yaml:2: top must be a whole number, not "many"`},
		{"number for a switch", "", nil, "strict: 1\n", `footnote.yaml:1: strict must be true or false, not "1"`},
		{"number for a time", "", nil, "wait: 20\n", `footnote.yaml:1: wait must be a time such as 20s or 2m, not "20"`},
		{"bad time", "", nil, "wait: soon\n", `footnote.yaml:1: wait must be a time such as 20s or 2m, not "soon"`},
		{"out of range", "", nil, "top: 0\n", `footnote.yaml:1: top must be a whole number from 1 to 100, not "0"`},
		{"list for a text", "", nil, "db: [a]\n", `footnote.yaml:1: db must be a text, not a list`},
		{"group for folders", "", nil, "db:\n  a: b\n", `footnote.yaml:2: db must be a text, not a group of keys`},
		{"number in folders", "", nil, "docs: [a, 3]\n", `footnote.yaml:1: docs must be a folder or a list of folders, not "3"`},
		{"no value", "", nil, "db:\n", `footnote.yaml:1: db must be a text, not empty`},
		{"type checked behind a flag", "--top 3", nil, "top: many\n", `footnote.yaml:1: top must be a whole number, not "many"`},
		{"twice", "", nil, "top: 3\ntop: 4\n", `footnote.yaml:2: top is set in line 1 already`},
		{"twice, once in a group", "", nil, "budget-day: 3\nbudget:\n  day: 4\n", `footnote.yaml:3: budget-day is set in line 1 already`},
		{"unknown key in a group", "", nil, "budget:\n  dya: 4\n", `footnote.yaml:2: unknown key "budget-dya"; did you mean "budget-day"?`},
		{"a secret", "", nil, "llm:\n  key: sk-x\n", `footnote.yaml:2: unknown key "llm-key"; secrets are read from the environment only`},
		{"nothing local", "", nil, "local_only: [/]\n", `footnote.yaml:1: local-only must name a folder of documents, such as hr/, not "/"`},
		{"local outside", "", nil, "local_only: [../x]\n", `footnote.yaml:1: local-only must name a folder of documents, such as hr/, not "../x"`},
		{"not a mapping", "", nil, "- top\n", `footnote.yaml:1: settings are written as lines of "key: value"`},
		{"syntax", "", nil, "top: 3\n  db: [\n", `footnote.yaml: line 2: `},
		{"variable", "", map[string]string{"FOOTNOTE_TOP": "many"}, "", `FOOTNOTE_TOP: must be a whole number from 1 to 100, not "many"`},
		{"switch variable", "", map[string]string{"FOOTNOTE_PLAIN": "yes"}, "", `FOOTNOTE_PLAIN: must be true or false, not "yes"`},
		{"flag", "--top many", nil, "", `invalid argument "many" for "--top" flag: must be a whole number from 1 to 100`},
		{"no folder", "--docs=", nil, "", "must name a folder"},
		{"no name", "--docs==b", nil, "", "must have a name before the ="},
		{"hidden name", "--docs=.a=b", nil, "", "must have a name that is printable"},
		{"equal names", "--docs /a/x --docs /b/x", nil, "", "two folders are named x (/a/x and /b/x): write --docs NAME=/b/x for one of them"},
		{"root of the file system", "--docs / --docs /b", nil, "", "--docs / has no name of its own: write --docs NAME=/"},
		{"missing file", "--config none.yaml", nil, "", "read the settings: open none.yaml: no such file or directory"},
		{"missing file by variable", "", map[string]string{"FOOTNOTE_CONFIG": "none.yaml"}, "", "read the settings: open none.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loaded(t, strings.Fields(c.args), c.env, c.yaml)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestLoadFileElsewhere reads paths as relative to the file that names them.
func TestLoadFileElsewhere(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "team.yaml"), "docs: handbook\ndb: index\n")
	c, err := loaded(t, []string{"--config", filepath.Join(dir, "team.yaml")}, nil, "top: many\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "handbook"); c.Docs[0].Dir != want {
		t.Errorf("docs %q, want %q", c.Docs[0].Dir, want)
	}
	if want := filepath.Join(dir, "index"); c.DB != want {
		t.Errorf("db %q, want %q", c.DB, want)
	}
}

func TestPlace(t *testing.T) {
	work, cache := t.TempDir(), t.TempDir()
	c := New()
	c.Docs = []Root{{Dir: "/d/hand book"}}
	got, err := c.Place(work, cache)
	if want := filepath.Join(work, ".footnote", "hand_book-"); err != nil || !strings.HasPrefix(got, want) || len(got) != len(want)+8 {
		t.Errorf("got %q, %v", got, err)
	}
	if ignored, err := os.ReadFile(filepath.Join(work, ".footnote", ".gitignore")); err != nil || string(ignored) != "*\n" {
		t.Errorf(".gitignore: %q, %v", ignored, err)
	}
	again, err := c.Place(work, cache)
	if err != nil || again != got {
		t.Errorf("the second time %q, %v", again, err)
	}
	c.Docs = []Root{{Dir: "/e/hand book"}}
	if other, err := c.Place(work, cache); err != nil || other == got {
		t.Errorf("other roots share %q, %v", other, err)
	}
	c.DB = filepath.Join(work, "db")
	if got, err := c.Place(work, cache); err != nil || got != c.DB {
		t.Errorf("--db: %q, %v", got, err)
	}
}

// TestPlaceNotWritable has a working folder in which nobody can make a folder,
// not even root.
func TestPlaceNotWritable(t *testing.T) {
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("there is no /proc")
	}
	c, cache := New(), t.TempDir()
	got, err := c.Place("/proc", cache)
	if err != nil || !strings.HasPrefix(got, filepath.Join(cache, "footnote", "seeds-")) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, cache := range []string{"", "/proc"} {
		if _, err := c.Place("/proc", cache); err == nil || !strings.Contains(err.Error(), "--db") {
			t.Errorf("cache %q: %v", cache, err)
		}
	}
}

func TestPlaceBehindAFile(t *testing.T) {
	work := t.TempDir()
	write(t, filepath.Join(work, ".footnote"), "")
	if _, err := New().Place(work, t.TempDir()); err == nil || !strings.Contains(err.Error(), "a file is in the way") {
		t.Errorf("got %v", err)
	}
}

func TestTypo(t *testing.T) {
	list := []string{"/help", "/sources", "/new", "/exit"}
	for word, want := range map[string]string{
		"/help": "/help", "/Help": "/help", "/hlep": "/help", "/sorces": "/sources", "/srces": "", "/NET": "", "/env": "", "": "",
	} {
		if got := Typo(word, list); got != want {
			t.Errorf("Typo(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	list := []string{"/help", "/sources", "/save", "/good", "/bad", "/exit"}
	for word, want := range map[string]string{
		"/sorces": "/sources", "/hlep": "/help", "/Exit": "/exit", "/svae": "/save", "/gud": "/good", "/goof": "/good", "/elephant": "", "": "",
	} {
		if got := Nearest(word, list); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
