package eval

import (
	"math"
	"slices"
	"testing"
)

func TestQuantile(t *testing.T) {
	values := []float64{40, 10, 30, 20, 50}
	for _, c := range []struct{ q, want float64 }{{0, 10}, {.5, 30}, {.95, 48}, {.99, 49.6}, {1, 50}, {.125, 15}} {
		if got := Quantile(values, c.q); !near(got, c.want) {
			t.Errorf("quantile %v is %v, want %v", c.q, got, c.want)
		}
	}
	if !slices.Equal(values, []float64{40, 10, 30, 20, 50}) {
		t.Error("the values were sorted in place")
	}
	if got := Quantile([]float64{7}, .95); got != 7 {
		t.Errorf("of one value: %v", got)
	}
	if got := Quantile(nil, .5); !math.IsNaN(got) {
		t.Errorf("of none: %v", got)
	}
}

func TestMean(t *testing.T) {
	if got := Mean([]float64{1, 2, 6}); got != 3 {
		t.Error(got)
	}
	if !math.IsNaN(Mean(nil)) {
		t.Error("the mean of nothing is a number")
	}
}

// halves returns n values, every second one 1 and the others 0.
func halves(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i % 2)
	}
	return values
}

// TestBootstrap compares with the normal approximation, mean +- 1.96 standard
// errors, which is right to about .005 for 400 values.
func TestBootstrap(t *testing.T) {
	values := halves(400)
	low, high := Bootstrap(values, 1)
	if half := 1.96 * math.Sqrt(.25/400); math.Abs(low-(.5-half)) > .006 || math.Abs(high-(.5+half)) > .006 {
		t.Errorf("%v to %v, want about .5 +- %.3f", low, high, half)
	}
	if l, h := Bootstrap(values, 1); l != low || h != high {
		t.Error("another interval for the same seed")
	}
	different := false
	for seed := range uint64(5) {
		l, h := Bootstrap(values, seed)
		different = different || l != low || h != high
	}
	if !different {
		t.Error("the seed does nothing")
	}
	if l, h := Bootstrap([]float64{.3, .3}, 1); l != .3 || h != .3 {
		t.Errorf("equal values: %v to %v", l, h)
	}
	if l, h := Bootstrap(nil, 1); !math.IsNaN(l) || !math.IsNaN(h) {
		t.Errorf("no values: %v to %v", l, h)
	}
}

// TestBootstrapPinned holds the draws: a report made again shows the same
// interval, on another machine and with another release of Go.
func TestBootstrapPinned(t *testing.T) {
	low, high := Bootstrap([]float64{1, 0, 0, 1, 1, .5, 0, 1}, 7)
	if low != 0.25 || high != 0.875 {
		t.Errorf("%v to %v", low, high)
	}
}

// TestBootstrapCovers draws samples of a known mean and counts how often the
// interval holds it.
func TestBootstrapCovers(t *testing.T) {
	covered, state := 0, uint64(1)
	for range 200 {
		values := make([]float64, 60)
		for i := range values {
			state = state*6364136223846793005 + 1442695040888963407
			values[i] = float64(state>>40) / (1 << 24)
		}
		if low, high := Bootstrap(values, state); low <= .5 && .5 <= high {
			covered++
		}
	}
	if covered < 180 || covered == 200 {
		t.Errorf("%d of 200 intervals hold the mean, want about 190", covered)
	}
}

func TestBootstrapOf(t *testing.T) {
	values := halves(200)
	of := func(drawn []int) float64 { return meanAt(values, drawn) }
	low, high := BootstrapOf(len(values), 3, of)
	if l, h := Bootstrap(values, 3); l != low || h != high {
		t.Error("the mean as a figure has another interval")
	}
	// A figure that is not defined for some draws.
	l, h := BootstrapOf(2, 1, func(drawn []int) float64 {
		if drawn[0] == drawn[1] {
			return math.NaN()
		}
		return 2
	})
	if l != 2 || h != 2 {
		t.Errorf("%v to %v, want 2", l, h)
	}
}

func TestPairedBootstrap(t *testing.T) {
	a := halves(100)
	better := slices.Clone(a)
	for i := 0; i < 40; i += 2 { // twenty questions won
		better[i] = 1
	}
	for i := 41; i < 49; i += 2 { // four lost
		better[i] = 0
	}
	diff, low, high, p := PairedBootstrap(a, better, 1)
	// Standard error of the mean of 20 ones, 4 minus ones and 76 zeros: .0463.
	if !near(diff, .16) || math.Abs(low-.07) > .015 || math.Abs(high-.25) > .015 || p > .01 {
		t.Errorf("better: %v, %v to %v, p %v", diff, low, high, p)
	}
	back, l, h, q := PairedBootstrap(better, a, 1)
	if !near(back, -.16) || !near(l, -high) || !near(h, -low) || q != p {
		t.Errorf("exchanged: %v, %v to %v, p %v", back, l, h, q)
	}
	if diff, low, high, p := PairedBootstrap(a, a, 1); diff != 0 || low != 0 || high != 0 || p != 1 {
		t.Errorf("the same: %v, %v to %v, p %v", diff, low, high, p)
	}
	// One won, one lost: no difference to be sure of, though the runs differ.
	even := slices.Clone(a)
	even[0], even[1] = 1, 0
	if diff, low, high, p := PairedBootstrap(a, even, 1); diff != 0 || low >= 0 || high <= 0 || p < .9 {
		t.Errorf("even: %v, %v to %v, p %v", diff, low, high, p)
	}
	if diff, _, _, p := PairedBootstrap(nil, nil, 1); !math.IsNaN(diff) || !math.IsNaN(p) {
		t.Errorf("nothing: %v, p %v", diff, p)
	}
	if _, _, _, p := PairedBootstrap([]float64{0, 0}, []float64{1, 1}, 1); p != 2./1001 {
		t.Errorf("always better: p %v, want 2/1001", p)
	}
}

func TestPairedBootstrapLengths(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("runs of different length were compared")
		}
	}()
	PairedBootstrap([]float64{1}, nil, 1)
}
