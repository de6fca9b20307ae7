package prompts

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every language says the same things with the same holes, and what people
// type stands as Plain gives it.
func TestFixed(t *testing.T) {
	hole := regexp.MustCompile(`\{\w+\}`)
	en, err := In("en")
	if err != nil {
		t.Fatal(err)
	}
	lines := func(f Fixed) map[string]string {
		return map[string]string{"not_found": f.NotFound, "none_mentions": f.NoneMentions, "no_documents": f.NoDocuments,
			"passages": f.Passages, "hello": f.Hello, "thanks": f.Thanks, "about": f.About, "list": f.List, "more": f.More,
			"or": f.Or, "other_language": f.OtherLanguage}
	}
	for _, lang := range Languages {
		f, err := In(lang)
		if err != nil {
			t.Fatal(err)
		}
		if f.Language != lang {
			t.Errorf("%s: there are no replies", lang)
		}
		for key, s := range lines(f) {
			if s == "" {
				t.Errorf("%s: no %s", lang, key)
			}
			want, got := hole.FindAllString(lines(en)[key], -1), hole.FindAllString(s, -1)
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(slices.Compact(want), slices.Compact(got)); diff != "" {
				t.Errorf("%s: %s (-en +%s):\n%s", lang, key, lang, diff)
			}
		}
		for code := range en.Languages {
			if f.Languages[code] == "" {
				t.Errorf("%s: no name for the language %s", lang, code)
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
