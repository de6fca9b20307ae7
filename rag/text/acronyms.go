package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Acronym is short for words that a text spells out beside it.
type Acronym struct {
	Short string // "SLA"
	Long  string // "Service Level Agreement"
}

// maxAcronym is the most letters of an acronym.
const maxAcronym = 8

// Acronyms returns the acronyms that s spells out: "Service Level Agreement (SLA)"
// or "SLA (Service Level Agreement)". The letters have to be the first ones of the
// words, in order; small words between them may be left out (Schwartz and Hearst,
// 2003, in its strictest form).
func Acronyms(s string) []Acronym {
	var out []Acronym
	for open := strings.IndexByte(s, '('); open >= 0; {
		inside, _, closed := strings.Cut(s[open+1:], ")")
		if closed && !strings.Contains(inside, "\n\n") && len(inside) < 100 {
			before := s[max(0, strings.LastIndexByte(s[:open], '\n')+1):open]
			if a, ok := acronym(inside, before); ok {
				out = append(out, a)
			}
		}
		next := strings.IndexByte(s[open+1:], '(')
		if next < 0 {
			break
		}
		open += 1 + next
	}
	return out
}

// acronym reads what is in brackets and before them.
func acronym(inside, before string) (Acronym, bool) {
	ws := Words(before)
	if len(ws) == 0 {
		return Acronym{}, false
	}
	if short := strings.TrimSpace(inside); isShort(short) {
		for n := min(len(ws), 2*maxAcronym); n > 1; n-- {
			if long := ws[len(ws)-n:]; spells(short, long) {
				return Acronym{short, before[long[0].Start:ws[len(ws)-1].End]}, true
			}
		}
		return Acronym{}, false
	}
	long := Words(inside)
	if short := ws[len(ws)-1].Text; isShort(short) && spells(short, long) {
		return Acronym{short, strings.TrimSpace(inside)}, true
	}
	return Acronym{}, false
}

func isShort(w string) bool {
	if len(w) < 2 || len(w) > maxAcronym || strings.TrimSuffix(w, "s") != strings.ToUpper(strings.TrimSuffix(w, "s")) {
		return false
	}
	return !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
}

// spells tells whether the letters of short begin the words, all but small ones.
func spells(short string, words []Word) bool {
	letters := []rune(strings.ToLower(strings.TrimSuffix(short, "s")))
	for i, w := range words {
		first, _ := utf8.DecodeRuneInString(strings.ToLower(w.Text))
		switch {
		case len(letters) > 0 && first == letters[0]:
			letters = letters[1:]
		case i > 0 && utf8.RuneCountInString(w.Text) <= 3:
		default:
			return false
		}
	}
	return len(letters) == 0 && len(words) > 1
}
