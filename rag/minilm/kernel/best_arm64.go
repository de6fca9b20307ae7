package kernel

import (
	"math"

	"footnote/rag/minilm/weights"
)

// Best is the fastest implementation that this CPU can run: every arm64 CPU has
// NEON.
func Best() *Set {
	return &Set{
		Name:        "neon",
		Quantise:    quantiseNEON,
		linearPanel: linearPanelNEON,
		matMulPanel: matMulPanelNEON,
		GELU:        geluNEON,
		AddNorm:     addNormNEON,
		softmaxRow:  softmaxNEON,
		Transpose:   transposeNEON,
	}
}

// The assembly takes four values at a time; what does not fill four is left to
// plain Go.

func quantiseNEON(q []int16, x []float32) float32 {
	n := len(x)
	if n == 0 || n%4 != 0 {
		return quantisePlain(q, x)
	}
	q = q[:n]
	factor, scale := quantiseFactor(math.Float32frombits(largestBits(&x[0], n)))
	if factor == 0 {
		clear(q)
		return scale
	}
	roundTo16(&q[0], &x[0], n, factor)
	return scale
}

func linearPanelNEON(y []float32, x []int16, xScale []float32, l *weights.Linear, panel int) {
	first := panel * weights.PanelWidth
	linearPanel(&y[first], 4*l.Out, &x[0], 2*l.In, &xScale[0], len(xScale),
		&l.Panels[first*l.In], l.In/2, &l.Scale[first], &l.Bias[first])
}

func matMulPanelNEON(c, a, b Matrix, rows, inner, column int) {
	matmulPanel(&c.Values[column], 4*c.Stride, &a.Values[0], 4*a.Stride, rows, &b.Values[column], 4*b.Stride, inner)
}

func geluNEON(x []float32) {
	n := len(x) &^ 3
	if n > 0 {
		geluRow(&x[0], n)
	}
	geluPlain(x[n:])
}

func addNormNEON(x, y, gain, shift []float32) {
	n := len(x)
	if n == 0 || n%4 != 0 {
		addNormPlain(x, y, gain, shift)
		return
	}
	y, gain, shift = y[:n], gain[:n], shift[:n]
	addNormRow(&x[0], &y[0], &gain[0], &shift[0], n, 1/float32(n))
}

func softmaxNEON(x []float32) {
	if len(x) == 0 || len(x)%4 != 0 {
		softmaxPlain(x)
		return
	}
	softmaxRow(&x[0], len(x))
}

func transposeNEON(dst, src Matrix, rows, columns int) {
	full, wide := rows&^3, columns&^3
	dst.holds(columns, rows)
	src.holds(rows, columns)
	for r := 0; r < full; r += 4 {
		transposeFour(&dst.Values[r], 4*dst.Stride, &src.Values[r*src.Stride], 4*src.Stride, wide)
		for i := r; i < r+4; i++ {
			for c := wide; c < columns; c++ {
				dst.Values[c*dst.Stride+i] = src.Values[i*src.Stride+c]
			}
		}
	}
	for r := full; r < rows; r++ {
		for c, v := range src.Row(r)[:columns] {
			dst.Values[c*dst.Stride+r] = v
		}
	}
}
