package eval

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// run returns n rows, of which every fourth one has no answer in the documents, one
// of each ten failed, and the first good ones of the others passed.
func run(n, good int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		answerable := i%4 != 0
		r := Row{ID: fmt.Sprint("q", i), Question: fmt.Sprint("Question ", i), Answer: "before", Answerable: &answerable, Type: "a", Verdict: rag.Answered}
		r.Latency.Total = float64(i)
		if answerable {
			r.Gold, r.Ranked = []Gold{{"a.md", 1, ""}}, []Ranked{{"b.md", 1, 0, .5}}
			if i < good {
				r.Ranked[0].Doc, r.Ranked[0].Score = "a.md", .9
				r.Citations = []Citation{{Doc: "a.md", Paragraph: 1}}
			}
		} else {
			r.Type, r.Ranked = "b", []Ranked{{"b.md", 1, 0, .1}}
			r.Abstained, r.Verdict = i < good, map[bool]rag.Verdict{true: rag.NotFound, false: rag.Answered}[i < good]
		}
		if i%10 == 9 {
			r.Error = "timeout"
		}
		r.Score(func(Citation) bool { return true })
		rows[i] = r
	}
	return rows
}

func find(t *testing.T, ms []Metric, name, group string) Metric {
	t.Helper()
	for _, m := range ms {
		if m.Name == name && m.Group == group {
			return m
		}
	}
	t.Fatalf("no %s of %q", name, group)
	return Metric{}
}

func TestSummarise(t *testing.T) {
	rows := run(40, 20)
	ms := Summarise(rows, 1)
	for _, c := range []struct {
		name, group   string
		value         float64
		scored, asked int
	}{
		{"hit@1", "", 13. / 26, 26, 30}, // four of those with an answer failed
		{"hit@1", "a", 13. / 26, 26, 30},
		{"passed", "", 18. / 36, 36, 40},
		{"refused", "b", .5, 10, 10},
		{"answered_wrongly", "", .5, 10, 10},
		{"refused_wrongly", "", 0, 26, 30},
		{"answer_precision", "", 0, 5, 9}, // of the others nobody knows what is right
		{"words_shown", "", 0, 26, 30},
		{"refusal_precision", "", 1, 36, 40},
		{"refusal_recall", "", .5, 36, 40},
		{"auroc", "", 1, 36, 40},
		{"quote_exact", "", 1, 13, 17}, // refusals quote nothing; four failed
		{"quote_exact", "a", 1, 13, 17},
		{"citation_precision", "", 1, 13, 17},
		{"citation_right", "", 13. / 26, 26, 30},
		{"error_rate", "", .1, 40, 40},
		{"latency_p50", "b", 18, 10, 10},
	} {
		m := find(t, ms, c.name, c.group)
		if math.Abs(m.Value-c.value) > 1e-9 || m.Scored != c.scored || m.Asked != c.asked {
			t.Errorf("%s of %q is %v (%d/%d), want %v (%d/%d)", c.name, c.group, m.Value, m.Scored, m.Asked, c.value, c.scored, c.asked)
		}
		if m.Low > m.Value || m.High < m.Value {
			t.Errorf("%s is %v outside of %v to %v", c.name, m.Value, m.Low, m.High)
		}
	}
	for _, m := range ms {
		if m.Name == "hit@1" && m.Group == "b" || m.Name == "em" {
			t.Errorf("%+v is scored by nothing", m)
		}
		if math.IsNaN(m.Low + m.High) {
			t.Errorf("%+v", m)
		}
	}
	if diff := cmp.Diff(ms, Summarise(rows, 1)); diff != "" {
		t.Errorf("the same seed differs:\n%s", diff)
	}
	var light []Row
	for _, r := range rows {
		light = append(light, r.Light())
	}
	if diff := cmp.Diff(ms, Summarise(light, 1)); diff != "" {
		t.Errorf("light rows (-whole +light):\n%s", diff)
	}
	one := run(40, 20)
	for i := range one {
		one[i].Type = "a"
	}
	for _, m := range Summarise(one, 1) {
		if m.Group != "" {
			t.Errorf("%+v of the only type", m)
		}
	}
	if got := Summarise(nil, 1); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

// TestNothingToRefuse has no figures of refusals: 0 % would say that the bot refuses
// badly.
func TestNothingToRefuse(t *testing.T) {
	yes, no := true, false
	rows := []Row{{Answerable: &yes, Type: "a", Abstained: true}, {Answerable: &yes, Type: "a"}, {Answerable: &no, Type: "b", Abstained: true}}
	got := map[string]int{}
	for _, m := range Summarise(rows, 1) {
		if strings.HasPrefix(m.Name, "refusal_") {
			got[m.Group]++
		}
	}
	if diff := cmp.Diff(map[string]int{"": 3, "b": 3}, got); diff != "" {
		t.Errorf("figures of refusals (-want +got):\n%s", diff)
	}
}

// TestQuantiles are those of the values that are drawn, with ties.
func TestQuantiles(t *testing.T) {
	values := []float64{40, 7, 7, 300, 12, 7, 90, 12}
	rows := make([]Row, len(values))
	for i, v := range values {
		rows[i].Metrics = map[string]float64{"latency": v}
	}
	ms := Summarise(rows, 3)
	for name, q := range map[string]float64{"latency_p50": .5, "latency_p95": .95, "latency_p99": .99} {
		low, high := BootstrapOf(len(values), 3, func(drawn []int) float64 {
			var some []float64
			for _, i := range drawn {
				some = append(some, values[i])
			}
			return Quantile(some, q)
		})
		if m := find(t, ms, name, ""); m.Value != Quantile(values, q) || m.Low != low || m.High != high {
			t.Errorf("%+v, want %v from %v to %v", m, Quantile(values, q), low, high)
		}
	}
}

// TestLostGold is asked about and not scored, and fails where it must pass.
func TestLostGold(t *testing.T) {
	yes := true
	rows := []Row{
		{ID: "a", Verdict: rag.Answered, Answerable: &yes},
		{ID: "b", Verdict: rag.Answered, Answerable: &yes, Lost: true, Tags: []string{Critical}},
	}
	for i := range rows {
		rows[i].Score(func(Citation) bool { return true })
	}
	if m := find(t, Summarise(rows, 1), "passed", ""); m.Scored != 1 || m.Asked != 2 || m.Value != 1 {
		t.Errorf("%+v", m)
	}
	if c, _ := CriticalCases(rows); !c.Failed {
		t.Errorf("%+v", c)
	}
}

func TestCurve(t *testing.T) {
	rows := []Row{{Metrics: map[string]float64{"mrr": 1}}, {Metrics: map[string]float64{"mrr": 1. / 3}}, {Metrics: map[string]float64{"mrr": 0}}, {}}
	var got []float64
	for _, p := range Curve(rows, 1) {
		got = append(got, math.Round(100*p.Rate)/100)
	}
	if diff := cmp.Diff([]float64{.33, .33, .67, .67, .67, .67, .67, .67, .67, .67}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if Curve([]Row{{}}, 1) != nil {
		t.Error("a curve of nothing")
	}
}

func TestThresholds(t *testing.T) {
	ts := Thresholds(run(40, 20), 3)
	if len(ts) != 3 || ts[0].AnsweredWrong != 1 || ts[0].Recall != 0 || !math.IsNaN(ts[0].Precision) || ts[2].Recall != 1 || ts[2].AnsweredWrong != 0 {
		t.Errorf("%+v", ts)
	}
	for i := 1; i < len(ts); i++ {
		if ts[i].Score <= ts[i-1].Score {
			t.Errorf("not ascending: %+v", ts)
		}
	}
	if ts := Thresholds(nil, 3); ts != nil {
		t.Errorf("of nothing: %v", ts)
	}
}

func TestCompare(t *testing.T) {
	old, now := run(40, 20), run(40, 30)
	now[1].Question = "Something else"
	now[2].ID = "new"
	now[3].Case = "with other gold"
	for i := range now {
		now[i].Answer = "now"
	}
	c := Compare(old, now, 1)
	if c.Paired != 37 || c.Changed != 2 || len(c.Lost) != 0 || len(c.Won) != 9 { // 20 to 29, and the last one failed
		t.Errorf("paired %d, changed %d, won %d, lost %d", c.Paired, c.Changed, len(c.Won), len(c.Lost))
	}
	if diff := cmp.Diff(Pair{"q20", "Question 20", "before", "now"}, c.Won[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, ch := range c.Changes {
		if ch.Name == "passed" && (math.Abs(ch.Diff-9./33) > 1e-9 || ch.Low <= 0 || ch.P > .05 || ch.Pairs != 33 || math.Abs(ch.New-ch.Old-ch.Diff) > 1e-9) {
			t.Errorf("%+v", ch)
		}
		if ch.Name == "quote_exact" && ch.Diff != 0 {
			t.Errorf("%+v", ch)
		}
	}
	if got := c.Worse(0); got.Failed {
		t.Errorf("better is worse: %+v", got)
	}
	back := Compare(now, old, 1)
	if len(back.Lost) != 9 || len(back.Won) != 0 {
		t.Errorf("back: won %d, lost %d", len(back.Won), len(back.Lost))
	}
	if got := back.Worse(.02); !got.Failed || !strings.Contains(got.Why, "passed") || strings.Contains(got.Why, "latency") {
		t.Errorf("worse: %+v", got)
	}
	if got := back.Worse(1); got.Failed {
		t.Errorf("worse by no more than 1: %+v", got)
	}
	if got := Compare(nil, now, 1).Worse(1); !got.Failed || got.Why != "no question is in both files" {
		t.Errorf("nothing to compare: %+v", got)
	}
	same := Comparison{Paired: 1, Changes: []Change{{Name: "unverified", Better: -1, Old: .1, New: .12, Diff: .02}, {Name: "answered", Diff: -1},
		{Name: "latency_p50", Better: -1, Diff: 7}}}
	if same.Worse(.02).Failed || !same.Worse(.019).Failed {
		t.Error("the bound itself is not worse, lower is better, and only shares are compared")
	}
}

func TestAgreement(t *testing.T) {
	words := func(s string) []string { return strings.Fields(s) }
	for _, c := range []struct {
		a, b        string
		same, kappa float64
	}{
		{"r r w w", "r r w w", 1, 1},
		{"r r w w", "r w r w", .5, 0},
		{"r w", "w r", 0, -1},
		{"r r", "r r", 1, 1},
		{"r r r", "w w w", 0, 0},
		// Cohen's example form: 20 and 15 agreed of 50, 5 and 10 not.
		{strings.Repeat("r ", 25) + strings.Repeat("w ", 25), strings.Repeat("r ", 20) + strings.Repeat("w ", 5) + strings.Repeat("r ", 10) + strings.Repeat("w ", 15), .7, .4},
	} {
		same, kappa := Agreement(words(c.a), words(c.b))
		if math.Abs(same-c.same) > 1e-9 || math.Abs(kappa-c.kappa) > 1e-9 {
			t.Errorf("%s and %s: %v, %v; want %v, %v", c.a, c.b, same, kappa, c.same, c.kappa)
		}
	}
}

func TestGate(t *testing.T) {
	ms := []Metric{{Name: "hit@5", Value: .9}, {Name: "hit@5", Group: "new wiki", Value: .5}, {Name: "latency_p95", Value: 120}}
	for _, c := range []struct {
		gate   string
		failed bool
		why    string
	}{
		{"hit@5 < 0.9", false, "hit@5 is 0.9000"},
		{"hit@5<0.91", true, "hit@5 is 0.9000"},
		{"hit@5 <= 0.9", true, ""},
		{"hit@5 > 0.9", false, ""},
		{"hit@5 >= 0.9", true, ""},
		{"hit@5[new wiki] < 0.6", true, "hit@5 is 0.5000"},
		{"latency_p95 > 1e2", true, "latency_p95 is 120.0000"},
		{"em < 0.1", true, "em could not be measured"},
		{"hit@5[none] < 0", true, "there are not several types, with none among them"},
		{"em[new wiki] < 0", true, "em could not be measured"},
	} {
		g, err := ParseGate(c.gate)
		if err != nil {
			t.Errorf("%s: %v", c.gate, err)
			continue
		}
		if got := g.Check(ms); got.Failed != c.failed || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %+v, want %v, %q", c.gate, got, c.failed, c.why)
		}
	}
	for gate, want := range map[string]string{
		"": "must be a metric", "hit@5": "must be a metric", "hit@5 = 1": "must be a metric", "hit@5 < x": "must end with a number",
		"hit@5 < NaN": "must end with a number", "hits < 1": "must name a metric: one of passed, hit@1,",
	} {
		if _, err := ParseGate(gate); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", gate, err, want)
		}
	}
}

func FuzzParseGate(f *testing.F) {
	f.Add("hit@5[a] <= 0.9")
	f.Fuzz(func(t *testing.T, s string) {
		if g, err := ParseGate(s); err == nil {
			if again, err := ParseGate(g.Text); err != nil || again != g {
				t.Errorf("%q: %+v, again %+v, %v", s, g, again, err)
			}
		}
	})
}

func TestCriticalCases(t *testing.T) {
	pass, fail := map[string]float64{"passed": 1}, map[string]float64{"passed": 0}
	tags := []string{"x", Critical}
	rows := []Row{{ID: "a", Tags: tags, Metrics: pass}, {ID: "b", Metrics: fail}}
	if c, ok := CriticalCases(rows); !ok || c.Failed || c.Why != "1 of 1 passed" {
		t.Errorf("%+v, %v", c, ok)
	}
	rows = append(rows, Row{ID: "c", Tags: tags, Metrics: fail}, Row{ID: "d", Tags: tags, Error: "timeout"})
	if c, ok := CriticalCases(rows); !ok || !c.Failed || c.Why != "1 of 3 passed; not c, d" {
		t.Errorf("%+v, %v", c, ok)
	}
	if _, ok := CriticalCases(rows[1:2]); ok {
		t.Error("critical cases where there are none")
	}
}

func TestWriteJUnit(t *testing.T) {
	pass, fail := map[string]float64{"passed": 1, "latency": 1500}, map[string]float64{"passed": 0}
	rows := []Row{
		{ID: "a", Question: "<Why> & \x1bhow?", Type: "squad1.1", Metrics: pass},
		{ID: "b", Metrics: fail, Verdict: rag.NotFound}, {ID: "c", Metrics: fail, Tags: []string{Critical}, Answer: "No."},
		{ID: "d", Error: "timeout"}, {ID: "e", Metrics: map[string]float64{}},
	}
	var b bytes.Buffer
	if err := WriteJUnit(&b, rows, []Check{{Name: "x", Failed: true, Why: "y"}, {Name: "z"}}); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	cases, gates := got.Suites[0], got.Suites[1]
	if cases.Tests != 5 || cases.Failures != 1 || cases.Errors != 1 || cases.Skipped != 2 || gates.Tests != 2 || gates.Failures != 1 {
		t.Errorf("%s", &b)
	}
	if c := cases.Cases[0]; c.Name != "a: <Why> & \ufffdhow?" || c.Class != "squad1_1" || c.Seconds != "1.500" {
		t.Errorf("%+v", c)
	}
	if c := cases.Cases[2]; c.Failure == nil || c.Failure.Text != "No." {
		t.Errorf("%+v", c)
	}
	if err := WriteJUnit(full{}, rows, nil); err == nil {
		t.Error("nothing is said of a disk that is full")
	}
}
