package answer

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"
)

// A candidate is a sentence of a hit that may answer: a row of a table, an item
// of a list, a short block of code whole.
type candidate struct {
	hit        int // 0-based
	start, end int // bytes of the passage's text
	fit        float64
	coverage   float64 // share of the question's weight in it and the sentence before
}

// fit weighs what makes a sentence likely to hold the answer. It is a
// conditional logit over the sentences of the three best passages, trained on
// the 1,500 answerable questions of squad_tune (trained on one half, the other
// half lost .012): the answer is inside what is shown .88 at 52 words, where
// two sentences by plain sums gave .834 at 59.
func fit(paragraph float64, first bool, covered, before, title, order float64, ofKind float64) float64 {
	f := 2*paragraph + 8*covered + 3.5*before + 2*title + 2*order + ofKind
	if first {
		f++
	}
	return f
}

// kindWeight is what holding a thing of the asked kind adds to the fit.
var kindWeight = map[kind]float64{amount: 1.5, moment: 1.9, person: 1.3, place: 1.3}

// candidates returns every sentence of the hits.
func (q *question) candidates(hits []rag.Hit) []candidate {
	var cs []candidate
	for h, hit := range hits {
		p := hit.Passage.Text
		lang := text.Language(p)
		title := q.covered(hit.Passage.Title+" "+hit.Passage.Heading, lang)
		var before []bool
		for _, r := range pieces(p) {
			s := p[r[0]:r[1]]
			here := q.covered(s, lang)
			ofKind := 0.
			if q.has(q.kind, s) {
				ofKind = kindWeight[q.kind]
			}
			covered, prev := q.share(here, nil), q.share(before, here)
			cs = append(cs, candidate{
				hit: h, start: r[0], end: r[1], coverage: covered + prev,
				fit: fit(hit.Score-hits[0].Score, h == 0, covered, prev, q.share(title, here), q.order(s, lang), ofKind),
			})
			before = here
		}
	}
	return cs
}

// A table, code, or a list with the sentence that introduces it is quoted whole
// up to this many words, and else by its rows and items.
const maxPiece = 80

// pieces returns the byte ranges of what can be quoted of a passage.
func pieces(p string) [][2]int {
	if structured.MatchString(p) && text.Count(p) <= maxPiece {
		return [][2]int{{0, len(p)}}
	}
	ranges := text.Sentences(p)
	for i, r := range ranges {
		ranges[i][0] += len(listMarker.FindString(p[r[0]:r[1]]))
	}
	return ranges
}

// structured matches a fence of code, a row of a table, or a list below a line
// that ends in a colon.
var structured = regexp.MustCompile("(?m)^[ \\t]*(?:```|~~~|\\|)|[:：]\\s*\\n[ \\t]*(?:[-*+]|\\d{1,3}[.)])[ \\t]")

// listMarker is what a quote of an item of a list need not begin with. A number
// stays: it may be the day of a date.
var listMarker = regexp.MustCompile(`^[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?`)

// covered tells which of the question's words s holds.
func (q *question) covered(s, lang string) []bool {
	have := map[string]bool{}
	for _, t := range text.Terms(s, lang) {
		have[t] = true
	}
	in := make([]bool, len(q.words))
	for i, stems := range q.termsIn(lang) {
		in[i] = slices.ContainsFunc(stems, func(t string) bool { return have[t] })
	}
	return in
}

// share returns the weight of the words in a and not in b as a share of all.
func (q *question) share(a, b []bool) float64 {
	var s float64
	for i, in := range a {
		if in && (b == nil || !b[i]) {
			s += q.words[i].weight
		}
	}
	if q.sum == 0 {
		return 0
	}
	return s / q.sum
}

// order returns the share of the question's neighbouring words that stand next
// to each other in s.
func (q *question) order(s, lang string) float64 {
	stems := q.termsIn(lang)
	if len(stems) < 2 {
		return 0
	}
	ts := text.Terms(s, lang)
	next := map[[2]string]bool{}
	for i := 1; i < len(ts); i++ {
		next[[2]string{ts[i-1], ts[i]}] = true
	}
	n := 0
	for i := 1; i < len(stems); i++ {
		if len(stems[i-1]) > 0 && len(stems[i]) > 0 && next[[2]string{stems[i-1][0], stems[i][0]}] {
			n++
		}
	}
	return float64(n) / float64(len(stems)-1)
}

const (
	maxSentences = 3
	// enough is the likelihood, summed over the chosen sentences, at which
	// another one is not worth its words.
	enough = .8
	// maxFurther is how long a sentence after the first may be.
	maxFurther = 60
	// maxContext is how many words the sentence before may have to be shown
	// with one that leans back on it.
	maxContext = 25
)

// choose returns the sentences to show, best first, and with each one that
// begins with "he" or "this" the sentence before it.
func choose(cs []candidate, hits []rag.Hit) []candidate {
	likely := softmax(cs)
	order := make([]int, len(cs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case likely[a] > likely[b]:
			return -1
		case likely[a] < likely[b]:
			return 1
		}
		return 0
	})
	var out []candidate
	sum := 0.
	chosen := 0
	for _, i := range order {
		c := cs[i]
		t := hits[c.hit].Passage.Text
		if chosen > 0 && text.Count(t[c.start:c.end]) > maxFurther {
			continue
		}
		if chosen == maxSentences || sum > enough {
			break
		}
		chosen++
		sum += likely[i]
		if i > 0 && cs[i-1].hit == c.hit && leansBack(t[c.start:c.end]) && text.Count(t[cs[i-1].start:cs[i-1].end]) <= maxContext {
			out = add(out, cs[i-1])
		}
		out = add(out, c)
	}
	return inReadingOrder(out)
}

func add(cs []candidate, c candidate) []candidate {
	if slices.ContainsFunc(cs, func(o candidate) bool { return o.hit == c.hit && o.start == c.start }) {
		return cs
	}
	return append(cs, c)
}

// inReadingOrder keeps passages by their best sentence and puts the sentences
// of each in the order of its text.
func inReadingOrder(cs []candidate) []candidate {
	rank := map[int]int{}
	for i, c := range cs {
		if _, ok := rank[c.hit]; !ok {
			rank[c.hit] = i
		}
	}
	slices.SortStableFunc(cs, func(a, b candidate) int {
		if a.hit != b.hit {
			return rank[a.hit] - rank[b.hit]
		}
		return a.start - b.start
	})
	return cs
}

// softmax turns fits into likelihoods.
func softmax(cs []candidate) []float64 {
	best := math.Inf(-1)
	for _, c := range cs {
		best = max(best, c.fit)
	}
	ps := make([]float64, len(cs))
	sum := 0.
	for i, c := range cs {
		ps[i] = math.Exp(c.fit - best)
		sum += ps[i]
	}
	for i := range ps {
		ps[i] /= sum
	}
	return ps
}

// leansBack tells whether a sentence begins with a word that points to the one
// before.
func leansBack(s string) bool {
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' })
	if end < 0 {
		end = len(s)
	}
	return pointers[strings.ToLower(s[:end])]
}

var pointers = set(`he she it they his her its their this these those such both er sie es dies diese dieser dieses il elle ils elles ce cela
	ces él ella ellos ellas esto estos он она оно они это эти`)
