package eval

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Contained returns 1 if one of the answers stands in what was shown, as whole
// words, else 0. Both are compared as [Exact] compares, and once more with
// every punctuation character taken for a blank, so that 1,000 is 1000 and 2005
// is in "2004-2005". Only the point of a number stays: 1.5 is neither 15 nor 5.
// shown must be without citation marks, whose numbers would count. An answer of
// nothing but articles and punctuation is never contained.
func Contained(shown string, answers []string) float64 {
	shown = pointed(shown)
	deleted, spaced := normalize(shown), words(shown)
	for _, a := range answers {
		a = pointed(a)
		n := normalize(a)
		if n != "" && (holds(deleted, n) || holds(spaced, words(a))) {
			return 1
		}
	}
	return 0
}

// pointed returns s with a letter, the sinological dot, in place of the point of
// each number, so that it is no punctuation. Numbers with several are dates,
// versions or sections.
func pointed(s string) string {
	return regexp.MustCompile(`[0-9]+(?:\.[0-9]+)+`).ReplaceAllStringFunc(s, func(n string) string {
		if strings.Count(n, ".") > 1 {
			return n
		}
		return strings.Replace(n, ".", "\ua78f", 1)
	})
}

// words returns the letters, marks and numbers of s, a blank between two words.
func words(s string) string {
	return strings.Join(strings.FieldsFunc(lower(s), func(r rune) bool { return !wordCharacter(r) && !unicode.IsMark(r) }), " ")
}

// holds tells whether part stands in s and no word goes on at either end of it.
func holds(s, part string) bool {
	if part == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(s[from:], part)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(part)
		if boundary(s, start) && boundary(s, end) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		from = start + size
	}
}

// boundary tells whether no word goes on at byte i of s, as at its ends, where
// there is no rune to decode. Scripts without blanks
// between words have boundaries everywhere.
func boundary(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return !inWord(before) || !inWord(after) || unspaced(before) || unspaced(after)
}

func inWord(r rune) bool { return wordCharacter(r) || unicode.IsMark(r) }

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
