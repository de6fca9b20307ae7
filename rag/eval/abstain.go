package eval

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// A Reply is what abstention is measured by: whether a question has an answer
// in the documents, whether the bot refused, and how sure it was. A higher
// score means surer that there is an answer; NaN means that there is no score.
type Reply struct {
	Answerable, Refused bool
	Score               float64
}

// A Confusion counts how well questions were refused. Refusing is what is to be
// found: a right refusal is a true positive. A share without denominator is
// NaN: precision when nothing was refused, recall when every question had an
// answer.
type Confusion struct {
	RightlyRefused, WronglyRefused   int // of questions without and with an answer
	WronglyAnswered, RightlyAnswered int // of questions without and with an answer, whatever the answer says
	Precision, Recall, F1            float64
}

// A Refusal says how well a bot knows what it does not know.
type Refusal struct {
	Confusion
	// AUROC is the chance that a question with an answer has a higher score
	// than one without; equal scores count half. NaN if there are not both.
	AUROC float64
	// Best is the cut that would have refused best, by F1; of equal ones that
	// which refuses least. Its Threshold is NaN if nothing is scored.
	Best Cut
}

// A Cut refuses all questions whose score is below Threshold.
type Cut struct {
	Threshold float64
	Confusion
}

// Abstention measures replies. Those without a score are in the Confusion, but
// not in AUROC and Best.
func Abstention(replies []Reply) Refusal {
	r := Refusal{confusion(slices.Values(replies)), auroc(replies), Cut{math.NaN(), Confusion{}.measured()}}
	for _, cut := range Cuts(replies) {
		if math.IsNaN(r.Best.F1) || cut.F1 > r.Best.F1 {
			r.Best = cut
		}
	}
	return r
}

// confusion counts what was refused. It sorts nothing, so that it can be drawn
// again and again.
func confusion(replies iter.Seq[Reply]) Confusion {
	var c Confusion
	for p := range replies {
		switch {
		case p.Refused && !p.Answerable:
			c.RightlyRefused++
		case p.Refused:
			c.WronglyRefused++
		case !p.Answerable:
			c.WronglyAnswered++
		default:
			c.RightlyAnswered++
		}
	}
	return c.measured()
}

// Cuts returns what each threshold would do, from the one that refuses nothing
// to the one that refuses all: one for each score that there is, and one above
// all of them. It does not look at what was refused.
func Cuts(replies []Reply) []Cut {
	scored := byScore(replies)
	if len(scored) == 0 {
		return nil
	}
	var with, without int // questions with and without an answer
	for _, p := range scored {
		if p.Answerable {
			with++
		} else {
			without++
		}
	}
	var cuts []Cut
	var wrongly, rightly int // refused so far
	add := func(threshold float64) {
		c := Confusion{RightlyRefused: rightly, WronglyRefused: wrongly,
			WronglyAnswered: without - rightly, RightlyAnswered: with - wrongly}
		cuts = append(cuts, Cut{threshold, c.measured()})
	}
	for i, p := range scored {
		if i == 0 || p.Score != scored[i-1].Score {
			add(p.Score)
		}
		if p.Answerable {
			wrongly++
		} else {
			rightly++
		}
	}
	add(math.Nextafter(scored[len(scored)-1].Score, math.Inf(1)))
	return cuts
}

// measured returns c with its shares worked out from its counts.
func (c Confusion) measured() Confusion {
	c.Precision = share(c.RightlyRefused, c.RightlyRefused+c.WronglyRefused)
	c.Recall = share(c.RightlyRefused, c.RightlyRefused+c.WronglyAnswered)
	c.F1 = share(2*c.RightlyRefused, 2*c.RightlyRefused+c.WronglyRefused+c.WronglyAnswered)
	return c
}

// share returns part/all, NaN if there is nothing to share.
func share(part, all int) float64 { return float64(part) / float64(all) }

// auroc is the Mann-Whitney statistic, from the mean ranks of equal scores.
func auroc(replies []Reply) float64 {
	scored := byScore(replies)
	var with, without int
	var ranks float64 // of the answerable ones, 1 is the lowest score
	for from := 0; from < len(scored); {
		to := from
		for to < len(scored) && scored[to].Score == scored[from].Score {
			to++
		}
		for _, p := range scored[from:to] {
			if p.Answerable {
				with++
				ranks += float64(from+1+to) / 2
			} else {
				without++
			}
		}
		from = to
	}
	return (ranks - float64(with)*float64(with+1)/2) / (float64(with) * float64(without))
}

// byScore returns the replies that have a score, the lowest first.
func byScore(replies []Reply) []Reply {
	scored := slices.DeleteFunc(slices.Clone(replies), func(p Reply) bool { return math.IsNaN(p.Score) })
	slices.SortStableFunc(scored, func(a, b Reply) int { return cmp.Compare(a.Score, b.Score) })
	return scored
}
