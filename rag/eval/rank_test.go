package eval

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// golden returns the reference values that are not in the repository.
func goldenFile(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("../../../shared/data/metric_golden", name))
	if err != nil {
		t.Skipf("reference values are not on this machine: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rankMeasures returns what trec_eval would print of one question.
func rankMeasures(gain map[string]int, run []Scored) map[string]float64 {
	relevant := make(map[string]bool)
	for id, g := range gain {
		relevant[id] = g > 0
	}
	ranked := Order(run)
	m := map[string]float64{"recip_rank": ReciprocalRank(relevant, ranked), "recip_rank_10": ReciprocalRank(relevant, head(ranked, 10))}
	for k, at := range map[int]string{1: "1", 3: "3", 5: "5", 10: "10"} {
		m["success_"+at] = HitAt(relevant, ranked, k)
		m["recall_"+at] = RecallAt(relevant, ranked, k)
		m["ndcg_cut_"+at] = NDCGAt(gain, ranked, k)
	}
	return m
}

// TestRankGolden compares with trec_eval's values for a run with ties, a
// question without results, and one without judgements.
func TestRankGolden(t *testing.T) {
	qrels, err := ReadQrels(goldenFile(t, "retrieval/qrels.trec"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := ReadRun(goldenFile(t, "retrieval/run.trec"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Questions map[string]map[string]float64 `json:"per_query"`
		Both      map[string]float64            `json:"mean_judged_and_retrieved (trec_eval default)"`
		Judged    map[string]float64            `json:"mean_all_judged (trec_eval -c)"`
	}
	if err := json.NewDecoder(goldenFile(t, "retrieval/expected.json")).Decode(&want); err != nil {
		t.Fatal(err)
	}
	if len(want.Questions) != 11 || len(want.Both) == 0 || len(want.Judged) == 0 {
		t.Fatalf("%d questions, %d and %d means", len(want.Questions), len(want.Both), len(want.Judged))
	}
	both, judged := map[string][]float64{}, map[string][]float64{}
	for id, gain := range qrels {
		for name, got := range rankMeasures(gain, run[id]) {
			if w, ok := want.Questions[id][name]; !ok || !near(got, w) {
				t.Errorf("%s of %s is %v, want %v", name, id, got, w)
			}
			judged[name] = append(judged[name], got)
			if run[id] != nil {
				both[name] = append(both[name], got)
			}
		}
	}
	for name := range judged {
		if got := Mean(judged[name]); !near(got, want.Judged[name]) {
			t.Errorf("mean %s over all judged is %v, want %v", name, got, want.Judged[name])
		}
		if got := Mean(both[name]); !near(got, want.Both[name]) {
			t.Errorf("mean %s is %v, want %v", name, got, want.Both[name])
		}
	}
}

// near allows for sums in another order.
func near(a, b float64) bool {
	return math.Abs(a-b) <= 1e-12 || math.IsNaN(a) && math.IsNaN(b)
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		run  []Scored
		want []string
	}{
		{"by falling score", []Scored{{"a", 1}, {"b", 3}, {"c", 2}}, []string{"b", "c", "a"}},
		{"equal scores by falling name", []Scored{{"a#1", 1}, {"b#1", 1}, {"a#2", 1}, {"z", 0}}, []string{"b#1", "a#2", "a#1", "z"}},
		{"names as bytes", []Scored{{"a10", 1}, {"a9", 1}, {"A9", 1}, {"ä", 1}}, []string{"ä", "a9", "a10", "A9"}},
		{"equal in single precision", []Scored{{"a", 0.70000001}, {"b", 0.7}}, []string{"b", "a"}},
		{"below zero", []Scored{{"a", -1}, {"b", math.Inf(-1)}, {"c", 0}}, []string{"c", "a", "b"}},
		{"nothing", nil, []string{}},
	} {
		if got := Order(c.run); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDistinct(t *testing.T) {
	ranked := []string{"b", "a", "b", "c", "a"}
	if got := Distinct(ranked); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Error(got)
	}
	if !slices.Equal(ranked, []string{"b", "a", "b", "c", "a"}) {
		t.Error("the ranking was changed")
	}
}

// TestRank holds the rules on rankings small enough to work out by hand.
func TestRank(t *testing.T) {
	relevant := map[string]bool{"a": true, "b": true, "x": true, "n": false}
	for _, c := range []struct {
		name              string
		relevant          map[string]bool
		ranked            []string
		k                 int
		hit, recall, rank float64
	}{
		{"first", relevant, []string{"a", "n", "b"}, 1, 1, 1. / 3, 1},
		{"two of three", relevant, []string{"n", "a", "b", "m"}, 3, 1, 2. / 3, .5},
		{"just outside", relevant, []string{"n", "m", "a"}, 2, 0, 0, 1. / 3},
		{"just inside", relevant, []string{"n", "m", "a"}, 3, 1, 1. / 3, 1. / 3},
		{"judged not relevant", relevant, []string{"n"}, 5, 0, 0, 0},
		{"all, fewer than k", relevant, []string{"x", "b", "a"}, 10, 1, 1, 1},
		{"nothing retrieved", relevant, nil, 5, 0, 0, 0},
		{"nothing relevant", map[string]bool{"n": false}, []string{"n", "a"}, 5, 0, 0, 0},
		{"k is 0", relevant, []string{"a"}, 0, 0, 0, 1},
		{"k is below 0", relevant, []string{"a"}, -1, 0, 0, 1},
	} {
		if got := HitAt(c.relevant, c.ranked, c.k); got != c.hit {
			t.Errorf("%s: hit@%d %v, want %v", c.name, c.k, got, c.hit)
		}
		if got := RecallAt(c.relevant, c.ranked, c.k); got != c.recall {
			t.Errorf("%s: recall@%d %v, want %v", c.name, c.k, got, c.recall)
		}
		if got := ReciprocalRank(c.relevant, c.ranked); got != c.rank {
			t.Errorf("%s: reciprocal rank %v, want %v", c.name, got, c.rank)
		}
	}
}

func TestNDCG(t *testing.T) {
	// 1/log2(rank+1) of ranks 1 to 4.
	d := []float64{1, 0.6309297535714575, 0.5, 0.43067655807339306}
	gain := map[string]int{"a": 3, "b": 2, "c": 1, "n": 0, "bad": -2}
	for _, c := range []struct {
		name   string
		ranked []string
		k      int
		want   float64
	}{
		{"best order", []string{"a", "b", "c"}, 3, 1},
		{"reversed", []string{"c", "b", "a"}, 3, (1*d[0] + 2*d[1] + 3*d[2]) / (3*d[0] + 2*d[1] + 1*d[2])},
		{"the ideal is cut too", []string{"b"}, 1, 2. / 3},
		{"a gap", []string{"n", "a", "m", "c"}, 4, (3*d[1] + 1*d[3]) / (3*d[0] + 2*d[1] + 1*d[2])},
		{"cut before it", []string{"n", "m", "a"}, 2, 0},
		{"a gain below zero is none", []string{"bad", "a"}, 2, 3 * d[1] / (3*d[0] + 2*d[1])},
		{"nor in the ideal", []string{"a", "b"}, 5, (3*d[0] + 2*d[1]) / (3*d[0] + 2*d[1] + 1*d[2])},
		{"nothing retrieved", nil, 5, 0},
	} {
		if got := NDCGAt(gain, c.ranked, c.k); !near(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := NDCGAt(map[string]int{"n": 0}, []string{"n"}, 5); got != 0 {
		t.Errorf("nothing relevant: %v, want 0", got)
	}
}
