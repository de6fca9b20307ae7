package answer

import (
	"slices"
	"strings"

	"footnote/rag/text"
)

// A run of so many words, and of so many bytes, is a quotation of the rules.
const (
	recitedWords = 5
	recitedBytes = 24
)

// recites tells whether a sentence repeats what the prompt says around the sources,
// as a document may have told the model to, unless a source says the same.
func recites(sentence string, prompt, sources []string) bool {
	rules := plain(strings.Join(prompt, "\n"))
	words := strings.Fields(plain(sentence))
	for i := range words {
		for n := i + recitedWords; n <= len(words); n++ {
			run := " " + strings.Join(words[i:n], " ") + " "
			if !strings.Contains(rules, run) {
				break
			}
			if len(run) >= recitedBytes {
				if !slices.ContainsFunc(sources, func(s string) bool { return strings.Contains(plain(s), run) }) {
					return true
				}
				break
			}
		}
	}
	return false
}

// plain returns the words of s in lower case, with a space around each.
func plain(s string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, w := range text.Words(strings.ToLower(s)) {
		b.WriteString(w.Text)
		b.WriteByte(' ')
	}
	return b.String()
}
