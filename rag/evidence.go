package rag

import (
	"slices"
	"strings"

	"footnote/rag/text"
)

// wordCoverage is the share of a sentence's content words, more than which must
// stand in one place of the sources that it cites; plainCoverage is that of a
// sentence of which no number, date or name stands there, and elsewhereCoverage
// that of a source which it does not cite. Weighing words by how few sources hold
// them (idf) was tried: it told true sentences from others about as well as no
// weights do, so it was left out.
const (
	wordCoverage      = .55
	plainCoverage     = .6
	elsewhereCoverage = .9
)

// A source is a hit as verify reads it.
type source struct {
	hit        int
	text, head *reading // head is what its document is called: title, heading, date
}

// A statement is a sentence, read in the languages of the sources it meets.
type statement struct {
	s        string
	readings map[string]*reading
}

func newStatement(s string) *statement { return &statement{s, map[string]*reading{}} }

func (st *statement) in(lang string) *reading {
	r := st.readings[lang]
	if r == nil {
		r = read(st.s, lang)
		st.readings[lang] = r
	}
	return r
}

// source returns hit h, read.
func (v *verifier) source(h int) *source {
	if v.sources == nil {
		v.sources = make([]*source, len(v.hits))
	}
	if v.sources[h] == nil {
		p := v.hits[h].Passage
		lang := text.Language(p.Text)
		v.sources[h] = &source{h, read(p.Text, lang), read(strings.Join([]string{p.Title, p.Heading, p.Date, p.Lead}, "\n\n"), lang)}
	}
	return v.sources[h]
}

// A verdict is what sources say of a sentence.
type verdict struct {
	lost   []string // what they do not hold; empty if they bear it out
	places []place  // of those that do, or of all of them
	held   int      // how many content words the best of them holds in one place
}

// weigh compares a sentence with sources together.
func (v *verifier) weigh(st *statement, hits []int) verdict {
	if len(hits) == 0 {
		return verdict{lost: []string{noSource}}
	}
	var alone []evidence
	var whole, all []place
	held := 0
	for _, h := range hits {
		e := gather(st, []*source{v.source(h)})
		alone = append(alone, e)
		all = append(all, e.places()...)
		held = max(held, e.best[0].n)
		if len(e.lost()) == 0 {
			whole = append(whole, e.places()...)
		}
	}
	switch {
	case len(whole) > 0:
		return verdict{places: whole, held: held}
	case len(hits) == 1:
		return verdict{lost: alone[0].lost(), places: all, held: held}
	}
	var sources []*source
	for _, h := range hits {
		sources = append(sources, v.source(h))
	}
	e := gather(st, sources)
	if lost := e.lost(); len(lost) > 0 {
		return verdict{lost: lost, places: all, held: held}
	}
	return verdict{places: e.needed(), held: held}
}

// evidence is what some sources hold of a sentence.
type evidence struct {
	claim   *reading
	sources []*source
	best    []window // of each source
}

// A window is the sentence of a source, or the two, that holds most of a claim.
type window struct {
	from, to int    // sentences
	main     int    // the one of them that holds most
	held     []bool // by word of the claim
	n        int    // how many content words are held
}

// has tells whether a sentence is in the window.
func (w window) has(sentence int) bool { return sentence >= w.from && sentence < w.to }

func gather(st *statement, sources []*source) evidence {
	e := evidence{claim: st.in(sources[0].text.lang), sources: sources}
	for _, s := range sources {
		e.best = append(e.best, bestWindow(e.claim, s.text))
	}
	return e
}

// bestWindow finds the sentence that holds most words of the claim, with a
// neighbour that holds more.
func bestWindow(claim, source *reading) window {
	in := make([]uint64, len(claim.words)) // sentences that hold a word, by bits
	for i, w := range claim.words {
		if w.stop {
			continue
		}
		for _, at := range source.find(w) {
			in[i] |= 1 << min(source.words[at].sentence, 63)
		}
	}
	count := func(mask uint64) (n int) {
		for _, m := range in {
			if m&mask != 0 {
				n++
			}
		}
		return n
	}
	best := window{to: min(1, len(source.sentences))}
	for i := range min(len(source.sentences), 64) {
		if n := count(1 << i); n > best.n {
			best = window{from: i, to: i + 1, main: i, n: n}
		}
	}
	for i := range min(len(source.sentences), 64) - 1 {
		if n := count(3 << i); n > best.n {
			best = window{from: i, to: i + 2, main: best.main, n: n}
		}
	}
	mask := uint64(1)<<best.to - uint64(1)<<best.from
	for _, m := range in {
		best.held = append(best.held, m&mask != 0)
	}
	return best
}

// places returns the window of each source as bytes.
func (e evidence) places() []place {
	var ps []place
	for i, s := range e.sources {
		ps = append(ps, place{s.hit, s.text.bytes(e.best[i].from, e.best[i].to)})
	}
	return ps
}

// bytes returns the span of sentences.
func (r *reading) bytes(from, to int) Span {
	if from >= to || len(r.words) == 0 {
		return Span{0, len(r.s)}
	}
	return Span{r.spans[from][0], r.spans[to-1][1]}
}

// needed returns the places of the sources that add to what the ones before, the
// best first, hold.
func (e evidence) needed() []place {
	order := make([]int, len(e.sources))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return e.best[b].n - e.best[a].n })
	held := make([]bool, len(e.claim.words))
	places := e.places()
	var out []place
	for _, i := range order {
		adds := false
		for w, ok := range e.best[i].held {
			adds = adds || ok && !held[w]
			held[w] = held[w] || ok
		}
		if adds {
			out = append(out, places[i])
		}
	}
	return out
}

// lost returns what of the claim the sources do not hold, in its order; it is
// empty if they bear it out.
func (e evidence) lost() []string {
	if e.foreign() {
		return e.lostInTranslation()
	}
	lost := e.lostFacts()
	words, share := e.lostWords()
	if share <= e.coverage() {
		lost = append(lost, words...)
	}
	if len(lost) == 0 {
		lost = e.reversed()
	}
	return inOrder(e.claim.s, lost)
}

// coverage returns the share of words that the claim must exceed.
func (e evidence) coverage() float64 {
	for _, f := range e.claim.facts {
		if f.kind != aName && e.inWindow(f) {
			return wordCoverage
		}
		for i := f.from; i < f.to && f.kind == aName; i++ {
			if e.claim.words[i].name == name && slices.ContainsFunc(e.best, func(b window) bool { return b.held[i] }) && !e.inHead(e.claim.words[i]) {
				return wordCoverage
			}
		}
	}
	return plainCoverage
}

func (e evidence) inHead(w word) bool {
	return slices.ContainsFunc(e.sources, func(s *source) bool { return len(s.head.find(w)) > 0 })
}

// inOrder sorts what was lost by where it stands in the sentence, each once.
func inOrder(s string, lost []string) []string {
	slices.SortStableFunc(lost, func(a, b string) int { return strings.Index(s, a) - strings.Index(s, b) })
	return slices.Compact(lost)
}

// lostFacts returns the numbers, dates and names that no source holds anywhere.
func (e evidence) lostFacts() []string {
	var lost []string
	for _, f := range e.claim.facts {
		switch f.kind {
		case aName:
			for i := f.from; i < f.to; i++ {
				if w := e.claim.words[i]; (w.name == name || e.claim.bareSubject(i)) && !e.holds(w) {
					lost = append(lost, w.Text)
				}
			}
		default:
			if !e.holdsFact(f) && !e.claim.loose(f) && !e.rounds(f) && !e.counts(f) {
				lost = append(lost, e.claim.said(f))
			}
		}
	}
	return lost
}

func (e evidence) holds(w word) bool {
	return slices.ContainsFunc(e.sources, func(s *source) bool { return len(s.text.find(w)) > 0 || len(s.head.find(w)) > 0 })
}

// lostWords returns the content words that stand in no window and no head, and
// the share of those that do, in which numbers count as words and words of a head
// not at all.
func (e evidence) lostWords() (lost []string, share float64) {
	n, held := 0, 0
	for i, w := range e.claim.words {
		if w.stop || generic[strings.ToLower(w.Text)] {
			continue
		}
		inWindow := slices.ContainsFunc(e.best, func(b window) bool { return b.held[i] })
		switch {
		case !inWindow && e.onAxis(i):
			// in opposed
		case inWindow:
			n++
			held++
		case w.fact > 0 && e.claim.facts[w.fact-1].kind != aName:
			if f := e.claim.facts[w.fact-1]; f.from == i && e.inWindow(f) {
				n++
				held++
			}
		case e.inHead(w):
		case text.Unspaced(w.Text):
			n++
			lost = append(lost, w.term)
		default:
			n++
			lost = append(lost, w.Text)
		}
	}
	if n == 0 {
		return nil, 1
	}
	return lost, float64(held) / float64(n)
}

// bareSubject tells whether word i begins the claim and is likely a name: one
// capitalised word without an article, no plural, adverb or verbal noun.
func (r *reading) bareSubject(i int) bool {
	w := r.words[i]
	if w.name != maybe || r.lang != "en" || i+1 >= len(r.words) || r.words[i+1].clause != w.clause || i > 0 {
		return false
	}
	lower := strings.ToLower(w.Text)
	return !slices.ContainsFunc([]string{"s", "ly", "ed", "ing", "ion", "ment", "ness", "ity", "ance", "ence", "ure", "al", "ship", "th"},
		func(suffix string) bool { return strings.HasSuffix(lower, suffix) }) || strings.HasSuffix(w.Text, "'s")
}

// foreign tells whether the claim is in another language than its sources: both
// are known, and hardly a word of it stands there.
func (e evidence) foreign() bool {
	own, its := text.Language(e.claim.s), e.sources[0].text.lang
	if own == "" || its == "" || own == its {
		return false
	}
	_, share := e.lostWords()
	return share < wordCoverage
}

// lostInTranslation compares numbers and dates alone. A claim without any that
// stands there, or a name letter for letter, has nothing that could be compared.
func (e evidence) lostInTranslation() []string {
	own := *e.claim
	if r := read(e.claim.s, text.Language(e.claim.s)); r != nil {
		own = *r
	}
	e.claim = &own
	var lost []string
	compared := false
	for _, f := range own.facts {
		if f.kind == aName {
			for i := f.from; i < f.to; i++ {
				compared = compared || len(own.words[i].Text) > 3 && e.holds(own.words[i])
			}
		} else if e.holdsFact(f) {
			compared = true
		} else if !own.loose(f) {
			lost = append(lost, own.said(f))
		}
	}
	if len(lost) == 0 && !compared {
		for _, w := range own.words {
			if !w.stop && len(lost) < 3 {
				lost = append(lost, w.Text)
			}
		}
		if lost == nil {
			lost = []string{e.claim.s}
		}
	}
	return lost
}
