package rag

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"footnote/rag/text"
)

// A verifier turns an Answerer's sentences into cited ones. It alone makes
// citations: whatever an Answerer says, no citation points outside the hits, and
// every quote is the bytes of its span.
//
// A sentence that stands in a source letter for letter is quoted. Any other is
// checked against all sources that it cites together: numbers, dates and names
// must be there (claims.go, evidence_numbers.go), most of its other words in one
// place of each source (evidence.go), and what is there must not be denied, turned
// into its opposite or said of something else (sense*.go, slots.go, voice.go).
// Where that fails, another source that was shown may bear the sentence out alone:
// then that one is cited instead.
//
// None of this understands a sentence. It finds what is most often wrong in a
// model's prose; testdata/verify_stats.txt says how often.
type verifier struct {
	hits    []Hit
	sources []*source      // by hit, read when first needed
	used    []int          // hits by citation number - 1
	found   map[int]Span   // what is quoted of each used hit, bytes of the Passage's Text
	bright  map[int][]Span // what of that fits the question best
}

// A checkedSentence is a sentence with the places that bear it out, or that it
// cites in vain if none does; its citations are not numbered before it is kept.
type checkedSentence struct {
	CitedSentence
	places []place
}

type place struct {
	hit  int  // 0-based
	span Span // empty: in the passage's lead, which is not quoted
}

// noSource is what an unverified sentence without citations lacks.
const noSource = "no source"

// check compares a sentence with the passages it cites, and if they do not bear
// it out with the others.
func (v *verifier) check(s Sentence) checkedSentence {
	c := checkedSentence{CitedSentence: CitedSentence{Text: s.Text, Support: None, Highlights: within(s.Text, s.Highlights)}}
	if s.Fixed || !hasWord(s.Text) {
		return c
	}
	cited := v.cited(s.Cites)
	want := strings.TrimSpace(s.Text)
	if c.places = v.quoted(want, cited); c.places != nil {
		c.Support = Quoted
		return c
	}
	if c.places = v.leads(want, cited); c.places != nil || v.leadIn(want) {
		return c
	}
	if isBlock(want) {
		var verdict verdict
		c.Support, verdict = v.checkBlock(want, cited)
		c.Unsupported, c.places = inOrder(want, verdict.lost), verdict.places
		return c
	}
	verdict := v.weighAll(newStatement(v.unnumbered(want)), cited)
	c.Support, c.Unsupported, c.places = Checked, verdict.lost, verdict.places
	if len(verdict.lost) > 0 {
		c.Support = Unverified
	}
	return c
}

// weighAll weighs what a sentence cites, and where that does not bear it out the
// other sources.
func (v *verifier) weighAll(st *statement, cited []int) verdict {
	verdict := v.weigh(st, cited)
	if len(cited) == 0 || len(verdict.lost) > 0 {
		if better, ok := v.elsewhere(st, cited, verdict.held); ok {
			return better
		}
	}
	return verdict
}

var itemNumber = regexp.MustCompile(`(?m)^[ \t]*\d{1,3}[.)][ \t]+`)

// unnumbered returns an item of a list without its number, which is the model's
// own: unless sources number what they say, or the number may be an ordinal, as in
// "24. Dezember".
func (v *verifier) unnumbered(s string) string {
	at := itemNumber.FindStringIndex(s)
	if at == nil || at[0] != 0 || slices.ContainsFunc(v.hits, func(h Hit) bool { return itemNumber.MatchString(h.Passage.Text) }) {
		return s
	}
	if !strings.Contains(s[:at[1]], ")") && !slices.Contains([]string{"en", "fr", "es", "it", "pt", "ru", "zh", "ja"}, text.Language(s)) {
		return s
	}
	return s[at[1]:]
}

// cited returns the hits that a sentence cites, each once.
func (v *verifier) cited(cites []int) []int {
	var hits []int
	for _, n := range cites {
		if n >= 1 && n <= len(v.hits) && !slices.Contains(hits, n-1) {
			hits = append(hits, n-1)
		}
	}
	return hits
}

// quoted returns where the sentence stands letter for letter: in what it cites,
// else in the first source that holds it.
func (v *verifier) quoted(want string, cited []int) []place {
	var places []place
	for _, h := range cited {
		if i := indexWhole(v.hits[h].Passage.Text, want); i >= 0 {
			places = append(places, place{h, Span{i, i + len(want)}})
		}
	}
	if places != nil || text.Count(want) < fewWords {
		return places
	}
	for h := range v.hits {
		if i := indexWhole(v.hits[h].Passage.Text, want); i >= 0 {
			return []place{{h, Span{i, i + len(want)}}}
		}
	}
	return nil
}

// fewWords is how many words a sentence must have to be found in a source that
// it does not cite: fewer stand anywhere by chance.
const fewWords = 3

// maxElsewhere is how many other sources are read for a better one.
const maxElsewhere = 5

// elsewhere looks for a source that bears the sentence out alone among those
// that it does not cite, one that holds no fewer of its words than those.
func (v *verifier) elsewhere(st *statement, cited []int, held int) (verdict, bool) {
	if text.Count(st.s) < fewWords {
		return verdict{}, false
	}
	for _, h := range v.likely(st, cited) {
		e := gather(st, []*source{v.source(h)})
		if _, share := e.lostWords(); share >= elsewhereCoverage && e.best[0].n >= held && len(e.lost()) == 0 {
			return verdict{places: e.places()}, true
		}
	}
	return verdict{}, false
}

// likely returns the hits that hold most of the sentence's words as written, at
// least half of them: a look at the bytes, so that not every source is read.
func (v *verifier) likely(st *statement, except []int) []int {
	var words []string
	for _, w := range st.in(text.Language(st.s)).words {
		if !w.stop && w.fact == 0 {
			words = append(words, strings.ToLower(cmp.Or(beginning(w.Text), w.Text)))
		} else if w.name == name {
			words = append(words, strings.ToLower(w.Text))
		}
	}
	type candidate struct{ hit, n int }
	var cs []candidate
	for h := range v.hits {
		if slices.Contains(except, h) {
			continue
		}
		n, lower := 0, strings.ToLower(v.hits[h].Passage.Text)
		for _, w := range words {
			if strings.Contains(lower, w) {
				n++
			}
		}
		cs = append(cs, candidate{h, n})
	}
	slices.SortStableFunc(cs, func(a, b candidate) int { return cmp.Compare(b.n, a.n) })
	var hits []int
	for _, c := range cs[:min(len(cs), maxElsewhere)] {
		if 2*c.n >= len(words) {
			hits = append(hits, c.hit)
		}
	}
	return hits
}

// number gives the sentence its citation numbers, new ones by first use. The
// quote of a passage that is cited again grows to hold both places.
func (v *verifier) number(c checkedSentence) CitedSentence {
	if v.found == nil {
		v.found, v.bright = map[int]Span{}, map[int][]Span{}
	}
	if c.Support != Quoted {
		c.Highlights = nil
	}
	for _, p := range c.places {
		v.highlight(c.CitedSentence, p)
		if !slices.Contains(v.used, p.hit) {
			v.used = append(v.used, p.hit)
		}
		v.found[p.hit] = v.grown(p)
		c.Citations = append(c.Citations, slices.Index(v.used, p.hit)+1)
	}
	slices.Sort(c.Citations)
	return c.CitedSentence
}

// grown returns the quote of a source with one more place in it. Of a list that the
// beginning of is left out, what leads in to it is no part of the quote.
func (v *verifier) grown(p place) Span {
	old := v.found[p.hit]
	switch text := v.hits[p.hit].Passage.Text; {
	case p.span == (Span{}):
		return old
	case old == (Span{}):
		return p.span
	case old.End < p.span.Start && strings.HasSuffix(text[:old.End], ":") && hasWord(text[old.End:p.span.Start]):
		return p.span
	}
	return Span{min(old.Start, p.span.Start), max(old.End, p.span.End)}
}

// within returns the spans that are part of s.
func within(s string, spans []Span) []Span {
	var in []Span
	for _, h := range spans {
		if 0 <= h.Start && h.Start < h.End && h.End <= len(s) {
			in = append(in, h)
		}
	}
	return in
}

// highlight notes where the highlights of a sentence stand in the place it is from.
func (v *verifier) highlight(c CitedSentence, p place) {
	for _, h := range c.Highlights {
		want := c.Text[h.Start:h.End]
		if i := strings.Index(v.hits[p.hit].Passage.Text[p.span.Start:p.span.End], want); i >= 0 {
			i += p.span.Start
			v.bright[p.hit] = append(v.bright[p.hit], Span{i, i + len(want)})
		}
	}
}

// highlights returns the highlights of a hit as bytes of what is quoted of it, in
// order, each once.
func (v *verifier) highlights(hit int) []Span {
	var spans []Span
	quote := v.found[hit]
	for _, s := range v.bright[hit] {
		if quote.Start <= s.Start && s.End <= quote.End { // not in a lead-in that was left out
			spans = append(spans, Span{s.Start - quote.Start, s.End - quote.Start})
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	return slices.Compact(spans)
}

// citations returns the citations of all numbered hits, in order.
func (v *verifier) citations() []Citation {
	var cs []Citation
	for i, h := range v.used {
		p := v.hits[h].Passage
		span := v.found[h]
		if span == (Span{}) { // its lead alone was said
			span.End = len(p.Text)
		}
		block, paragraph := p.At(span.Start)
		_, last := p.At(span.End - 1)
		cs = append(cs, Citation{
			N: i + 1, DocID: p.DocID, Title: p.Title, Heading: p.Heading, URL: p.URL, Date: p.Date,
			Span:      Span{p.Span.Start + span.Start, p.Span.Start + span.End},
			Paragraph: paragraph,
			Last:      last,
			Line:      p.Line + text.LineEnds(p.Text[:span.Start]),
			Page:      block.Page,
			Quote:     p.Text[span.Start:span.End],

			Highlights: v.highlights(h),
		})
	}
	return cs
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

func hasWord(s string) bool { return len(text.Words(s)) > 0 }
