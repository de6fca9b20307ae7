package answer

import (
	"slices"
	"strings"

	"footnote/rag"
	"footnote/rag/text"
)

// A candidate is a sentence of a hit that may answer: a row of a table, an item
// of a list, a short block of code whole.
type candidate struct {
	hit        int      // 0-based
	unit       int      // index in the units of the passage
	start, end int      // bytes of the passage's text
	setting    *setting // the line of code it is, if it is one
	exact      int      // how many of the question's codes and dates stand in it, or above
	fit        float64
	coverage   float64 // share of the question's weight in it, the sentence before and the heading
}

// fit weighs what makes a sentence likely to hold the answer. It is a
// conditional logit over the sentences of the three best passages, trained on
// the 1,500 answerable questions of squad_tune (trained on one half, the other
// half lost .012): the answer is inside what is shown .88 at 52 words, where
// two sentences by plain sums gave .834 at 59.
// The bonus came later: see question.bonus.
func fit(paragraph float64, first bool, covered, before, title, order, bonus float64) float64 {
	f := 2*paragraph + 8*covered + 3.5*before + 2*title + 2*order + bonus
	if first {
		f++
	}
	return f
}

// kindWeight is what holding a thing of the asked kind adds to the fit.
var kindWeight = map[kind]float64{amount: 1.5, moment: 1.9, person: 1.3, place: 1.3}

// keyWeight is what an entry gains whose key the question names, and what a line loses
// that only leads in to something.
const keyWeight = 4

// candidates returns every sentence of the hits.
func (q *question) candidates(hits []rag.Hit) []candidate {
	var cs []candidate
	for h, hit := range hits {
		p := hit.Passage
		lang := text.Language(p.Text)
		title, heading := q.covered(p.Title+" "+p.Heading, lang), q.covered(p.Heading, lang)
		var before []bool
		for n, u := range units(p) {
			c := candidate{hit: h, unit: n, start: u.start, end: u.end}
			if line, ok := q.settingIn(p, u, lang); ok {
				c.start, c.end, c.setting, u.under = line.start, line.end, &line, []string{line.intro}
			}
			s, under := p.Text[c.start:c.end], strings.Join(u.under, "\n")
			here := q.covered(s, lang)
			if len(u.under) > 0 {
				before = q.covered(under, lang)
			}
			covered, prev := q.share(here, nil), q.share(before, here)
			c.exact = q.holds(strings.Join([]string{p.Title, p.Heading, under, s}, "\n"), lang)
			c.coverage = covered + prev + q.share(heading, either(here, before))
			c.fit = fit(hit.Score-hits[0].Score, h == 0, covered, prev, q.share(title, here), q.order(s, lang), q.bonus(c, u, s, lang))
			cs = append(cs, c)
			before = here
		}
	}
	return cs
}

// bonus is what a sentence gains by what it is: of the kind asked for, an entry whose key
// the question names; and what it loses if it only leads in to something.
func (q *question) bonus(c candidate, u unit, s, lang string) float64 {
	b := 0.
	if q.has(q.kind, s) {
		b = kindWeight[q.kind]
	}
	if c.setting != nil || q.keyed(u, s, lang) {
		b += keyWeight
	}
	if introduces(s) {
		b -= keyWeight
	}
	return b
}

// holds returns how many of the question's codes and dates s holds.
func (q *question) holds(s, lang string) int { return text.Holds(q.exact, s, lang) }

// covered tells which of the question's words s holds.
func (q *question) covered(s, lang string) []bool {
	have := map[string]bool{}
	for _, t := range text.Terms(s, lang) {
		have[t] = true
	}
	in := make([]bool, len(q.words))
	exact := make([]bool, len(q.exact))
	for i, e := range q.exact {
		exact[i] = e.Strong && e.In(s, lang)
	}
	for i, forms := range q.formsIn(lang) {
		if n := q.words[i].exact; n > 0 {
			in[i] = exact[n-1]
			continue
		}
		in[i] = text.Held(forms, func(t string) bool { return have[t] })
	}
	return in
}

// either returns what is in a or in b, which may be nil.
func either(a, b []bool) []bool {
	in := slices.Clone(a)
	for i := range b {
		in[i] = in[i] || b[i]
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
