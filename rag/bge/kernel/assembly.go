//go:build amd64 || arm64

package kernel

import (
	"math"

	"footnote/rag/bge/weights"
)

// assembly returns the Set of this processor's assembly.
func assembly(name string) *Set {
	return &Set{
		Name:        name,
		Quantise:    quantiseAssembly,
		linearPanel: linearPanelAssembly,
		matMulPanel: matMulPanelAssembly,
		GELU:        geluAssembly,
		AddNorm:     addNormAssembly,
		softmaxRow:  softmaxAssembly,
		Transpose:   transposeAssembly,
	}
}

// The assembly takes lanes values at a time; what does not fill them is left to
// plain Go.

func quantiseAssembly(q []int16, x []float32) float32 {
	n := len(x)
	if n == 0 || n%lanes != 0 {
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

func linearPanelAssembly(y []float32, x []int16, xScale []float32, l *weights.Linear, panel int) {
	first := panel * weights.PanelWidth
	linearPanel(&y[first], 4*l.Out, &x[0], 2*l.In, &xScale[0], len(xScale),
		&l.Panels[first*l.In], l.In/2, &l.Scale[first], &l.Bias[first])
}

func matMulPanelAssembly(c, a, b Matrix, rows, inner, column int) {
	matmulPanel(&c.Values[column], 4*c.Stride, &a.Values[0], 4*a.Stride, rows, &b.Values[column], 4*b.Stride, inner)
}

func geluAssembly(x []float32) {
	n := len(x) &^ (lanes - 1)
	if n > 0 {
		geluRow(&x[0], n)
	}
	geluPlain(x[n:])
}

func addNormAssembly(x, y, gain, shift []float32) {
	n := len(x)
	if n == 0 || n%lanes != 0 {
		addNormPlain(x, y, gain, shift)
		return
	}
	y, gain, shift = y[:n], gain[:n], shift[:n]
	addNormRow(&x[0], &y[0], &gain[0], &shift[0], n, 1/float32(n))
}

func softmaxAssembly(x []float32) {
	if len(x) == 0 || len(x)%lanes != 0 {
		softmaxPlain(x)
		return
	}
	softmaxRow(&x[0], len(x))
}

func transposeAssembly(dst, src Matrix, rows, columns int) {
	full, wide := rows&^(lanes-1), columns&^(lanes-1)
	dst.holds(columns, rows)
	src.holds(rows, columns)
	for r := 0; r < full; r += lanes {
		transposeBlock(&dst.Values[r], 4*dst.Stride, &src.Values[r*src.Stride], 4*src.Stride, wide)
		for i := r; i < r+lanes; i++ {
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
