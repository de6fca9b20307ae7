package rag

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag/text"
)

// wordCoverage is the share of a sentence's content words that must stand in a
// source for the sentence to count as checked.
const wordCoverage = .6

// A verifier turns an Answerer's sentences into cited ones. It alone makes
// citations: whatever an Answerer says, no citation points outside the hits, and
// every quote is the bytes of its span.
type verifier struct {
	hits  []Hit
	used  []int        // hits by citation number - 1
	found map[int]Span // what is quoted of each used hit, bytes of the Passage's Text
}

// A checkedSentence is a sentence with the places that bear it out, or that it
// cites in vain if none does; its citations are not numbered before it is kept.
type checkedSentence struct {
	CitedSentence
	places []place
}

type place struct {
	hit     int // 0-based
	span    Span
	support Support
}

// check compares a sentence with the passages it cites.
func (v *verifier) check(s Sentence) checkedSentence {
	c := checkedSentence{CitedSentence: CitedSentence{Text: s.Text, Support: None}}
	if s.Fixed || !hasWord(s.Text) {
		return c
	}
	c.Support, c.Unsupported = Unverified, []string{"no source"}
	seen := map[int]bool{}
	for _, n := range s.Cites {
		if n < 1 || n > len(v.hits) || seen[n] {
			continue
		}
		seen[n] = true
		span, support, lost := locate(s.Text, v.hits[n-1].Passage.Text)
		if len(c.places) == 0 || stronger(support, c.Support) {
			c.Support, c.Unsupported = support, lost
		}
		c.places = append(c.places, place{n - 1, span, support})
	}
	if c.Support != Unverified {
		c.places = slices.DeleteFunc(c.places, func(p place) bool { return p.support == Unverified })
	}
	return c
}

// stronger tells whether a says more for a sentence than b.
func stronger(a, b Support) bool {
	order := []Support{Unverified, Checked, Quoted}
	return slices.Index(order, a) > slices.Index(order, b)
}

// number gives the sentence its citation numbers, new ones by first use. The
// quote of a passage that is cited again grows to hold both places.
func (v *verifier) number(c checkedSentence) CitedSentence {
	if v.found == nil {
		v.found = map[int]Span{}
	}
	for _, p := range c.places {
		old, ok := v.found[p.hit]
		if ok {
			p.span = Span{min(old.Start, p.span.Start), max(old.End, p.span.End)}
		} else {
			v.used = append(v.used, p.hit)
		}
		v.found[p.hit] = p.span
		c.Citations = append(c.Citations, slices.Index(v.used, p.hit)+1)
	}
	slices.Sort(c.Citations)
	return c.CitedSentence
}

// citations returns the citations of all numbered hits, in order.
func (v *verifier) citations() []Citation {
	var cs []Citation
	for i, h := range v.used {
		p := v.hits[h].Passage
		span := v.found[h]
		cs = append(cs, Citation{
			N: i + 1, DocID: p.DocID, Title: p.Title, Heading: p.Heading, URL: p.URL, Date: p.Date,
			Span:      Span{p.Span.Start + span.Start, p.Span.Start + span.End},
			Paragraph: p.Paragraph,
			Line:      p.Line + text.LineEnds(p.Text[:span.Start]),
			Page:      p.Page,
			Quote:     p.Text[span.Start:span.End],
		})
	}
	return cs
}

// locate returns where a source says what the sentence says, as bytes of the
// source, how well it does, and what of the sentence is nowhere in it.
func locate(sentence, source string) (Span, Support, []string) {
	want := strings.TrimSpace(sentence)
	if i := indexWhole(source, want); i >= 0 {
		return Span{i, i + len(want)}, Quoted, nil
	}
	lang := text.Language(source)
	span, lost := bestSentence(want, source, lang), unsupported(want, source, lang)
	if len(lost) > 0 {
		return span, Unverified, lost
	}
	return span, Checked, nil
}

// indexWhole returns where want stands in source, not cut out of a word or
// number: "5% of it" is no quote of "15% of it". It is -1 if want is nowhere.
func indexWhole(source, want string) int {
	for from := 0; ; {
		i := strings.Index(source[from:], want)
		if i < 0 {
			return -1
		}
		i += from
		if !text.Inside(source, i) && !text.Inside(source, i+len(want)) {
			return i
		}
		from = i + 1
	}
}

// bestSentence returns the source's sentence that shares most words with want.
func bestSentence(want, source, lang string) Span {
	terms := termSet(want, lang)
	best, most := Span{0, len(source)}, 0
	for _, r := range text.Sentences(source) {
		n := 0
		for t := range termSet(source[r[0]:r[1]], lang) {
			if terms[t] {
				n++
			}
		}
		if n > most {
			best, most = Span{r[0], r[1]}, n
		}
	}
	return best
}

// claims returns the words of a sentence that a source must hold; of a script
// without spaces, pairs of letters.
func claims(s, lang string) []string {
	var out []string
	for _, w := range text.Content(s, lang) {
		if text.Unspaced(w) {
			out = append(out, text.Terms(w, lang)...)
		} else {
			out = append(out, w)
		}
	}
	return out
}

// unsupported lists what of a sentence its source does not hold: numbers, names
// and, if too many are missing, words. A name that begins the sentence counts as a
// word, and who does what to whom, or does not, is not looked at.
func unsupported(want, source, lang string) []string {
	have := termSet(source, lang)
	var lost, words []string
	total := 0
	for i, w := range claims(want, lang) {
		total++
		if slices.ContainsFunc(text.Terms(w, lang), func(t string) bool { return have[t] }) {
			continue
		}
		if strings.ContainsFunc(w, unicode.IsDigit) || i > 0 && startsUpper(w) {
			lost = append(lost, w)
		} else {
			words = append(words, w)
		}
	}
	if float64(len(words)) > (1-wordCoverage)*float64(total) {
		lost = append(lost, words...)
	}
	slices.SortStableFunc(lost, func(a, b string) int { return cmp.Compare(strings.Index(want, a), strings.Index(want, b)) })
	return lost
}

func termSet(s, lang string) map[string]bool {
	set := map[string]bool{}
	for _, t := range text.Terms(s, lang) {
		set[t] = true
	}
	return set
}

func startsUpper(w string) bool {
	for _, r := range w {
		return unicode.IsUpper(r)
	}
	return false
}

func hasWord(s string) bool { return len(text.Words(s)) > 0 }
