package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"footnote/rag/bge/weights"
)

// The shapes are those of a paragraph of 155 tokens, and of a question of 16.

func sets() []*Set {
	if best := Best(); best.Name != "plain" {
		return []*Set{best, Plain()}
	}
	return []*Set{Plain()}
}

// rate runs op and reports billions of operations a second.
func rate(b *testing.B, operations int, op func()) {
	for b.Loop() {
		op()
	}
	b.ReportMetric(float64(operations)*float64(b.N)/1e9/b.Elapsed().Seconds(), "GFLOP/s")
}

func BenchmarkLinear(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, shape := range [][2]int{{weights.Hidden, 2 * weights.Hidden}, {weights.Hidden, weights.Inner}, {weights.Inner, weights.Hidden}} {
		in, out := shape[0], shape[1]
		l := randomLinear(r, in, out)
		for _, rows := range []int{16, 48, 155} {
			x, scale, y := make([]int16, rows*in), make([]float32, rows), make([]float32, rows*out)
			for i := range scale {
				scale[i] = Best().Quantise(x[i*in:], values(r, in, 1))
			}
			for _, set := range sets() {
				b.Run(fmt.Sprintf("%s/%dx%dx%d", set.Name, rows, in, out), func(b *testing.B) {
					rate(b, 2*rows*in*out, func() { set.Linear(y, x, scale, l) })
				})
			}
		}
	}
}

// One head's products of attention: scores, then sums of values.
func BenchmarkMatMul(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const tokens, padded = 155, 160
	queries := Matrix{values(r, tokens*weights.Hidden, 1), weights.Hidden}
	keyValue := Matrix{values(r, tokens*2*weights.Hidden, 1), 2 * weights.Hidden}
	keys := Matrix{values(r, weights.HeadSize*padded, 1), padded}
	scores := Matrix{values(r, tokens*padded, 1), padded}
	sums := Matrix{make([]float32, tokens*weights.Hidden), weights.Hidden}
	for _, set := range sets() {
		b.Run(set.Name+"/scores", func(b *testing.B) {
			rate(b, 2*tokens*padded*weights.HeadSize, func() { set.MatMul(scores, queries, keys, tokens, weights.HeadSize, padded) })
		})
		b.Run(set.Name+"/sums", func(b *testing.B) {
			rate(b, 2*tokens*tokens*weights.HeadSize, func() { set.MatMul(sums, scores, keyValue, tokens, tokens, weights.HeadSize) })
		})
	}
}

// Each of these counts the values of a row as one operation.
func BenchmarkRows(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 3))
	x, y, q := values(r, weights.Inner, 1), values(r, weights.Inner, 1), make([]int16, weights.Inner)
	gain, shift := values(r, weights.Hidden, 1), values(r, weights.Hidden, 1)
	keyValue := Matrix{values(r, 155*2*weights.Hidden, 1), 2 * weights.Hidden}
	keys := Matrix{values(r, weights.HeadSize*160, 1), 160}
	for _, set := range sets() {
		b.Run(set.Name+"/quantise", func(b *testing.B) { rate(b, len(x), func() { set.Quantise(q, x) }) })
		b.Run(set.Name+"/gelu", func(b *testing.B) { rate(b, len(x), func() { copy(y, x); set.GELU(y) }) })
		b.Run(set.Name+"/softmax", func(b *testing.B) { rate(b, 160, func() { copy(y, x[:160]); set.Softmax(y[:160], 155) }) })
		b.Run(set.Name+"/addnorm", func(b *testing.B) {
			rate(b, weights.Hidden, func() { set.AddNorm(y[:weights.Hidden], x[:weights.Hidden], gain, shift) })
		})
		b.Run(set.Name+"/transpose", func(b *testing.B) {
			rate(b, 155*weights.HeadSize, func() { set.Transpose(keys, keyValue, 155, weights.HeadSize) })
		})
	}
}
