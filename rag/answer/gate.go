package answer

import (
	"regexp"
	"slices"

	"footnote/rag"
	"footnote/rag/text"
)

// A gate tells questions that the documents answer from those they do not, by
// how much of the question's weight stands in one sentence (and the one before
// it) and how well the best passage matches.
type gate struct {
	coverage, score, dense float64
	answered               float64 // at least this: the sentences answer
	close                  float64 // at least this: the passages may answer
	near                   float64 // a cosine of at least this: they are near by meaning alone
}

// The gates are logistic regressions of "answerable" against off-topic. englishGate is
// fitted on squad_tune, its thresholds on half of 160 questions about a handbook, asked
// in other words than it has: .015 of those with an answer are not found there, .006
// on squad_tune, where .94 of the off-topic questions are not called answered. Of what
// is near by its words or its meaning no score tells whether it answers, so that it is
// shown, and not called an answer. The other gates, whose cosine says little with the
// built-in English model, are fitted on xquad with the question's own article left out
// (AUC .97 for German and Russian words, .99 for Chinese pairs).
var (
	englishGate = gate{coverage: 6.5, score: 7.2, dense: 9.2, close: 8, near: .34}
	wordGate    = gate{coverage: 5, score: 22, answered: 7.45, close: 6.92}
	pairGate    = gate{coverage: 4.9, score: 38, answered: 7.8, close: 7.4}
)

// Of the weight of a question's own words, passages must hold at least this share
// for an answer, and for being shown at all. Retrieval scores by the words that it
// knows, so one of five that fits well would do. It costs no answerable question of
// squad_tune, and one or two of a hundred in xquad's other languages.
const (
	mostlyUnknown = .3
	unheardOf     = .15
	half          = .5
	wordless      = .5 // the cosine from which passages without any of the words are near
)

// known returns the share of the weight of the question's own words that stand
// in any passage; 1 if it has none of its own.
func (q *question) known() float64 {
	var in, all float64
	for _, w := range q.words {
		if w.own {
			all += w.weight
			if w.known {
				in += w.weight
			}
		}
	}
	if all == 0 {
		return 1
	}
	return in / all
}

// gate returns Answered, Passages or NotFound. Nothing answers for sure a question
// about what no document mentions.
func (q *question) gate(hits []rag.Hit, cs []candidate) rag.Verdict {
	best, dense := bestOf(cs, first), 0.
	if best.end == 0 || len(q.words) == 0 {
		return rag.NotFound
	}
	for _, h := range hits {
		dense = max(dense, h.Dense)
	}
	g, score := wordGate, .2*hits[0].Dense+.8*hits[0].Lexical
	switch {
	case slices.ContainsFunc(q.words, func(w word) bool { return text.Unspaced(w.text) }):
		g, score = pairGate, hits[0].Lexical
	case dense == 0:
		score = hits[0].Score
	case q.lang == "en" || q.lang == "":
		g, score = englishGate, hits[0].Score
	}
	known := q.known()
	fits := g.coverage*best.coverage + g.score*score + g.dense*dense
	sure := known >= mostlyUnknown && !q.strange() && q.accounted(best, hits[best.hit].Passage)
	if g == englishGate {
		sure = sure && q.evident(best, hits, dense)
	} else {
		sure = sure && fits >= g.answered
	}
	heard := known >= unheardOf || dense >= g.near && !q.followUp && (known > 0 || dense >= wordless)
	switch {
	case sure:
		return rag.Answered
	case best.exact > 0, heard && (fits >= g.close || g.near > 0 && (dense >= g.near || best.coverage >= half)):
		return rag.Passages
	}
	return rag.NotFound
}

// accounted tells whether what a question asks for exactly is there: however well they
// fit, sentences without any number do not answer "how many", and those that share only
// the title's words with the question are about its subject, not about what is asked.
func (q *question) accounted(best candidate, p rag.Passage) bool {
	return q.exactIn(best, p) && !q.onlyTitle(p) && (q.kind != amount || q.has(amount, p.Text))
}

// What is called an answer holds at least mostWords of the weight of the question's own
// words, an entry nearlyAll; and half of that share, the cosine, and gapWeight times how
// far the passage behind it is off, maxGap at most, are together at least surely, for a
// follow-up of fewWords ("and when?") beyond. Fitted on half of 160 questions about a
// handbook (12 of 13 right), on seeds (17 of 17) and on 400 of squad_tune (110 of 112).
const (
	mostWords = .4
	nearlyAll = .65
	surely    = 1.27
	beyond    = 1.6
	gapWeight = 4
	maxGap    = .2
	fewWords  = 1
)

// evident tells whether the best place answers for sure. No score does (AUROC .45 to
// .54 over four collections): it is the entry asked for, or holds nearly all that the
// question names and is near to it, and is a list where one was asked for.
func (q *question) evident(best candidate, hits []rag.Hit, dense float64) bool {
	p := hits[best.hit].Passage
	us := units(p)
	from, to, alone := q.place(p, us, best.unit, placeWords)
	alone = alone || best.setting != nil
	entry := isEntry(p.Text[best.start:best.end], us[best.unit].kind)
	if entry && !alone {
		from, to = best.unit, best.unit+1 // the others are of something else
	}
	shown := q.covered(inPlace(p, us[from:to]), text.Language(p.Text))
	share := q.ownShare(shown)
	switch {
	case (alone || entry) && q.namesAnother(hits, best, shown):
		return false
	case best.exact > 0:
		return alone || share >= mostWords
	case alone:
		return share >= nearlyAll
	}
	gap := maxGap
	if len(hits) > 1 {
		gap = min(hits[0].Score-hits[1].Score, maxGap)
	}
	sure := share/2 + dense + gapWeight*gap
	if q.followUp && q.own() <= fewWords {
		return share >= nearlyAll && (sure >= beyond || q.stillAbout(p, hits, best.hit))
	}
	several := slices.ContainsFunc(us[from:to], func(u unit) bool { return u.kind == rag.List || u.kind == rag.Table })
	return share >= mostWords && sure >= surely && best.hit == 0 && (several || !asksList(q.text))
}

// stillAbout tells whether only this passage has a name that was asked about before.
func (q *question) stillAbout(p rag.Passage, hits []rag.Hit, at int) bool {
	in := q.covered(p.Whole(), text.Language(p.Text))
	carried := false
	for i, w := range q.words {
		carried = carried || !w.own && q.names(i) && in[i]
	}
	for h, hit := range hits {
		carried = carried && (h == at || q.ofAnother(p, hit.Passage))
	}
	return carried
}

// namesAnother tells whether the question names another entry: a word that is not in what is
// shown stands in one of the entries beside it.
func (q *question) namesAnother(hits []rag.Hit, best candidate, shown []bool) bool {
	kind := units(hits[best.hit].Passage)[best.unit].kind
	for h, hit := range hits {
		for n, u := range units(hit.Passage) {
			if u.kind != kind || h == best.hit && n == best.unit {
				continue
			}
			here := q.covered(hit.Passage.Text[u.start:u.end], text.Language(hit.Passage.Text))
			for i := range here {
				if here[i] && q.words[i].own && !shown[i] {
					return true
				}
			}
		}
	}
	return false
}

// ownShare returns the share of the weight of the question's own words that are in.
func (q *question) ownShare(in []bool) float64 {
	var share, all float64
	for i, w := range q.words {
		if !w.own {
			continue
		}
		all += w.weight
		if in[i] {
			share += w.weight
		}
	}
	if all == 0 {
		return 0
	}
	return share / all
}

// own returns how many words a question has that the one before has not.
func (q *question) own() int {
	n := 0
	for _, w := range q.words {
		if w.own {
			n++
		}
	}
	return n
}

// listAsked matches a question for several things.
var listAsked = regexp.MustCompile(`(?i)^\W*(?:list|name|enumerate)\b|\b(?:which|what|whose)(?:\s+\w+){0,2}\s+\w+[^s\W]s\b|\bwhat all\b|\ball the\b|\bwhat are the\b`)

func asksList(s string) bool { return listAsked.MatchString(s) }

// exactIn tells whether a sentence holds, with what is above it, every code and date of
// the question, and its passage the numbers.
func (q *question) exactIn(c candidate, p rag.Passage) bool {
	strong := 0
	for _, e := range q.exact {
		if e.Strong {
			strong++
		} else if !e.In(p.Whole(), text.Language(p.Text)) {
			return false
		}
	}
	return c.exact == strong
}

// judge returns the verdict of the gate. Where the hits are not the built-in
// embedder's, words decide; but if the best vector is no nearer than those of two
// random passages, one step lower. On techdocs with multilingual-e5-small 92 of 100
// answerable questions are answered (16 by englishGate).
func (x *Extractive) judge(q *question, hits []rag.Hit, cs []candidate) rag.Verdict {
	if !x.words {
		return q.gate(hits, cs)
	}
	const random = .03 // the mean of the scale that retrieve puts cosines on
	nearest := 0.
	for _, h := range hits {
		nearest = max(nearest, h.Dense)
	}
	verdict := q.gate(byWords(hits), cs)
	switch far := nearest > 0 && nearest <= random; {
	case far && verdict == rag.Answered:
		return rag.Passages
	case far:
		return rag.NotFound
	}
	return verdict
}

// byWords returns the hits as wordGate knows them, whatever their cosines are.
func byWords(hits []rag.Hit) []rag.Hit {
	const weight, usual = .8, .06 // of the words, and what the cosine of a good hit adds
	hits = slices.Clone(hits)
	for i, h := range hits {
		hits[i].Dense, hits[i].Score = 0, weight*h.Lexical+usual
	}
	return hits
}

// onlyTitle tells whether all that a passage shares with the question is in its
// title: such a sentence is about the subject, not about what is asked of it.
func (q *question) onlyTitle(p rag.Passage) bool {
	lang := text.Language(p.Text)
	title, here := q.covered(p.Title, lang), q.covered(p.Heading+"\n"+p.Text, lang)
	other := false
	for i := range q.words {
		if title[i] {
			continue
		}
		if here[i] {
			return false
		}
		other = true
	}
	return other
}
