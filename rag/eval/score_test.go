package eval

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"footnote/rag"
)

func TestScore(t *testing.T) {
	yes, no := true, false
	ranked := []Ranked{{"a.md", 1, 0, .9}, {"a.md", 2, 0, .8}, {"b.md", 1, 0, .7}, {"c.md", 1, 0, .6}, {"d.md", 1, 0, .5}, {"e.md", 1, 0, .4}}
	right := []Citation{{N: 1, Doc: "a.md", Paragraph: 2, Quote: "exact"}, {N: 2, Doc: "b.md", Paragraph: 1, Quote: "forged"}}
	said := []Sentence{{Text: "It says:", Support: rag.None}, {Text: " The 16 weeks.", Support: rag.Quoted}, {Text: "Or so.", Support: rag.Unverified}}
	base := map[string]float64{"latency": 5, "prompt_tokens": 7, "completion_tokens": 3}
	none := map[string]float64{"answered": 0, "latency": 5, "prompt_tokens": 7, "completion_tokens": 3}
	for _, c := range []struct {
		name string
		row  Row
		want map[string]float64
	}{
		{"answered", Row{Verdict: rag.Answered, Sentences: said, Citations: right, Ranked: ranked, Answers: []string{"16 weeks"}, Answerable: &yes,
			Gold: []Gold{{"a.md", 2, ""}, {"e.md", 1, ""}}}, with(base, map[string]float64{
			"answered": 1, "answer_precision": 1, "refused": 0, "refused_wrongly": 0, "words_shown": 9, "passed": 1, "em": 0, "f1": 2. / 3, "contained": 1, "unverified": .5, "quote_exact": .5,
			"citation_precision": .5, "citation_recall": .5, "citation_right": 1,
			"hit@1": 0, "hit@5": 1, "hit@8": 1, "hit@10": 1, "recall@5": .5, "recall@10": 1, "mrr": .5, "ndcg@10": .6052,
			"doc_hit@1": 1, "doc_hit@5": 1, "doc_hit@8": 1, "doc_hit@10": 1, "doc_recall@5": 1, "doc_recall@10": 1, "doc_mrr": 1, "doc_ndcg@10": .8503})},
		{"refused wrongly", Row{Verdict: rag.NotFound, Abstained: true, Sentences: []Sentence{{Text: "Not in the documents.", Support: rag.None}},
			Answers: []string{"x"}, Answerable: &yes}, with(none, map[string]float64{"refused": 1, "refused_wrongly": 1, "words_shown": 4, "passed": 0, "em": 0, "f1": 0, "contained": 0})},
		{"refused rightly", Row{Verdict: rag.NotFound, Abstained: true, Answerable: &no, Gold: []Gold{{"a.md", 1, ""}}, Answers: []string{"x"}},
			with(none, map[string]float64{"refused": 1, "answered_wrongly": 0, "passed": 1})},
		{"answered wrongly", Row{Verdict: rag.Answered, Sentences: said, Citations: right, Answerable: &no},
			with(base, map[string]float64{"answered": 1, "answer_precision": 0, "answered_wrongly": 1, "refused": 0, "passed": 0, "unverified": .5, "quote_exact": .5})},
		{"the closest passages are no refusal", Row{Verdict: rag.Passages, Answerable: &no}, with(none, map[string]float64{"answered_wrongly": 0, "refused": 0, "passed": 0})},
		{"a question alone", Row{Verdict: rag.Partial}, with(base, map[string]float64{"answered": 1})},
		{"answerable, no more is known", Row{Verdict: rag.Answered, Answerable: &yes}, with(base, map[string]float64{"answered": 1, "refused": 0, "refused_wrongly": 0, "words_shown": 0, "passed": 1})},
		{"the document alone", Row{Verdict: rag.Answered, Citations: right, Ranked: ranked[2:3], Gold: []Gold{{"b.md", 0, ""}}}, with(base, map[string]float64{
			"answered": 1, "passed": 1, "quote_exact": .5,
			"doc_hit@1": 1, "doc_hit@5": 1, "doc_hit@8": 1, "doc_hit@10": 1, "doc_recall@5": 1, "doc_recall@10": 1, "doc_mrr": 1, "doc_ndcg@10": 1})},
		{"a right answer from another source", Row{Verdict: rag.Answered, Sentences: said, Answers: []string{"16 weeks"}, Gold: []Gold{{"z.md", 1, ""}}}, with(base, map[string]float64{
			"answered": 1, "passed": 1, "em": 0, "f1": 2. / 3, "contained": 1, "unverified": .5, "citation_recall": 0, "citation_right": 0,
			"hit@1": 0, "hit@5": 0, "hit@8": 0, "hit@10": 0, "recall@5": 0, "recall@10": 0, "mrr": 0, "ndcg@10": 0,
			"doc_hit@1": 0, "doc_hit@5": 0, "doc_hit@8": 0, "doc_hit@10": 0, "doc_recall@5": 0, "doc_recall@10": 0, "doc_mrr": 0, "doc_ndcg@10": 0})},
		{"its document is gone", Row{Verdict: rag.Answered, Citations: right, Answerable: &yes, Lost: true},
			with(base, map[string]float64{"answered": 1, "refused": 0, "refused_wrongly": 0, "words_shown": 2, "quote_exact": .5})},
		{"its paragraph is gone", Row{Verdict: rag.Answered, Citations: right, Ranked: ranked[2:3], Gold: []Gold{{"b.md", 0, ""}}, Lost: true}, with(base, map[string]float64{
			"answered": 1, "quote_exact": .5,
			"doc_hit@1": 1, "doc_hit@5": 1, "doc_hit@8": 1, "doc_hit@10": 1, "doc_recall@5": 1, "doc_recall@10": 1, "doc_mrr": 1, "doc_ndcg@10": 1})},
		{"its words decide", Row{Verdict: rag.Answered, Sentences: said, Answers: []string{"16 weeks"}, Lost: true},
			with(base, map[string]float64{"answered": 1, "passed": 1, "em": 0, "f1": 2. / 3, "contained": 1, "unverified": .5})},
		{"its words are not there", Row{Verdict: rag.Answered, Sentences: said, Answers: []string{"17 days"}, Lost: true},
			with(base, map[string]float64{"answered": 1, "passed": 0, "em": 0, "f1": 0, "contained": 0, "unverified": .5})},
		{"an error", Row{Error: "timeout", Answerable: &yes}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.row.Latency.Total, c.row.Usage = 5, Usage{Prompt: 7, Completion: 3}
			c.row.Score(func(q Citation) bool { return q.Quote == "exact" })
			if diff := cmp.Diff(c.want, c.row.Metrics, cmpopts.EquateApprox(0, 1e-4)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			on := c.row.applies()
			for name := range c.row.Metrics {
				if !on[name] {
					t.Errorf("%s does not apply", name)
				}
			}
			c.row.Case, c.row.ID = "hash", "id"
			if light := c.row.Light(); light.Case != "hash" || light.ID != "id" || light.Lost != c.row.Lost {
				t.Errorf("light row %+v", light)
			}
			if diff := cmp.Diff(c.row.applies(), c.row.Light().applies()); diff != "" {
				t.Errorf("a light row (-whole +light):\n%s", diff)
			}
		})
	}
}

// TestScoreDepth ranks no paragraph below the depth, however many an answer was
// written from.
func TestScoreDepth(t *testing.T) {
	row := Row{Gold: []Gold{{"z.md", 1, ""}}}
	for range Depth {
		row.Ranked = append(row.Ranked, Ranked{"a.md", len(row.Ranked) + 1, 0, .5})
	}
	row.Ranked = append(row.Ranked, Ranked{"z.md", 1, 0, .4})
	row.Score(func(Citation) bool { return true })
	for name, v := range row.Metrics {
		if slices.Contains(append(ranking(""), ranking("doc_")...), name) && v != 0 {
			t.Errorf("%s is %v", name, v)
		}
	}
	if _, ok := row.Metrics["doc_mrr"]; !ok {
		t.Error("no doc_mrr")
	}
}

func with(maps ...map[string]float64) map[string]float64 {
	all := map[string]float64{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}
