package answer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag"
	"footnote/rag/text"
)

// show emits the best place, then of each other passage the best sentence, if it holds
// words of the question which those before do not. Where none answers for sure, it
// emits the place around that sentence whatever it holds.
func (q *question) show(cs []candidate, hits []rag.Hit, sure bool, emit func(rag.Sentence)) {
	best := bestOf(cs, first)
	p := hits[best.hit].Passage
	us := units(p)
	from, to, alone := q.place(p, us, best.unit, placeWords)
	if best.setting != nil {
		saySetting(p, best, emit)
	} else {
		say(p, q.bright(best, p, us), us, from, to, true, emit)
	}
	if sure && (best.setting != nil || alone) {
		return
	}
	if further, ok := q.otherCode(best, cs, p, us[from:to]); ok && best.setting == nil {
		from, to, _ := q.place(p, us, further.unit, otherWords)
		say(p, q.bright(further, p, us), us, from, to, false, emit)
	}
	shown := p.Text[us[from].start:us[to-1].end]
	said, words := q.covered(p.Title+" "+p.Heading+" "+shown, text.Language(p.Text)), text.Count(shown)
	for h := range hits {
		if h >= fromHits && words > fewWordsShown {
			break
		}
		further := bestOf(cs, func(c candidate) bool { return c.hit == h })
		if h == best.hit || further.end == 0 || !q.belongs(best, further, hits) {
			continue
		}
		p := hits[h].Passage
		us, from, to := units(p), further.unit, further.unit+1
		here := q.covered(p.Text[further.start:further.end], text.Language(p.Text))
		switch {
		case !sure:
			from, to, _ = q.place(p, us, further.unit, otherWords)
		case text.Count(p.Text[further.start:further.end]) > maxFurther || q.share(here, said) < adds:
			continue
		}
		say(p, q.bright(further, p, us), us, from, to, false, emit)
		said = either(said, here)
		words += text.Count(p.Text[us[from].start:us[to-1].end])
	}
}

// otherCode returns the best sentence of the same passage that holds a code or date of
// the question which the place shown has not: E5131 of "E5113 and E5131".
func (q *question) otherCode(best candidate, cs []candidate, p rag.Passage, shown []unit) (candidate, bool) {
	lang := text.Language(p.Text)
	place := inPlace(p, shown)
	for _, e := range q.exact {
		if !e.Strong || e.In(place, lang) {
			continue
		}
		other := bestOf(cs, func(c candidate) bool {
			return c.hit == best.hit && c.unit != best.unit && e.In(p.Text[c.start:c.end], lang)
		})
		if other.end > 0 {
			return other, true
		}
	}
	return candidate{}, false
}

// inPlace returns the text of neighbouring units, with what they stand below.
func inPlace(p rag.Passage, us []unit) string {
	return strings.Join(append(slices.Clone(us[0].under), p.Title, p.Heading, p.Text[us[0].start:us[len(us)-1].end]), "\n")
}

// belongs tells whether a further place may stand beside the best one: it has as many of
// the question's codes and dates, and is not about something else.
func (q *question) belongs(best, further candidate, hits []rag.Hit) bool {
	b, p := hits[best.hit].Passage, hits[further.hit].Passage
	switch {
	case further.exact < best.exact:
		return false
	case !q.exactIn(best, b):
		return q.addsExact(b, p)
	}
	return !q.ofAnother(b, p) && !q.besides(b, p)
}

// ofAnother tells whether a passage lacks a name of the conversation that the best one
// has: where a Tesla is asked about, it is of another car.
func (q *question) ofAnother(best, further rag.Passage) bool {
	in, here := q.covered(best.Whole(), text.Language(best.Text)), q.covered(further.Whole(), text.Language(further.Text))
	for i := range q.words {
		if q.names(i) && in[i] && !here[i] {
			return true
		}
	}
	return false
}

// names tells whether a word is a name or a number. A German noun is no name for its
// capital.
func (q *question) names(i int) bool {
	w := q.words[i].text
	first, _ := utf8.DecodeRuneInString(w)
	opens := strings.HasPrefix(strings.TrimSpace(q.text), w)
	return unicode.IsDigit(first) || unicode.IsUpper(first) && q.lang != "de" && !opens
}

// besides tells whether a section is about something else than the best of the same
// document, such as the prices of another car: it holds nothing of the question that the
// best one lacks, and not what the best one's heading has of what was asked so far.
func (q *question) besides(best, p rag.Passage) bool {
	if best.DocID != p.DocID || best.Heading == p.Heading {
		return false
	}
	lang := text.Language(best.Text)
	in, here := q.covered(best.Whole(), lang), q.covered(p.Whole(), lang)
	for i := range here {
		if here[i] && !in[i] && q.words[i].own {
			return false
		}
	}
	said, has := text.Terms(q.said, lang), text.Terms(p.Whole(), lang)
	return slices.ContainsFunc(text.Terms(best.Heading, lang), func(t string) bool {
		return slices.Contains(said, t) && !slices.Contains(has, t)
	})
}

// addsExact tells whether a passage holds a code or date of the question that another lacks.
func (q *question) addsExact(p, further rag.Passage) bool {
	lang := text.Language(p.Text)
	return q.holds(p.Whole()+"\n"+further.Whole(), lang) > q.holds(p.Whole(), lang)
}

const (
	// maxFurther is how many words a sentence from elsewhere may have.
	maxFurther = 60
	// fewWordsShown are so few that there is room for one place more.
	fewWordsShown = 120
	// adds is the share of the question's weight that it must add.
	adds = .15
)

// bestOf returns the candidate of those in that fits best, first by the codes and dates
// in it; the zero one if there is none.
func bestOf(cs []candidate, in func(candidate) bool) candidate {
	var best candidate
	for _, c := range cs {
		if in(c) && (best.end == 0 || c.exact > best.exact || c.exact == best.exact && c.fit > best.fit) {
			best = c
		}
	}
	return best
}

// first tells whether a candidate is of one of the first passages.
func first(c candidate) bool { return c.hit < fromHits }
