package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"footnote/rag"
)

// smallReport is two questions with all that a report can show.
func smallReport() Report {
	yes, no := true, false
	right := Row{
		ID: "q1", Question: "How long is the notice?", Verdict: rag.Answered, Answer: "Thirty days [1].", Type: "fact", Tags: []string{"critical"},
		Sentences: []Sentence{{Text: "Thirty days.", Citations: []int{1}, Support: rag.Checked}},
		Citations: []Citation{{N: 1, Doc: "hr/leave.md", Heading: "Notice", Paragraph: 2, Line: 5, Quote: "thirty days"}},
		Contexts:  []Context{{Doc: "hr/leave.md", Paragraph: 2, Text: "Notice is thirty days."}},
		Ranked:    []Ranked{{Doc: "hr/leave.md", Paragraph: 2}},
		Gold:      []Gold{{Doc: "hr/leave", Paragraph: 2, Text: "Notice is thirty days."}}, Answers: []string{"thirty days"}, Answerable: &yes,
		Metrics: map[string]float64{"passed": 1, "contained": 1},
	}
	then := right
	then.Metrics = map[string]float64{"passed": 0}
	then.Verdict, then.Abstained, then.Answer, then.Sentences, then.Citations = rag.NotFound, true, "Not in the documents.", nil, nil
	return Report{
		Title: "Small", When: time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC), Documents: 1, Passages: 2, Model: "extractive", Embedder: "bge-small-en-v1.5",
		Metrics: []Metric{
			{"latency_p50", "", 12, 10, 14, 2, 2, -1}, {"hit@5", "", 1, .5, 1, 1, 1, 1}, {"hit@5", "fact", 1, .5, 1, 1, 1, 1},
			{"contained", "", 1, .5, 1, 1, 1, 1}, {"judge_agrees", "", .5, 0, 1, 1, 2, 0}, {"refusal_f1", "trap", math.NaN(), 0, 0, 0, 1, 1},
			{"refusal_f1", "", .75, .5, 1, 2, 2, 1},
		},
		Baseline:   []Metric{{"hit@5", "", .5, 0, 1, 1, 1, 1}, {"latency_p50", "", 11, 9, 12, 2, 2, -1}, {"refusal_f1", "", .75, .5, 1, 2, 2, 1}},
		Curve:      []Point{{1, .5, .3, .7}, {5, 1, .9, 1}},
		Thresholds: []Threshold{{.2, math.NaN(), 0, 1}, {.6, .5, 1, 0}},
		Latencies:  []float64{10, 14},
		Rows: []Row{right, {ID: "q2", Question: "Who won?", Verdict: rag.NotFound, Abstained: true, Answer: "Not in the documents.", Type: "trap",
			Sentences: []Sentence{{Text: "Not in the documents.", Support: rag.None}}, Answerable: &no, Metrics: map[string]float64{"passed": 1}}},
		BaselineRows: map[string]Row{"q1": then},
	}
}

// sampleReport is n made-up questions with figures of the usual size.
func sampleReport(n int) Report {
	rnd := rand.New(rand.NewPCG(1, 2))
	r := Report{
		Title: "Evaluation of the handbook", When: time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC), Documents: 442, Passages: 18_734,
		Model: "extractive", Embedder: "bge-small-en-v1.5 (int8)", BaselineRows: map[string]Row{},
	}
	for i := range n {
		row := sampleRow(rnd, i)
		r.Rows = append(r.Rows, row)
		r.Latencies = append(r.Latencies, row.Latency.Total)
		if i%50 == 49 {
			continue // a question that the baseline did not have
		}
		then := row
		if rnd.IntN(10) == 0 {
			then.Verdict, then.Abstained, then.Error = rag.NotFound, true, ""
			then.Answer, then.Citations = "Not in the documents.", nil
			then.Sentences = []Sentence{{Text: "Not in the documents.", Support: rag.None}}
			then.Metrics = map[string]float64{"passed": btof(then.passed(map[string]float64{}))}
		}
		r.BaselineRows[row.ID] = then
	}
	for k := 1; k <= 20; k++ {
		rate := 1 - .3*math.Pow(float64(k), -1.1)
		r.Curve = append(r.Curve, Point{k, rate, rate - .025, min(1, rate+.02)})
	}
	for i := range 41 {
		s := float64(i) / 40
		r.Thresholds = append(r.Thresholds, Threshold{s, 1 - .7*s*s, math.Sqrt(s), 1 - math.Sqrt(s)})
	}
	r.Thresholds[0].Precision = math.NaN()
	r.Metrics, r.Baseline = sampleMetrics(rnd, n), sampleMetrics(rnd, n)
	for i, m := range r.Metrics {
		if before := r.Baseline[i].Value; m.Group == "" {
			r.Changes = append(r.Changes, Change{Name: m.Name, Better: m.Better, Diff: m.Value - before, Low: m.Value - before - .1, High: m.Value - before + .1})
		}
	}
	return r
}

func sampleMetrics(rnd *rand.Rand, n int) []Metric {
	var ms []Metric
	for _, group := range []string{"", "squad1.1", "adversarial", "out_of_corpus", "follow_up"} {
		for _, c := range captions() {
			asked := n
			if group != "" {
				asked = n / 4
			}
			m := Metric{Name: c.name, Group: group, Scored: asked - asked/100, Asked: asked, Better: 1}
			switch c.unit {
			case millis:
				m.Value, m.Better = 20+100*rnd.Float64(), -1
			case amount:
				m.Value, m.Better = 1000+500*rnd.Float64(), 0
			default:
				m.Value = .6 + .35*rnd.Float64()
			}
			if c.name == "unverified" || c.name == "error_rate" {
				m.Value, m.Better = m.Value/20, -1
			}
			m.Low, m.High = .97*m.Value, 1.03*m.Value
			ms = append(ms, m)
		}
	}
	return ms
}

func sampleRow(rnd *rand.Rand, i int) Row {
	doc := fmt.Sprintf("handbook/part-%02d/chapter-%03d.md", i%17, i%442)
	sentence := func() string {
		words := strings.Fields("the office opens at nine and every request for leave goes to your lead before Friday when the calendar of the quarter is planned in Größe and 漢字")
		rnd.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		return "The " + words[0] + " " + strings.Join(words[1:8+rnd.IntN(12)], " ") + fmt.Sprintf(" in case %d.", i)
	}
	quote := sentence()
	paragraph := strings.Join([]string{sentence(), sentence(), quote, sentence(), sentence()}, " ")
	answerable := i%5 != 0
	row := Row{
		ID: fmt.Sprintf("case-%04d", i), Question: "What does the handbook say of " + strings.ToLower(sentence()), Answerable: &answerable,
		Type: []string{"squad1.1", "adversarial", "out_of_corpus", "follow_up"}[i%4], Verdict: rag.Answered, Metrics: map[string]float64{},
		Latency:  Latency{Total: 15 + 30*rnd.ExpFloat64()},
		Contexts: []Context{{Doc: doc, Paragraph: 3, Text: paragraph}, {Doc: doc, Paragraph: 4, Text: sentence() + sentence()}},
		Ranked:   []Ranked{{Doc: doc, Paragraph: 4}, {Doc: doc, Paragraph: 3}},
	}
	if i%100 == 0 {
		row.Tags = []string{Critical}
	}
	if i%4 == 3 {
		row.History = []Message{{"user", "And who decides?"}, {"assistant", "Your lead does."}}
	}
	switch {
	case i%200 == 7:
		row.Verdict, row.Error, row.Contexts, row.Ranked = "", "127.0.0.1:8080: no reply in time", nil, nil
		return row
	case !answerable && rnd.IntN(4) > 0 || rnd.IntN(20) == 0:
		row.Verdict, row.Abstained, row.Answer = rag.NotFound, true, "Not in the documents."
		row.Sentences = []Sentence{{Text: row.Answer, Support: rag.None}}
		row.Missing = []string{"calendar"}
	default:
		row.Answer = quote + " [1]"
		row.Sentences = []Sentence{{Text: quote, Citations: []int{1}, Support: rag.Quoted}}
		if i%9 == 0 {
			row.Sentences = append(row.Sentences, Sentence{Text: " It takes 45 days.", Citations: []int{1}, Support: rag.Unverified, Unsupported: []string{"45 days"}})
		}
		row.Citations = []Citation{{N: 1, Doc: doc, Title: "Handbook", Heading: "Leave > Requests", Paragraph: 3, Line: 12, Quote: quote}}
	}
	if answerable {
		row.Answers = []string{strings.Join(strings.Fields(quote)[2:5], " "), "something else"}
		row.Gold = []Gold{{Doc: strings.TrimSuffix(doc, ".md"), Paragraph: 3, Text: paragraph}}
		row.Metrics["contained"] = float64(rnd.IntN(10) / 2 % 2)
		row.Metrics["f1"] = rnd.Float64()
		row.Metrics["citation_right"] = row.Metrics["contained"]
	}
	row.Metrics["passed"] = btof(row.passed(row.Metrics))
	return row
}
