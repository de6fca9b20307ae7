package eval

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tenPredictions are small enough to work out by hand. Two have a NoAnswer equal
// to the threshold .5, two equal to each other.
var tenPredictions = []Prediction{
	{"the Ford engine", []string{"Ford engine", "an engine"}, .1},
	{"Ford", []string{"Ford engine"}, .2},
	{"", []string{"engine"}, .2},
	{"right", []string{"right"}, .5},
	{"right", []string{"right"}, .6},
	{"wrong", []string{"right"}, .9},
	{"", nil, .3},
	{"guessed", nil, .4},
	{"guessed", nil, .5},
	{"guessed", nil, .8},
}

// TestSQuAD's values are by hand, and equal to the official evaluator's
// (TestSQuADScript).
func TestSQuAD(t *testing.T) {
	best := SQuADScores{BestExact: 100 * 5. / 10, BestExactThreshold: .1, BestF1: 100 * (5 + 2./3) / 10, BestF1Threshold: .2}
	for _, c := range []struct {
		threshold float64
		want      SQuADScores
	}{
		{1, SQuADScores{ // exact: 1, 4, 5, 7
			Exact: 40, F1: 100 * (4 + 2./3) / 10, Total: 10,
			HasAnswer: &SQuADScores{Exact: 50, F1: 100 * (3 + 2./3) / 6, Total: 6},
			NoAnswer:  &SQuADScores{Exact: 25, F1: 25, Total: 4},
		}},
		{.5, SQuADScores{ // 5 and 6 are refused, wrongly, and 10, rightly
			Exact: 40, F1: 100 * (4 + 2./3) / 10, Total: 10,
			HasAnswer: &SQuADScores{Exact: 100 * 2. / 6, F1: 100 * (2 + 2./3) / 6, Total: 6},
			NoAnswer:  &SQuADScores{Exact: 50, F1: 50, Total: 4},
		}},
		{.45, SQuADScores{ // and 4, and 9
			Exact: 40, F1: 100 * (4 + 2./3) / 10, Total: 10,
			HasAnswer: &SQuADScores{Exact: 100 * 1. / 6, F1: 100 * (1 + 2./3) / 6, Total: 6},
			NoAnswer:  &SQuADScores{Exact: 75, F1: 75, Total: 4},
		}},
	} {
		c.want.BestExact, c.want.BestExactThreshold = best.BestExact, best.BestExactThreshold
		c.want.BestF1, c.want.BestF1Threshold = best.BestF1, best.BestF1Threshold
		if diff := cmp.Diff(c.want, SQuAD(tenPredictions, c.threshold), approximately); diff != "" {
			t.Errorf("threshold %v (-want +got):\n%s", c.threshold, diff)
		}
	}
}

func TestSQuADOfOneKind(t *testing.T) {
	if got := SQuAD(nil, 1); got != (SQuADScores{}) {
		t.Errorf("no predictions: %+v", got)
	}
	got := SQuAD([]Prediction{{"x", nil, .5}}, 1)
	if got.HasAnswer != nil || got.NoAnswer == nil || got.BestExact != 100 || got.BestExactThreshold != 0 {
		t.Errorf("none has an answer: %+v", got)
	}
	if got := SQuAD([]Prediction{{"x", []string{"x"}, .5}}, 1); got.NoAnswer != nil || got.BestF1 != 100 || got.BestF1Threshold != .5 {
		t.Errorf("all have an answer: %+v", got)
	}
}
