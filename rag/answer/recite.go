package answer

import (
	"strings"

	"footnote/rag/text"
)

// recited is how many words, and how many bytes of them, in a row make a
// quotation of the rules.
const (
	recitedWords = 5
	recitedBytes = 24
)

// recites tells whether a sentence repeats what the prompt says around the sources,
// as a document may have told the model to, unless a source says the same.
func recites(sentence string, prompt, sources []string) bool {
	words := text.Words(strings.ToLower(sentence))
	for i := 0; i+recitedWords <= len(words); i++ {
		if run := plain(words[i : i+recitedWords]); len(run) >= recitedBytes && within(run, prompt) && !within(run, sources) {
			return true
		}
	}
	return false
}

// within tells whether one of the texts has the words of run in a row.
func within(run string, texts []string) bool {
	for _, s := range texts {
		if strings.Contains(plain(text.Words(strings.ToLower(s))), run) {
			return true
		}
	}
	return false
}

// plain joins words by spaces, with one before and one behind.
func plain(words []text.Word) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, w := range words {
		b.WriteString(w.Text)
		b.WriteByte(' ')
	}
	return b.String()
}
