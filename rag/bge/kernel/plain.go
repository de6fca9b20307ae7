package kernel

import (
	"math"

	"footnote/rag/bge/kernel/formula"
	"footnote/rag/bge/weights"
)

// Products are converted to float32 before they are added: without that the
// compiler fuses the two on some CPUs, and results would depend on the CPU.

var negativeInfinity = float32(math.Inf(-1))

func quantisePlain(q []int16, x []float32) float32 {
	var largest uint32
	for _, v := range x {
		largest = max(largest, math.Float32bits(v)&0x7fffffff)
	}
	factor, scale := quantiseFactor(math.Float32frombits(largest))
	roundPlain(q[:len(x)], x, factor)
	return scale
}

// quantiseFactor returns what to multiply a row with, 0 for a row that is not
// finite or so small that the factor would not be, and what turns it back.
func quantiseFactor(largest float32) (factor, scale float32) {
	const smallest = 1e-30
	if !(largest <= math.MaxFloat32) {
		return 0, float32(math.NaN())
	}
	if largest < smallest {
		return 0, 0
	}
	return formula.QuantiseLimit / largest, largest / formula.QuantiseLimit
}

func roundPlain(q []int16, x []float32, factor float32) {
	if factor == 0 { // 0 times an infinity is no integer
		clear(q)
		return
	}
	for i, v := range x {
		q[i] = int16(math.RoundToEven(float64(v * factor)))
	}
}

// linearPanelPlain takes some rows and inputs at a time, so that what it needs
// of the weights is spread out in memory once for all these rows.
func linearPanelPlain(y []float32, x []int16, xScale []float32, l *weights.Linear, panel int) {
	const width, manyRows = weights.PanelWidth, 64
	w := l.Panels[panel*width*l.In : (panel+1)*width*l.In]
	scale, bias := l.Scale[panel*width:][:width], l.Bias[panel*width:][:width]
	var wide wideWeights
	for first := 0; first < len(xScale); first += manyRows {
		rows := min(manyRows, len(xScale)-first)
		var sums [manyRows][width / 2]int64
		for k := 0; k < l.In; k += manyInputs {
			inputs := min(manyInputs, l.In-k)
			wide.spread(w[k*width:][:inputs*width])
			for r := range rows {
				wide.add(&sums[r], x[(first+r)*l.In+k:][:inputs])
			}
		}
		for r := range rows {
			out := y[(first+r)*l.Out+panel*width:][:width]
			for o := range out {
				// The lower half is a sum by itself, and took a carry of its sign
				// from the upper.
				sum := sums[r][o/2]
				if o%2 == 1 {
					sum = (sum - int64(int32(sum))) >> 32
				}
				out[o] = float32(float32(int32(sum))*float32(xScale[first+r]*scale[o])) + bias[o]
			}
		}
	}
}

// wideWeights are a panel's weights of some inputs, those of two neighbouring
// outputs in one integer: x * (a + b<<32) == x*a + (x*b)<<32, two products for
// one multiplication. The sums fit 32 bits, see formula.QuantiseLimit.
type wideWeights [manyInputs][weights.PanelWidth / 2]int64

const manyInputs = 128

func (w *wideWeights) spread(panel []byte) {
	for k := 0; len(panel) > 0; k += 2 {
		for o := range w[k] {
			p := panel[4*o:][:4]
			w[k][o] = int64(int8(p[0])) + int64(int8(p[2]))<<32
			w[k+1][o] = int64(int8(p[1])) + int64(int8(p[3]))<<32
		}
		panel = panel[2*weights.PanelWidth:]
	}
}

// add adds the products of one row's inputs. Four sums at a time stay in
// registers.
func (w *wideWeights) add(sums *[weights.PanelWidth / 2]int64, x []int16) {
	a, b, c, d := sums[0], sums[1], sums[2], sums[3]
	for k, v := range x[:min(len(x), manyInputs)] {
		v, w := int64(v), &w[k]
		a += v * w[0]
		b += v * w[1]
		c += v * w[2]
		d += v * w[3]
	}
	sums[0], sums[1], sums[2], sums[3] = a, b, c, d
	a, b, c, d = sums[4], sums[5], sums[6], sums[7]
	for k, v := range x[:min(len(x), manyInputs)] {
		v, w := int64(v), &w[k]
		a += v * w[4]
		b += v * w[5]
		c += v * w[6]
		d += v * w[7]
	}
	sums[4], sums[5], sums[6], sums[7] = a, b, c, d
}

func matMulPanelPlain(c, a, b Matrix, rows, inner, column int) {
	for r := range rows {
		in, out := a.Row(r)[:inner], c.Row(r)[column:][:weights.PanelWidth]
		for o := 0; o < len(out); o += 4 {
			var s0, s1, s2, s3 float32 // four sums stay in registers
			for k, x := range in {
				v := b.Values[k*b.Stride+column+o:][:4]
				s0 += float32(x * v[0])
				s1 += float32(x * v[1])
				s2 += float32(x * v[2])
				s3 += float32(x * v[3])
			}
			out[o], out[o+1], out[o+2], out[o+3] = s0, s1, s2, s3
		}
	}
}

func geluPlain(x []float32) {
	last := len(formula.GELU) - 1
	for i, v := range x {
		v = max(v, -formula.GELULimit)
		inside := min(v, formula.GELULimit)
		s := float32(float32(inside*inside)*formula.GELUScale) - 1
		p := formula.GELU[last]
		for k := last - 1; k >= 0; k-- {
			p = float32(p*s) + formula.GELU[k]
		}
		x[i] = v * (float32(p*inside) + .5)
	}
}

func addNormPlain(x, y, gain, shift []float32) {
	y, gain, shift = y[:len(x)], gain[:len(x)], shift[:len(x)]
	inverse := 1 / float32(len(x))
	var mean, variance float32
	for i := range x {
		x[i] += y[i]
		mean += x[i]
	}
	mean *= inverse
	for _, v := range x {
		variance += float32((v - mean) * (v - mean))
	}
	variance = float32(variance*inverse) + formula.NormEpsilon
	factor := 1 / float32(math.Sqrt(float64(variance)))
	for i, v := range x {
		x[i] = float32((v-mean)*factor*gain[i]) + shift[i]
	}
}

func softmaxPlain(x []float32) {
	largest := negativeInfinity
	for _, v := range x {
		largest = max(largest, v)
	}
	var sum float32
	for i, v := range x {
		x[i] = expPlain(v - largest)
		sum += x[i]
	}
	factor := 1 / sum
	for i := range x {
		x[i] *= factor
	}
}

// expPlain is exp(x) for x <= 0, see package formula.
func expPlain(x float32) float32 {
	x = max(x, formula.ExpLowest) // NaN stays NaN
	n := float32(math.RoundToEven(float64(x * math.Log2E)))
	x -= float32(n * formula.Ln2High)
	x -= float32(n * formula.Ln2Low)
	last := len(formula.Exp) - 1
	p := formula.Exp[last]
	for k := last - 1; k >= 0; k-- {
		p = float32(p*x) + formula.Exp[k]
	}
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

func transposePlain(dst, src Matrix, rows, columns int) {
	for r := range rows {
		for c, v := range src.Row(r)[:columns] {
			dst.Values[c*dst.Stride+r] = v
		}
	}
}
