package rag

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag/text"
)

// A Speller knows how words are spelt in documents. An Index may be one.
type Speller interface {
	// Spell returns for each word that no passage in scope holds, and that is
	// likely a slip of one that some do which are not in but, that one, and each
	// other word as it is. A slip is a letter too much, too few, swapped with its neighbour or mistaken for
	// one like it; the most frequent of equally near words is meant.
	Spell(ctx context.Context, words []string, in, but Scope) ([]string, error)
}

// spelled returns the question with its misspelt words as the documents spell them:
// those that neither the documents nor Known know. Codes, numbers and short names stay
// as they are: another is never meant.
func (e *Engine) spelled(ctx context.Context, q Question) (Question, error) {
	if e.Speller == nil {
		return q, nil
	}
	lang := text.Language(q.Text)
	var words []string
	for _, w := range text.Content(q.Text, lang) {
		if len(words) < maxSpelled && e.doubtful(w, lang, strings.HasPrefix(strings.TrimSpace(q.Text), w)) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return q, nil
	}
	meant, err := e.Speller.Spell(ctx, words, q.Scope, e.Private)
	if err != nil {
		return q, fmt.Errorf("spell the question: %w", err)
	}
	for i, w := range words {
		if meant[i] != w {
			q.Text = replaceWord(q.Text, w, meant[i])
		}
	}
	return q, nil
}

const (
	longUnknown = 7  // letters of a word that may be a slip where Known cannot tell
	longForeign = 10 // and of one in a language that it does not know
	longName    = 8  // letters of a name that may be one
	maxSpelled  = 20 // words of a question: each is compared with all that there are
)

// doubtful tells whether a word may be a slip. Capitals make a name, except in
// German and of the question's first word.
func (e *Engine) doubtful(w, lang string, first bool) bool {
	n := utf8.RuneCountInString(w)
	initial, _ := utf8.DecodeRuneInString(w)
	switch {
	case strings.ToUpper(w) == w, unicode.IsUpper(initial) && !first && lang != "de" && n < longName:
		return false
	case lang != "en" && lang != "":
		return n >= longForeign
	case e.Known == nil:
		return n >= longUnknown
	}
	return !e.Known(w)
}

// replaceWord replaces a word wherever it stands as one.
func replaceWord(s, old, by string) string {
	var b strings.Builder
	end := 0
	for _, w := range text.Words(s) {
		if w.Text == old {
			b.WriteString(s[end:w.Start] + by)
			end = w.End
		}
	}
	return b.String() + s[end:]
}
