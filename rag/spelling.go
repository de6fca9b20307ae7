package rag

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag/text"
)

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
		if e.doubtful(w, strings.HasPrefix(strings.TrimSpace(q.Text), w) || lang == "de") {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return q, nil
	}
	meant, err := e.Speller.Spell(ctx, words, q.Scope)
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
	longUnknown = 7 // letters of a word that may be a slip where Known cannot tell
	longName    = 8 // letters of a name that may be
)

// doubtful tells whether a word may be a slip. Capitals make a name, except where any
// word may have one.
func (e *Engine) doubtful(w string, capital bool) bool {
	n := utf8.RuneCountInString(w)
	first, _ := utf8.DecodeRuneInString(w)
	switch {
	case strings.ToUpper(w) == w, unicode.IsUpper(first) && !capital && n < longName:
		return false
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
