package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Terms returns the search terms of s, read as the language lang: lower case,
// without stop words, stemmed, without accents, wide letters narrow. Scripts written
// without spaces give pairs of neighbouring letters. The terms are in the order of
// the words; behind them are those that stand for more than a word or for one that
// can be written otherwise:
//
//   - codes, identifiers and words with a hyphen whole, without what is between
//     their parts: err4012b, apikey, email
//   - a number with the word beside it: tls1.2, 50gb
//   - dates: 2024-06-17, 2024-06, --06-17
//   - numbers that have words in them, in digits: 1500000
func Terms(s, lang string) []string {
	s = norm.NFKC.String(s)
	ws := Words(s)
	loud := shouted(ws)
	var terms, wholes []string
	var last group
	for i := 0; i < len(ws); {
		if n := unspacedRun(ws, i); n > 0 {
			terms = appendPairs(terms, ws[i:i+n], lang)
			i += n
			last = group{}
			continue
		}
		g := groupAt(s, ws, i)
		if gap := s[last.end:ws[i].Start]; last.end > 0 && (gap == " " || gap == "\u202f") {
			wholes = append(wholes, last.beside(g, lang))
		}
		last = g
		for _, w := range g.words {
			terms = appendTerms(terms, w.Text, lang, loud)
		}
		wholes = append(wholes, g.wholes(lang)...)
		i += len(g.words)
	}
	for _, w := range written(s, lang, ws) {
		wholes = append(wholes, w.terms...)
	}
	return slices.DeleteFunc(append(terms, wholes...), func(t string) bool { return t == "" })
}

// unspacedRun returns how many neighbours from word i on are of a script without
// spaces.
func unspacedRun(ws []Word, i int) int {
	n := 0
	for i+n < len(ws) && Unspaced(ws[i+n].Text) && (n == 0 || ws[i+n-1].End == ws[i+n].Start) {
		n++
	}
	return n
}

// appendPairs appends each pair of neighbours that is no stop word, or a lone
// letter.
func appendPairs(terms []string, run []Word, lang string) []string {
	if len(run) == 1 {
		return append(terms, run[0].Text)
	}
	for i := 1; i < len(run); i++ {
		if pair := run[i-1].Text + run[i].Text; !stopWords(lang)[pair] {
			terms = append(terms, pair)
		}
	}
	return terms
}

// appendTerms appends the term of one word and, of a compound identifier, the
// terms of its parts.
func appendTerms(terms []string, w, lang string, loud bool) []string {
	word := normal(w, lang)
	if word == "" || stopWords(lang)[word] && (loud || !isAcronym(w)) {
		return terms
	}
	parts := identifierParts(w)
	if len(parts) == 1 {
		return append(terms, wordTerm(word, lang))
	}
	for _, p := range parts {
		if p = normal(p, lang); p == "" || stopWords(lang)[p] || utf8.RuneCountInString(p) < 2 && hasDigit(w) {
			continue
		}
		terms = append(terms, wordTerm(p, lang))
	}
	return terms
}

// Forms returns the ways in which a text may hold a word of Content: the terms of one
// of them all have to be there. A code or a date is there as a whole only; other
// words with a hyphen, and identifiers, also by their parts.
func Forms(word, lang string) [][]string {
	s := norm.NFKC.String(word)
	ws := Words(s)
	if len(ws) == 0 {
		return nil
	}
	var forms [][]string
	exact := false
	for _, w := range written(s, lang, ws) {
		if w.start <= ws[0].Start && w.end >= ws[len(ws)-1].End {
			forms = append(forms, w.terms[:1])
			exact = exact || w.exact
		}
	}
	if exact {
		return forms
	}
	terms := Terms(s, lang)
	if g := groupAt(s, ws, 0); len(g.words) == len(ws) && !Unspaced(ws[0].Text) {
		if wholes := g.wholes(lang); len(wholes) > 0 && wholes[0] != "" {
			forms = append(forms, wholes[:1])
			if g.code && !g.ranges() {
				return forms
			}
		}
		terms = nil
		for _, w := range g.words {
			terms = appendTerms(terms, w.Text, lang, false)
		}
	}
	if len(terms) > 0 {
		forms = append(forms, terms)
	}
	return forms
}

// Held tells whether what has the given terms holds a word in any of its forms.
func Held(forms [][]string, has func(term string) bool) bool {
	return slices.ContainsFunc(forms, func(terms []string) bool {
		return !slices.ContainsFunc(terms, func(t string) bool { return !has(t) })
	})
}

// Content returns the words of s that say what it is about, as written and in
// order: no stop words. Codes, dates and words with a hyphen are one word. Unspaced
// scripts give their runs of letters whole.
func Content(s, lang string) []string {
	var out []string
	ws := Words(s)
	loud := shouted(ws)
	dates := map[int]int{} // end by start
	if hasDigit(s) {
		for _, d := range Dates(s, lang, ws) {
			if d.Year > 0 || d.Day > 0 {
				dates[d.Start] = d.End
			}
		}
	}
	for i := 0; i < len(ws); {
		start, end := ws[i].Start, 0
		says := func(w Word) bool {
			return !stopWords(lang)[normal(w.Text, lang)] || !loud && isAcronym(w.Text)
		}
		switch n := unspacedRun(ws, i); {
		case dates[start] > 0:
			end = dates[start]
		case n > 0:
			end = ws[i+n-1].End
		default:
			g := groupAt(s, ws, i)
			if end = g.end; !slices.ContainsFunc(g.words, says) {
				start = end
			}
		}
		if start < end {
			out = append(out, s[start:end])
		}
		for i < len(ws) && ws[i].Start < end {
			i++
		}
	}
	return out
}

// Topic returns the words of s that say what it is about; runs of a script without
// spaces, which no other text has whole, as pairs of letters.
func Topic(s, lang string) []string {
	var out []string
	for _, w := range Content(s, lang) {
		if Unspaced(w) {
			out = append(out, Terms(w, lang)...)
		} else {
			out = append(out, w)
		}
	}
	return out
}

// normal returns the word in lower case with plain apostrophes, without
// thousands separators, a possessive or an elided article.
func normal(w, lang string) string {
	if n := len(w) - 1; n > 1 && w[n] == 's' && isAcronym(w[:n]) && !hasDigit(w) {
		w = w[:n] // VMs
	}
	w = strings.ToLower(w)
	w = strings.ReplaceAll(w, "’", "'")
	if strings.ContainsAny(w, ",") && unicode.IsDigit(firstRune(w)) {
		w = strings.ReplaceAll(w, ",", "")
	}
	if i := strings.IndexByte(w, '\''); i > 0 && i <= 2 && (lang == "fr" || lang == "it") {
		w = w[i+1:] // l'homme, d'une, un'altra
	}
	w = strings.TrimSuffix(w, "'s")
	return strings.Trim(w, "'.")
}

// isAcronym tells US, IT and WHO from us, it and who.
func isAcronym(w string) bool { return len(w) > 1 && w == strings.ToUpper(w) }

// shouted tells a text in capitals throughout, whose words are no acronyms.
func shouted(ws []Word) bool {
	return len(ws) > 1 && !slices.ContainsFunc(ws, func(w Word) bool { return w.Text != strings.ToUpper(w.Text) })
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
