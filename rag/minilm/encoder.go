package minilm

import (
	"math"

	"footnote/rag/minilm/kernel"
	"footnote/rag/minilm/weights"
)

// encoder is the transformer: BERT (Devlin et al., 2018) with the sizes of
// package weights, then the mean of the tokens' vectors at unit length
// (Sentence-BERT, Reimers and Gurevych, 2019). It is immutable.
//
// Texts are computed one by one, so there is no padding and a text's vector
// cannot depend on another text. All that depends on one token alone is done
// for blockRows tokens at a time, which keeps it in the second cache.
type encoder struct {
	model *weights.Model
	set   *kernel.Set
}

// blockRows is a multiple of the kernels' six rows. A block of the inner layer
// takes 48*1536*(4+2) bytes.
const blockRows = 48

// scratch is the memory for one text, 2.6 MB.
type scratch struct {
	ids     []int32
	hidden  []float32 // tokens x Hidden
	qkv     []float32 // tokens x 3*Hidden: queries, keys, values
	context []float32 // tokens x Hidden: the heads' results, side by side
	keys    []float32 // HeadSize x tokens, padded: one head's keys, transposed
	scores  []float32 // blockRows x tokens, padded
	inner   []float32 // blockRows x Inner
	q       []int16   // blockRows x Inner: what goes into a linear layer
	scale   []float32 // blockRows: of q
}

func newScratch() *scratch {
	const tokens = weights.Positions
	return &scratch{
		ids:     make([]int32, 0, tokens),
		hidden:  make([]float32, tokens*weights.Hidden),
		qkv:     make([]float32, tokens*3*weights.Hidden),
		context: make([]float32, tokens*weights.Hidden),
		keys:    make([]float32, weights.HeadSize*tokens),
		scores:  make([]float32, blockRows*tokens),
		inner:   make([]float32, blockRows*weights.Inner),
		q:       make([]int16, blockRows*weights.Inner),
		scale:   make([]float32, blockRows),
	}
}

// encode sets v to the vector of the tokens s.ids. Between two steps of a
// millisecond or so it calls pause, and gives up with its error.
func (e *encoder) encode(v []float32, s *scratch, pause func() error) error {
	e.embed(s)
	for i := range e.model.Layers {
		l := &e.model.Layers[i]
		for rows := range blocks(len(s.ids)) {
			if err := pause(); err != nil {
				return err
			}
			e.linear(s.qkv[rows.start*l.QKV.Out:], s, s.hidden, rows, &l.QKV)
		}
		for head := range weights.Heads {
			if head%4 == 0 {
				if err := pause(); err != nil {
					return err
				}
			}
			e.attend(s, head)
		}
		for rows := range blocks(len(s.ids)) {
			if err := pause(); err != nil {
				return err
			}
			e.mix(s, l, rows)
		}
	}
	mean(v, s.hidden, len(s.ids))
	return nil
}

// span is a range of tokens, end not included.
type span struct{ start, end int }

// blocks yields the tokens 0 to n-1 in blocks.
func blocks(n int) func(yield func(span) bool) {
	return func(yield func(span) bool) {
		for start := 0; start < n; start += blockRows {
			if !yield(span{start, min(start+blockRows, n)}) {
				return
			}
		}
	}
}

// embed sets hidden to the sum of each token's word and position, normalised.
func (e *encoder) embed(s *scratch) {
	const n = weights.Hidden
	for t, id := range s.ids {
		row, scale := e.model.WordRows[int(id)*n:][:n], e.model.WordScale[id]
		x := s.hidden[t*n:][:n]
		for i, w := range row {
			x[i] = float32(int8(w)) * scale
		}
		e.set.AddNorm(x, e.model.Positions[t*n:][:n], e.model.EmbeddingNorm.Gain, e.model.EmbeddingNorm.Shift)
	}
}

// linear sets y to l of some rows of x.
func (e *encoder) linear(y []float32, s *scratch, x []float32, rows span, l *weights.Linear) {
	for i := range rows.end - rows.start {
		s.scale[i] = e.set.Quantise(s.q[i*l.In:], x[(rows.start+i)*l.In:][:l.In])
	}
	e.set.Linear(y, s.q, s.scale[:rows.end-rows.start], l)
}

// attend computes one head of attention: softmax(q k^T) v, the queries being
// divided by sqrt(HeadSize) already.
func (e *encoder) attend(s *scratch, head int) {
	const n, stride = weights.HeadSize, 3 * weights.Hidden
	tokens := len(s.ids)
	padded := (tokens + weights.PanelWidth - 1) / weights.PanelWidth * weights.PanelWidth
	part := func(i int) kernel.Matrix {
		return kernel.Matrix{Values: s.qkv[i*weights.Hidden+head*n:], Stride: stride}
	}
	queries, keys, values := part(0), kernel.Matrix{Values: s.keys, Stride: padded}, part(2)
	e.set.Transpose(keys, part(1), tokens, n)
	scores := kernel.Matrix{Values: s.scores, Stride: padded}
	for rows := range blocks(tokens) {
		count := rows.end - rows.start
		queries.Values = part(0).Row(rows.start)
		e.set.MatMul(scores, queries, keys, count, n, padded)
		for r := range count {
			e.set.Softmax(scores.Row(r)[:padded], tokens)
		}
		result := kernel.Matrix{Values: s.context[rows.start*weights.Hidden+head*n:], Stride: weights.Hidden}
		e.set.MatMul(result, scores, values, count, tokens, n)
	}
}

// mix is the rest of a layer for some tokens: what attention found is added to
// them, and then what the two inner layers make of them, normalised each time.
func (e *encoder) mix(s *scratch, l *weights.Layer, rows span) {
	y := s.inner
	e.linear(y, s, s.context, rows, &l.Output)
	e.addNorm(s, y, rows, l.AttentionNorm)
	e.linear(y, s, s.hidden, rows, &l.Up)
	count := rows.end - rows.start
	e.set.GELU(y[:count*weights.Inner])
	e.linear(y, s, y, span{0, count}, &l.Down) // y is quantised before it is written
	e.addNorm(s, y, rows, l.OutputNorm)
}

func (e *encoder) addNorm(s *scratch, y []float32, rows span, norm weights.Norm) {
	const n = weights.Hidden
	for i := range rows.end - rows.start {
		e.set.AddNorm(s.hidden[(rows.start+i)*n:][:n], y[i*n:][:n], norm.Gain, norm.Shift)
	}
}

// mean sets v to the mean of n rows, at unit length.
func mean(v, rows []float32, n int) {
	for t := range n {
		for i, x := range rows[t*len(v):][:len(v)] {
			v[i] += x
		}
	}
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	factor := float32(1 / math.Sqrt(square))
	for i := range v {
		v[i] *= factor
	}
}
