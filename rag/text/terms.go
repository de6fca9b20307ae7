package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// Terms returns the search terms of s in order, read as the language lang: lower
// case, without stop words, stemmed, without accents. Scripts written without
// spaces give pairs of neighbouring letters. Numbers and codes of any length are
// kept, and a name_with_underscores or camelCase gives its parts too.
func Terms(s, lang string) []string {
	var terms []string
	var pairs []Word // a run of neighbouring letters without spaces
	flush := func() {
		terms = appendPairs(terms, pairs, lang)
		pairs = pairs[:0]
	}
	ws := Words(s)
	loud := shouted(ws)
	for _, w := range ws {
		if r, _ := utf8.DecodeRuneInString(w.Text); unspaced(r) {
			if len(pairs) > 0 && pairs[len(pairs)-1].End != w.Start {
				flush()
			}
			pairs = append(pairs, w)
			continue
		}
		flush()
		terms = appendTerms(terms, w.Text, lang, loud)
	}
	flush()
	return terms
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
	terms = append(terms, Fold(stem(word, lang)))
	if parts := identifierParts(w); len(parts) > 1 {
		for _, p := range parts {
			if p = normal(p, lang); p != "" && !stopWords(lang)[p] {
				terms = append(terms, Fold(stem(p, lang)))
			}
		}
	}
	return terms
}

// Content returns the words of s that say what it is about, as written and in
// order: no stop words. Unspaced scripts give their runs of letters whole.
func Content(s, lang string) []string {
	var out []string
	end := -1
	ws := Words(s)
	loud := shouted(ws)
	for _, w := range ws {
		r, _ := utf8.DecodeRuneInString(w.Text)
		if unspaced(r) && end == w.Start {
			out[len(out)-1] += w.Text
			end = w.End
			continue
		}
		if !stopWords(lang)[normal(w.Text, lang)] || !loud && isAcronym(w.Text) {
			out = append(out, w.Text)
			end = -1
			if unspaced(r) {
				end = w.End
			}
		}
	}
	return out
}

// normal returns the word in lower case with plain apostrophes, without
// thousands separators, a possessive or an elided article.
func normal(w, lang string) string {
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

// identifierParts splits snake_case, camelCase and letters.with.dots.
func identifierParts(w string) []string {
	var parts []string
	start := 0
	cut := func(end, next int) {
		if end > start {
			parts = append(parts, w[start:end])
		}
		start = next
	}
	prev := rune(0)
	for i, r := range w {
		switch {
		case r == '_' || r == '.' && unicode.IsLetter(prev):
			cut(i, i+1)
		case unicode.IsUpper(r) && unicode.IsLower(prev):
			cut(i, i)
		}
		prev = r
	}
	cut(len(w), len(w))
	return parts
}

// stem cuts a lower-case word to its stem, where the language has a stemmer.
func stem(w, lang string) string {
	if strings.ContainsAny(w, "0123456789_") {
		return w
	}
	f := stemmer(lang)
	if f == nil {
		return w
	}
	env := snowballstem.NewEnv(w)
	f(env)
	return env.Current()
}

func stemmer(lang string) func(*snowballstem.Env) bool {
	switch lang {
	case "en":
		return english.Stem
	case "de":
		return german.Stem
	case "fr":
		return french.Stem
	case "es":
		return spanish.Stem
	case "ru":
		return russian.Stem
	case "it":
		return italian.Stem
	case "pt":
		return portuguese.Stem
	case "nl":
		return dutch.Stem
	case "sv":
		return swedish.Stem
	case "da":
		return danish.Stem
	case "no":
		return norwegian.Stem
	case "fi":
		return finnish.Stem
	case "hu":
		return hungarian.Stem
	case "ro":
		return romanian.Stem
	case "tr":
		return turkish.Stem
	}
	return nil
}

// Fold returns lower-case s with Latin letters stripped of their accents, so
// that Zürich and Zurich meet.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(foldRune, strings.ReplaceAll(s, "ß", "ss"))
		}
	}
	return s
}

const (
	accented = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįıĵķĺļľŀłñńņňòóôõöøōŏőŕŗřśŝşšșţťŧțùúûüũūŭůűųŵýÿŷźżžё"
	plain    = "aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiiijklllllnnnnooooooooorrrsssssttttuuuuuuuuuuwyyyzzzе"
)

// folded maps accented letters to plain ones.
var folded = func() map[rune]rune {
	m := map[rune]rune{}
	to := []rune(plain)
	for i, r := range []rune(accented) {
		m[r] = to[i]
	}
	return m
}()

func foldRune(r rune) rune {
	if r < 0xE0 {
		return r
	}
	if p, ok := folded[r]; ok {
		return p
	}
	if r < 0x370 && unicode.Is(unicode.Mn, r) {
		return -1 // a combining accent of a decomposed letter
	}
	return r
}
