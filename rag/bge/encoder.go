package bge

import (
	"math"

	"footnote/rag/bge/kernel"
	"footnote/rag/bge/weights"
)

// encoder is the transformer: BERT (Devlin et al., 2018) with the sizes of
// package weights. A text's vector is that of its first token, [CLS], at unit
// length (C-Pack, Xiao et al., 2023). It is immutable.
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
	ids      []int32
	hidden   []float32 // tokens x Hidden
	query    []float32 // tokens x Hidden
	keyValue []float32 // tokens x 2*Hidden: keys, values
	context  []float32 // tokens x Hidden: the heads' results, side by side
	keys     []float32 // HeadSize x tokens, padded: one head's keys, transposed
	scores   []float32 // blockRows x tokens, padded
	inner    []float32 // blockRows x Inner
	q        []int16   // blockRows x Inner: what goes into a linear layer
	scale    []float32 // blockRows: of q
}

func newScratch() *scratch {
	const tokens = weights.Positions
	return &scratch{
		ids:      make([]int32, 0, tokens),
		hidden:   make([]float32, tokens*weights.Hidden),
		query:    make([]float32, tokens*weights.Hidden),
		keyValue: make([]float32, tokens*2*weights.Hidden),
		context:  make([]float32, tokens*weights.Hidden),
		keys:     make([]float32, weights.HeadSize*tokens),
		scores:   make([]float32, blockRows*tokens),
		inner:    make([]float32, blockRows*weights.Inner),
		q:        make([]int16, blockRows*weights.Inner),
		scale:    make([]float32, blockRows),
	}
}

// encode sets v to the vector of the tokens s.ids. Between two steps of a
// millisecond or so it calls pause, and gives up with its error.
func (e *encoder) encode(v []float32, s *scratch, pause func() error) error {
	e.embed(s)
	for i := range e.model.Layers {
		count := len(s.ids)
		if i == len(e.model.Layers)-1 {
			count = 1 // nobody asks for more
		}
		if err := e.layer(s, &e.model.Layers[i], count, pause); err != nil {
			return err
		}
	}
	unit(v, s.hidden)
	return nil
}

// layer replaces the vectors of the first count tokens by what a layer makes of
// them in view of all tokens.
func (e *encoder) layer(s *scratch, l *weights.Layer, count int, pause func() error) error {
	for rows := range blocks(len(s.ids)) {
		if err := pause(); err != nil {
			return err
		}
		e.project(s, l, rows, count)
	}
	for head := range weights.Heads {
		if head%4 == 0 {
			if err := pause(); err != nil {
				return err
			}
		}
		e.attend(s, head, count)
	}
	for rows := range blocks(count) {
		if err := pause(); err != nil {
			return err
		}
		e.mix(s, l, rows)
	}
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

// quantise sets the first rows of q to some rows of x, n long, and returns their
// scales.
func (e *encoder) quantise(s *scratch, x []float32, rows span, n int) (scale []float32) {
	scale = s.scale[:rows.end-rows.start]
	for i := range scale {
		scale[i] = e.set.Quantise(s.q[i*n:], x[(rows.start+i)*n:][:n])
	}
	return scale
}

// linear sets y to l of some rows of x.
func (e *encoder) linear(y []float32, s *scratch, x []float32, rows span, l *weights.Linear) {
	e.set.Linear(y, s.q, e.quantise(s, x, rows, l.In), l)
}

// project computes some tokens' keys and values, and the queries of those among
// the first count.
func (e *encoder) project(s *scratch, l *weights.Layer, rows span, count int) {
	scale := e.quantise(s, s.hidden, rows, weights.Hidden)
	e.set.Linear(s.keyValue[rows.start*l.KeyValue.Out:], s.q, scale, &l.KeyValue)
	if asking := min(rows.end, count) - rows.start; asking > 0 {
		e.set.Linear(s.query[rows.start*l.Query.Out:], s.q, scale[:asking], &l.Query)
	}
}

// attend computes one head of attention for the first count tokens:
// softmax(q k^T) v, the queries being divided by sqrt(HeadSize) already.
func (e *encoder) attend(s *scratch, head, count int) {
	const n, hidden = weights.HeadSize, weights.Hidden
	tokens := len(s.ids)
	padded := (tokens + weights.PanelWidth - 1) / weights.PanelWidth * weights.PanelWidth
	keys, values := kernel.Matrix{Values: s.keys, Stride: padded}, kernel.Matrix{Values: s.keyValue[hidden+head*n:], Stride: 2 * hidden}
	e.set.Transpose(keys, kernel.Matrix{Values: s.keyValue[head*n:], Stride: 2 * hidden}, tokens, n)
	scores := kernel.Matrix{Values: s.scores, Stride: padded}
	for rows := range blocks(count) {
		part := func(x []float32) kernel.Matrix {
			return kernel.Matrix{Values: x[rows.start*hidden+head*n:], Stride: hidden}
		}
		block := rows.end - rows.start
		e.set.MatMul(scores, part(s.query), keys, block, n, padded)
		for r := range block {
			e.set.Softmax(scores.Row(r)[:padded], tokens)
		}
		e.set.MatMul(part(s.context), scores, values, block, tokens, n)
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

// unit sets v to the first row of rows, at unit length.
func unit(v, rows []float32) {
	var square float64
	for _, x := range rows[:len(v)] {
		square += float64(x) * float64(x)
	}
	factor := float32(1 / math.Sqrt(square))
	for i := range v {
		v[i] = rows[i] * factor
	}
}
