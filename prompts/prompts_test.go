package prompts

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// Every language says the same things with the same holes, and what people
// type stands as Plain gives it.
func TestFixed(t *testing.T) {
	hole := regexp.MustCompile(`\{\w+\}`)
	holes := func(s string) []string {
		all := hole.FindAllString(s, -1)
		slices.Sort(all)
		return slices.Compact(all)
	}
	en := texts(t, "en")
	for _, lang := range Languages {
		f, err := In(lang)
		if err != nil {
			t.Fatal(err)
		}
		if f.Language != lang {
			t.Errorf("%s: there are no replies", lang)
		}
		said := texts(t, lang)
		for key, s := range en {
			switch got := said[key]; {
			case got == "" && !strings.HasSuffix(key, ".one"):
				t.Errorf("%s: no %s", lang, key)
			case got != "":
				if diff := cmp.Diff(holes(s), holes(got)); diff != "" {
					t.Errorf("%s: %s (-en +%s):\n%s", lang, key, lang, diff)
				}
			}
		}
		for _, list := range [][]string{f.Say.Hello, f.Say.Thanks, f.Say.About, f.Say.List} {
			if len(list) == 0 {
				t.Errorf("%s: an empty list of what people say", lang)
			}
			for _, s := range list {
				if Plain(s) != s {
					t.Errorf("%s: %q never matches; write %q", lang, s, Plain(s))
				}
			}
		}
	}
}

// texts returns all texts of a language's file by their path, "words.sources".
func texts(t *testing.T, lang string) map[string]string {
	t.Helper()
	raw, err := files.ReadFile("fixed/" + lang + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case string:
			all[path] = v
		case map[string]any:
			for key, v := range v {
				walk(strings.TrimPrefix(path+"."+key, "."), v)
			}
		}
	}
	walk("", doc)
	return all
}

func TestCounted(t *testing.T) {
	c := Counted{One: "1 file, {age}", Many: "{count} files, {age}"}
	if got := c.Of(1, "age", "new") + "; " + c.Of(2, "age", "old"); got != "1 file, new; 2 files, old" {
		t.Errorf("got %q", got)
	}
	if got := (Counted{Many: "файлов: {count}"}).Of(1); got != "файлов: 1" {
		t.Errorf("got %q", got)
	}
}

func TestUnknownLanguageIsEnglish(t *testing.T) {
	f, err := In("ja")
	if err != nil || f.Language != "en" {
		t.Errorf("In(ja) = %s, %v", f.Language, err)
	}
}

func TestFill(t *testing.T) {
	if got := Fill("{count} of {titles}", "count", "3", "titles", "{count}"); got != "3 of {count}" {
		t.Errorf("got %q", got)
	}
}
