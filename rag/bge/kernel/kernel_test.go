package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"footnote/rag/bge/weights"
)

// values returns n values of normal distribution; special ones are strewn in,
// one in every rare.
func values(r *rand.Rand, n, rare int, special ...float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
		if len(special) > 0 && r.IntN(rare) == 0 {
			x[i] = special[r.IntN(len(special))]
		}
	}
	return x
}

var (
	tiny     = float32(math.SmallestNonzeroFloat32)
	infinity = float32(math.Inf(1))
	nan      = float32(math.NaN())
	finite   = []float32{0, tiny, -tiny, 1e-39, 1e-30, 100, -100, 3e4, -3e4}
	all      = append([]float32{infinity, -infinity, nan, math.MaxFloat32}, finite...)
)

// near reports whether two results agree within an absolute or relative error,
// or are the same kind of not finite.
func near(got, want, tolerance float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return math.IsNaN(got) && math.IsNaN(want) || got == want
	}
	return math.Abs(got-want) <= tolerance*max(1, math.Abs(want))
}

func compare(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	for i := range want {
		if !near(float64(got[i]), float64(want[i]), tolerance) {
			t.Fatalf("%s: value %d of %d is %v, plain Go says %v", what, i, len(want), got[i], want[i])
		}
	}
}

func randomLinear(r *rand.Rand, in, out int) *weights.Linear {
	q, scale := weights.Quantise(values(r, in*out, 1), in)
	return &weights.Linear{In: in, Out: out, Panels: weights.Pack(q, in, out), Scale: scale, Bias: values(r, out, 1)}
}

// checkSets holds the CPU's implementation against plain Go for one choice of
// shapes and values.
func checkSets(t *testing.T, r *rand.Rand, rows, inner, columns int, special []float32) {
	best, plain := Best(), Plain()

	in := 2 * (1 + inner%100)
	l := randomLinear(r, in, 16*(1+columns%5))
	q, qPlain := make([]int16, rows*in), make([]int16, rows*in)
	scale, scalePlain := make([]float32, rows), make([]float32, rows)
	x := values(r, rows*in, 50, special...)
	for i := range rows {
		scale[i] = best.Quantise(q[i*in:], x[i*in:][:in])
		scalePlain[i] = plain.Quantise(qPlain[i*in:], x[i*in:][:in])
	}
	for i := range q {
		if q[i] != qPlain[i] {
			t.Fatalf("Quantise: value %d of %v is %d, plain Go says %d", i, x, q[i], qPlain[i])
		}
	}
	compare(t, "Quantise", scale, scalePlain, 0)
	y, yPlain := make([]float32, rows*l.Out), make([]float32, rows*l.Out)
	best.Linear(y, q, scale, l)
	plain.Linear(yPlain, q, scale, l)
	compare(t, "Linear", y, yPlain, 0)

	columns = 16 * (1 + columns%5)
	a := Matrix{values(r, rows*(inner+3), 200, special...), inner + 3}
	b := Matrix{values(r, inner*(columns+5), 200, special...), columns + 5}
	c, cPlain := Matrix{make([]float32, rows*columns), columns}, Matrix{make([]float32, rows*columns), columns}
	best.MatMul(c, a, b, rows, inner, columns)
	plain.MatMul(cPlain, a, b, rows, inner, columns)
	if len(special) == 0 { // huge values cancel or overflow differently
		compare(t, "MatMul", c.Values, cPlain.Values, 1e-5*float64(inner))
	}

	u, uPlain := Matrix{make([]float32, inner*(rows+1)), rows + 1}, Matrix{make([]float32, inner*(rows+1)), rows + 1}
	best.Transpose(u, a, rows, inner)
	plain.Transpose(uPlain, a, rows, inner)
	compare(t, "Transpose", u.Values, uPlain.Values, 0)

	checkRows(t, r, inner, special)
}

func checkRows(t *testing.T, r *rand.Rand, n int, special []float32) {
	best, plain := Best(), Plain()
	x := values(r, n, 30, special...)
	got, want := append([]float32(nil), x...), append([]float32(nil), x...)
	best.GELU(got)
	plain.GELU(want)
	compare(t, "GELU", got, want, 1e-6)

	copy(got, x)
	copy(want, x)
	valid := n - r.IntN(min(n, 8))
	best.Softmax(got, valid)
	plain.Softmax(want, valid)
	compare(t, "Softmax", got, want, 1e-6)

	copy(got, x)
	copy(want, x)
	y, gain, shift := values(r, n, 1), values(r, n, 1), values(r, n, 1)
	best.AddNorm(got, y, gain, shift)
	plain.AddNorm(want, y, gain, shift)
	if n > 8 { // the deviation of a few values may be all rounding
		compare(t, "AddNorm", got, want, 1e-4)
	}
}

func TestBestEqualsPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 300
	if testing.Short() {
		rounds = 40
	}
	for range rounds {
		rows, inner, columns := 1+r.IntN(40), 1+r.IntN(300), r.IntN(10)
		checkSets(t, r, rows, inner, columns, nil)
		checkSets(t, r, rows, inner, columns, finite)
		checkSets(t, r, rows, inner, columns, all)
	}
}

func FuzzBestEqualsPlain(f *testing.F) {
	f.Add(uint64(1), uint8(1), uint16(1), uint8(0), uint32(0))
	f.Add(uint64(2), uint8(6), uint16(384), uint8(3), math.Float32bits(infinity))
	f.Add(uint64(3), uint8(17), uint16(155), uint8(1), math.Float32bits(nan))
	f.Add(uint64(4), uint8(5), uint16(33), uint8(2), math.Float32bits(1e-40))
	f.Fuzz(func(t *testing.T, seed uint64, rows uint8, inner uint16, columns uint8, special uint32) {
		r := rand.New(rand.NewPCG(seed, 0))
		checkSets(t, r, 1+int(rows)%40, 1+int(inner)%512, int(columns), []float32{math.Float32frombits(special)})
	})
}

func TestLinearIsTheProduct(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const rows, in, out = 7, 96, 32
	matrix, bias := values(r, out*in, 1), values(r, out, 1)
	q, scale := weights.Quantise(matrix, in)
	l := &weights.Linear{In: in, Out: out, Panels: weights.Pack(q, in, out), Scale: scale, Bias: bias}
	x := values(r, rows*in, 1)
	x16, xScale := make([]int16, rows*in), make([]float32, rows)
	for i := range rows {
		xScale[i] = Best().Quantise(x16[i*in:], x[i*in:][:in])
	}
	y := make([]float32, rows*out)
	Best().Linear(y, x16, xScale, l)
	for i := range rows {
		for o := range out {
			want := float64(bias[o])
			for k := range in {
				want += float64(x[i*in+k]) * float64(q[o*in+k]) * float64(scale[o])
			}
			if got := float64(y[i*out+o]); math.Abs(got-want) > 5e-3 {
				t.Errorf("y[%d][%d] = %v, want %v", i, o, got, want)
			}
		}
	}
}

// A sum of the largest inputs and weights just fits.
func TestLinearDoesNotOverflow(t *testing.T) {
	const in, out = 1536, 16
	q := make([]int8, in*out)
	for i := range q {
		q[i] = 127
	}
	scale := make([]float32, out)
	for i := range scale {
		scale[i] = 1
	}
	l := &weights.Linear{In: in, Out: out, Panels: weights.Pack(q, in, out), Scale: scale, Bias: make([]float32, out)}
	x, x16 := make([]float32, in), make([]int16, in)
	for i := range x {
		x[i] = -3
	}
	for _, set := range []*Set{Best(), Plain()} {
		xScale := []float32{set.Quantise(x16, x)}
		y := make([]float32, out)
		set.Linear(y, x16, xScale, l)
		if want := -3.0 * 127 * in; !near(float64(y[0]), want, 1e-6) {
			t.Errorf("%s: %v, want %v", set.Name, y[0], want)
		}
	}
}

// The stated errors, over the whole range.
func TestErrors(t *testing.T) {
	for _, set := range []*Set{Best(), Plain()} {
		var gelu, softmax float64
		x, want := make([]float32, 1024), make([]float64, 1024)
		for start := -12.0; start < 12; start += .25 {
			for i := range x {
				x[i] = float32(start + .25*float64(i)/float64(len(x)))
				want[i] = float64(x[i]) * .5 * math.Erfc(-float64(x[i])/math.Sqrt2)
			}
			set.GELU(x)
			for i := range x {
				gelu = max(gelu, math.Abs(float64(x[i])-want[i]))
			}
		}
		for i := range x {
			x[i] = -float32(i) * 80 / float32(len(x))
			want[i] = math.Exp(float64(x[i]))
		}
		set.Softmax(x, len(x))
		var sum float64
		for _, w := range want {
			sum += w
		}
		for i := range x {
			softmax = max(softmax, math.Abs(float64(x[i])*sum/want[i]-1))
		}
		t.Logf("%s: GELU %.2g absolute, softmax %.2g relative", set.Name, gelu, softmax)
		if gelu > 4e-6 || softmax > 1e-6 {
			t.Errorf("%s: GELU %g absolute, softmax %g relative", set.Name, gelu, softmax)
		}
	}
}
