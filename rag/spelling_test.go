package rag

import (
	"context"
	"strings"
	"testing"
)

// speller knows one slip of each word.
type speller map[string]string

func (s speller) Spell(_ context.Context, words []string, _, _ Scope) ([]string, error) {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if meant, ok := s[w]; ok {
			out[i] = meant
		}
	}
	return out, nil
}

func TestSpelled(t *testing.T) {
	slips := speller{"pasword": "password", "Pasword": "password", "reset": "rest", "Iraq": "Iran", "mein": "main", "Haftung": "Heftung", "ABCDEFGH": "x", "Lomivile": "Lomiville"}
	lexicon := func(w string) bool { return w == "reset" }
	for _, c := range []struct {
		asked, want string
		known       func(string) bool
	}{
		{"How do I reset the pasword (pasword)?", "How do I reset the password (password)?", lexicon},
		{"Pasword reset", "password reset", lexicon},
		{"the debt of Iraq", "the debt of Iraq", lexicon},
		{"desks in Lomivile", "desks in Lomiville", lexicon},
		{"is it ABCDEFGH", "is it ABCDEFGH", lexicon},
		{"How do I reset the pasword?", "How do I reset the password?", nil},
		{strings.Repeat("nowhere ", maxSpelled) + "pasword", strings.Repeat("nowhere ", maxSpelled) + "pasword", lexicon}, // a pasted log
		{"", "", nil},
	} {
		e := Engine{Speller: slips, Known: c.known}
		got, err := e.spelled(t.Context(), Question{Text: c.asked})
		if err != nil || got.Text != c.want {
			t.Errorf("%q: %q, %v, want %q", c.asked, got.Text, err, c.want)
		}
	}
}

// butFor is a Speller that notes what words may not be from.
type butFor struct{ got *Scope }

func (b butFor) Spell(_ context.Context, words []string, _, but Scope) ([]string, error) {
	*b.got = but
	return words, nil
}

func TestSpelledWithoutPrivate(t *testing.T) {
	var got Scope
	e := Engine{Speller: butFor{&got}, Private: Scope{Folders: []string{"hr"}}}
	if _, err := e.spelled(t.Context(), Question{Text: "How do I reset the pasword?"}); err != nil || !got.Holds("hr/pay.md") {
		t.Errorf("spelt but for %v, %v", got, err)
	}
}
