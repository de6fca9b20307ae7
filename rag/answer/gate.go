package answer

import (
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
	least                  float64 // of the question's weight, in what answers
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
	englishGate = gate{coverage: 6.5, score: 7.2, dense: 9.2, answered: 11, close: 7, least: .5}
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

// gate returns Answered, Passages or NotFound. However well they fit, sentences
// without any number do not answer "how many", those that share only the title's
// words with the question do not answer, and nothing answers for sure a question
// about what no document mentions.
func (q *question) gate(hits []rag.Hit, cs []candidate) rag.Verdict {
	if len(hits) == 0 || len(cs) == 0 || len(q.words) == 0 {
		return rag.NotFound
	}
	best, dense := cs[0], 0.
	for _, c := range cs {
		if c.fit > best.fit {
			best = c
		}
	}
	for _, h := range hits {
		dense = max(dense, h.Dense)
	}
	g := wordGate
	switch {
	case slices.ContainsFunc(q.words, func(w word) bool { return text.Unspaced(w.text) }):
		g = pairGate
	case (q.lang == "en" || q.lang == "") && dense > 0:
		g = englishGate
	}
	known := q.known()
	sure := best.coverage >= g.least && known >= mostlyUnknown && !q.strange() && !q.onlyTitle(hits[best.hit].Passage) && (q.kind != amount || q.has(amount, hits[best.hit].Passage.Text))
	switch v := g.coverage*best.coverage + g.score*hits[0].Score + g.dense*dense; {
	case v >= g.answered && sure:
		return rag.Answered
	case v >= g.close && known >= unheardOf:
		return rag.Passages
	}
	return rag.NotFound
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
	title, here := q.covered(p.Title, lang), q.covered(p.Text, lang)
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
