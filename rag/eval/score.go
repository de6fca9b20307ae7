package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"footnote/rag"
)

// depths are the ranks at which retrieval is measured: a language model reads eight; the
// last one is how many paragraphs a run has to keep.
var depths = [...]int{1, 5, 8, 10}

// Depth is how many paragraphs a search has to return to be measured.
const Depth = 10

// known tells whether a fact is known, and as wanted.
func known(answerable *bool, want bool) bool { return answerable != nil && *answerable == want }

// applies returns the names of the metrics that a row may have, by what is known of
// its case, and of its answer: one that cites nothing has no quotes to be exact. Of a
// row that failed nobody knows, and it may have them all.
func (r Row) applies() map[string]bool {
	has := func(name string) bool { _, ok := r.Metrics[name]; return ok || r.Error != "" }
	claims, cites := has("unverified"), has("quote_exact")
	on := map[string]bool{"answered": true, "quote_exact": cites, "unverified": claims,
		"judged_support": claims, "judged_precision": claims, "latency": true, "prompt_tokens": true, "completion_tokens": true}
	add := func(names ...string) {
		for _, n := range names {
			on[n] = true
		}
	}
	paragraphs, docs := r.gold()
	if len(docs) > 0 {
		add(ranking("doc_")...)
	}
	if len(paragraphs) > 0 {
		add(ranking("")...)
		add("citation_recall", "citation_right")
		on["citation_precision"] = cites
	}
	if len(r.Answers) > 0 && !known(r.Answerable, false) {
		add("em", "f1", "contained", "judged_correct")
	}
	if len(r.goldTexts()) > 0 {
		add("shown")
	}
	if r.Answerable != nil {
		add("refused")
		on["answer_precision"] = has("answer_precision")
		on["words_shown"], on["refused_wrongly"], on["answered_wrongly"] = *r.Answerable, *r.Answerable, !*r.Answerable
	}
	if r.Answerable != nil || len(docs) > 0 || len(r.Answers) > 0 || r.Lost {
		add("passed")
	}
	return on
}

func ranking(prefix string) []string {
	names := []string{prefix + "mrr", prefix + "recall@5", prefix + "recall@10", prefix + "ndcg@10"}
	for _, k := range depths {
		names = append(names, fmt.Sprintf("%shit@%d", prefix, k))
	}
	return names
}

// gold returns the keys of the paragraphs and of the documents that answer the
// question; none if it has no answer.
func (r Row) gold() (paragraphs, docs []string) {
	if known(r.Answerable, false) {
		return nil, nil
	}
	for _, g := range r.Gold {
		docs = append(docs, g.Doc)
		if g.Paragraph > 0 {
			paragraphs = append(paragraphs, ParagraphID(g.Doc, g.Paragraph))
		}
	}
	return paragraphs, Distinct(docs)
}

// Score fills in the metrics of a row. exact tells whether the quote of a citation
// is letter for letter in its document as it is now.
func (r *Row) Score(exact func(Citation) bool) {
	r.Metrics = nil
	if r.Error != "" {
		return
	}
	m := map[string]float64{
		"answered": btof(r.Verdict == rag.Answered || r.Verdict == rag.Partial),
		"refused":  btof(r.Abstained),
		"latency":  r.Latency.Total, "prompt_tokens": float64(r.Usage.Prompt), "completion_tokens": float64(r.Usage.Completion),
	}
	said := r.said(m)
	m["em"], m["f1"], m["contained"] = Exact(said, r.Answers), F1(said, r.Answers), Contained(said, r.Answers)
	r.scoreShown(m)
	r.scoreRanking(m)
	r.scoreCitations(m, exact)
	if passed := r.passed(m); passed || !r.Lost || len(r.Answers) > 0 || known(r.Answerable, false) {
		m["passed"] = btof(passed) // else the lost gold might have said otherwise
	}
	r.Metrics = m
	on := r.applies()
	maps.DeleteFunc(m, func(name string, _ float64) bool { return !on[name] })
}

// Complete adds the metrics that an earlier version, whose row it is, did not know.
func (r *Row) Complete() {
	if r.Error != "" || r.Metrics == nil {
		return
	}
	had := r.Metrics
	r.Score(func(Citation) bool { return true }) // whether quotes are exact it did know
	maps.Copy(r.Metrics, had)
}

// said returns the answer without its marks and fixed lines, and scores how much of
// it could not be verified.
func (r *Row) said(m map[string]float64) string {
	var claims []string
	unverified := 0
	for _, s := range r.Sentences {
		if s.Support == rag.None {
			continue
		}
		claims = append(claims, strings.TrimSpace(s.Text))
		if s.Support == rag.Unverified {
			unverified++
		}
	}
	if len(claims) > 0 {
		m["unverified"] = float64(unverified) / float64(len(claims))
	}
	return strings.Join(claims, " ")
}

func (r *Row) scoreRanking(m map[string]float64) {
	paragraphs, docs := r.gold()
	var found, foundDocs []string
	for _, p := range head(r.Ranked, Depth) { // an answer from more would change mrr, and the documents
		found, foundDocs = append(found, r.key(p.Doc, p.Paragraph, p.Last)), append(foundDocs, p.Doc)
	}
	for prefix, at := range map[string]struct{ gold, ranked []string }{
		"": {paragraphs, Distinct(found)}, "doc_": {docs, Distinct(foundDocs)},
	} {
		relevant, gain := map[string]bool{}, map[string]int{}
		for _, id := range at.gold {
			relevant[id], gain[id] = true, 1
		}
		for _, k := range depths {
			m[fmt.Sprintf("%shit@%d", prefix, k)] = HitAt(relevant, at.ranked, k)
		}
		m[prefix+"recall@5"], m[prefix+"recall@10"] = RecallAt(relevant, at.ranked, 5), RecallAt(relevant, at.ranked, 10)
		m[prefix+"mrr"], m[prefix+"ndcg@10"] = ReciprocalRank(relevant, at.ranked), NDCGAt(gain, at.ranked, 10)
	}
}

// scoreCitations compares what is cited with the gold, and with the documents. An
// answer that cites nothing has no precision.
func (r *Row) scoreCitations(m map[string]float64, exact func(Citation) bool) {
	gold, _ := r.gold()
	var cited []string
	right := 0
	for _, c := range r.Citations {
		cited = append(cited, r.key(c.Doc, c.Paragraph, c.Last))
		if exact(c) {
			right++
		}
	}
	var precision float64
	precision, m["citation_recall"], m["citation_right"] = Citations(cited, gold)
	if len(cited) > 0 {
		m["citation_precision"] = precision
		m["quote_exact"] = float64(right) / float64(len(cited))
	}
}

// passed tells whether a reader was helped: refused where there is no answer, else
// answered with a right source, or with a right answer's words. Of a case that says
// only that there is an answer, any answer passes; not of one whose gold is lost,
// nor is the document of a lost paragraph a right source.
func (r *Row) passed(m map[string]float64) bool {
	if known(r.Answerable, false) {
		return r.Abstained
	}
	paragraphs, docs := r.gold()
	switch {
	case len(r.Answers) > 0 && m["contained"] == 1, len(paragraphs) > 0 && m["citation_right"] == 1:
		return true
	case r.Lost:
		return false
	case len(paragraphs) == 0 && len(docs) > 0:
		return slices.ContainsFunc(r.Citations, func(c Citation) bool { return slices.Contains(docs, c.Doc) })
	}
	return len(r.Answers)+len(docs) == 0 && m["answered"] == 1
}

func btof(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
