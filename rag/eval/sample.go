package eval

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often a bootstrap draws, confidence the share of the draws
// that its interval holds.
const (
	resamples  = 1000
	confidence = 0.95
)

// Mean returns the mean of values, NaN without any.
func Mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// Quantile returns the value that a share q, from 0 to 1, of the values is not
// above, between two of them where needed (linear, R's type 7). NaN without
// values.
func Quantile(values []float64, q float64) float64 {
	return quantile(slices.Sorted(slices.Values(values)), q)
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	above := min(below+1, len(sorted)-1)
	return sorted[below] + float64((at-float64(below))*(sorted[above]-sorted[below])) // no fused multiply-add: equal on every machine
}

// Bootstrap returns the 95 % interval of the mean of values, by the percentiles
// of 1,000 means of as many values drawn with replacement. Equal values and seed
// give an equal interval, on every machine. NaN without values.
func Bootstrap(values []float64, seed uint64) (low, high float64) {
	return BootstrapOf(len(values), seed, func(drawn []int) float64 { return meanAt(values, drawn) })
}

// BootstrapOf is [Bootstrap] for a figure that is no mean, such as F1 or a
// quantile: figure returns it for the drawn ones of n questions, by their
// indexes, and NaN where it is not defined; such draws are left out. It must not
// keep the slice.
func BootstrapOf(n int, seed uint64, figure func(drawn []int) float64) (low, high float64) {
	return interval(draw(n, seed, figure))
}

// PairedBootstrap compares two runs of the same questions, value for value:
// diff is the mean of b less that of a, low and high its 95 % interval, and p
// the two-sided chance to see such a difference without one, at least 2/1,001.
func PairedBootstrap(a, b []float64, seed uint64) (diff, low, high, p float64) {
	if len(a) != len(b) {
		panic("eval: paired runs of different length")
	}
	return PairedBootstrapOf(len(a), seed, func(drawn []int) float64 { return meanAt(b, drawn) - meanAt(a, drawn) })
}

// PairedBootstrapOf is [PairedBootstrap] for figures that are no means:
// difference returns that of b less that of a for the drawn questions.
func PairedBootstrapOf(n int, seed uint64, difference func(drawn []int) float64) (diff, low, high, p float64) {
	if n == 0 {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	diff = difference(all)
	draws := draw(n, seed, difference)
	low, high = interval(draws)
	var worse, better int
	for _, d := range draws {
		if d <= 0 {
			worse++
		}
		if d >= 0 {
			better++
		}
	}
	p = min(1, 2*float64(min(worse, better)+1)/float64(len(draws)+1))
	return diff, low, high, p
}

// draw returns the sorted figures of the resamples of n questions.
func draw(n int, seed uint64, figure func(drawn []int) float64) []float64 {
	if n == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(seed, 0))
	drawn := make([]int, n)
	figures := make([]float64, 0, resamples)
	for range resamples {
		for i := range drawn {
			drawn[i] = random.IntN(n)
		}
		if f := figure(drawn); !math.IsNaN(f) {
			figures = append(figures, f)
		}
	}
	slices.Sort(figures)
	return figures
}

func interval(sorted []float64) (low, high float64) {
	return quantile(sorted, (1-confidence)/2), quantile(sorted, (1+confidence)/2)
}

func meanAt(values []float64, drawn []int) float64 {
	sum := 0.0
	for _, i := range drawn {
		sum += values[i]
	}
	return sum / float64(len(drawn))
}
