package eval

import (
	"cmp"
	"slices"
)

// A Prediction is what was answered to one question. Empty text is a refusal.
type Prediction struct {
	Text     string
	Answers  []string // none: the question has no answer
	NoAnswer float64  // how probable it is, by the prediction, that there is none
}

// SQuADScores are the figures of evaluate-v2.0.py, in percent.
type SQuADScores struct {
	Exact, F1 float64
	Total     int
	// HasAnswer and NoAnswer are of the questions with and without an answer;
	// nil where there is none of them.
	HasAnswer, NoAnswer *SQuADScores
	// BestExact and BestF1 are what the best thresholds of NoAnswer would give.
	BestExact, BestExactThreshold float64
	BestF1, BestF1Threshold       float64
}

// SQuAD scores predictions as evaluate-v2.0.py does, in their order. One whose
// NoAnswer is above threshold counts as a refusal whatever its text is.
func SQuAD(ps []Prediction, threshold float64) SQuADScores {
	exact, f1 := make([]float64, len(ps)), make([]float64, len(ps))
	for i, p := range ps {
		exact[i], f1[i] = Exact(p.Text, p.Answers), F1(p.Text, p.Answers)
	}
	all := squadMeans(ps, exact, f1, threshold, func(Prediction) bool { return true })
	if all == nil {
		return SQuADScores{}
	}
	all.HasAnswer = squadMeans(ps, exact, f1, threshold, func(p Prediction) bool { return len(p.Answers) > 0 })
	all.NoAnswer = squadMeans(ps, exact, f1, threshold, func(p Prediction) bool { return len(p.Answers) == 0 })
	all.BestExact, all.BestExactThreshold = bestNoAnswer(ps, exact)
	all.BestF1, all.BestF1Threshold = bestNoAnswer(ps, f1)
	return *all
}

// squadMeans returns the means over the predictions that of picks, nil if it
// picks none.
func squadMeans(ps []Prediction, exact, f1 []float64, threshold float64, of func(Prediction) bool) *SQuADScores {
	var s SQuADScores
	for i, p := range ps {
		if !of(p) {
			continue
		}
		s.Total++
		switch {
		case p.NoAnswer <= threshold:
			s.Exact += exact[i]
			s.F1 += f1[i]
		case len(p.Answers) == 0:
			s.Exact++
			s.F1++
		}
	}
	if s.Total == 0 {
		return nil
	}
	s.Exact = 100 * s.Exact / float64(s.Total)
	s.F1 = 100 * s.F1 / float64(s.Total)
	return &s
}

// bestNoAnswer returns the highest mean of scores, in percent, that a threshold
// of NoAnswer can reach, and that threshold. It starts from refusing all and
// then admits the predictions, the surest first: each adds its score, or takes
// away the point of a question without an answer.
func bestNoAnswer(ps []Prediction, scores []float64) (best, threshold float64) {
	order := make([]int, len(ps))
	sum := 0.0
	for i, p := range ps {
		order[i] = i
		if len(p.Answers) == 0 {
			sum++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a].NoAnswer, ps[b].NoAnswer) })
	best = sum
	for _, i := range order {
		switch {
		case len(ps[i].Answers) > 0:
			sum += scores[i]
		case ps[i].Text != "":
			sum--
		}
		if sum > best {
			best, threshold = sum, ps[i].NoAnswer
		}
	}
	return 100 * best / float64(len(ps)), threshold
}
