// Package text knows words, sentences and languages: what search, citation and
// abstention share. It never changes a text, only points into it.
package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// A Word is a word or number as written, without punctuation around it.
type Word struct {
	Text       string
	Start, End int // bytes
}

// Words returns the words of s in order, segmented by UAX #29. An ideograph, or
// a letter of another script that is written without spaces, is a word.
func Words(s string) []Word {
	ws := make([]Word, 0, len(s)/6+1)
	for it := words.FromString(s); it.Next(); {
		w := it.Value()
		if !hasLetterOrDigit(w) {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(w); unspaced(r) {
			ws = appendRunes(ws, w, it.Start())
			continue
		}
		ws = append(ws, Word{w, it.Start(), it.End()})
	}
	return ws
}

// appendRunes appends each letter or digit of w as a word.
func appendRunes(ws []Word, w string, at int) []Word {
	for i, r := range w {
		n := utf8.RuneLen(r)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			ws = append(ws, Word{w[i : i+n], at + i, at + i + n})
		} else if unicode.IsMark(r) && len(ws) > 0 && ws[len(ws)-1].End == at+i {
			ws[len(ws)-1].Text = w[ws[len(ws)-1].Start-at : i+n]
			ws[len(ws)-1].End = at + i + n
		}
	}
	return ws
}

// linkTarget matches where a Markdown link leads to, which nobody reads.
var linkTarget = regexp.MustCompile(`\]\((?:\{[{%][^}]*\}\}?|[^()\s]|\([^()\s]*\))+(?: +"[^"]*")? *\)`)

// WithoutTargets returns s with the text of its links only.
func WithoutTargets(s string) string {
	if !strings.Contains(s, "](") {
		return s
	}
	return linkTarget.ReplaceAllString(s, "]")
}

// Count returns the number of words of s that are read: not where its links lead to.
// Two letters of a script written without spaces count as one word, about what they
// are.
func Count(s string) int {
	n, half := 0, 0
	for _, w := range Words(WithoutTargets(s)) {
		if r, _ := utf8.DecodeRuneInString(w.Text); unspaced(r) {
			half++
		} else {
			n++
		}
	}
	return n + (half+1)/2
}

// Inside tells whether the byte offset i of s is within a word or number: a letter
// or digit on both sides. Scripts without spaces can be cut anywhere.
func Inside(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return i > 0 && i < len(s) && inWord(before) && inWord(after)
}

func inWord(r rune) bool { return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unspaced(r) }

// LineEnds counts the line ends of s: LF, CR LF or CR.
func LineEnds(s string) int {
	return strings.Count(s, "\n") + strings.Count(s, "\r") - strings.Count(s, "\r\n")
}

func hasLetterOrDigit(w string) bool {
	return strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// Unspaced tells whether a word is of a script without spaces, of which Terms
// makes pairs of letters.
func Unspaced(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unspaced(r)
}

// unspaced tells the scripts whose words have no space between them, and Korean,
// whose words carry endings: all are searched as pairs of letters.
func unspaced(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
