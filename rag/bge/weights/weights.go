// Package weights is the file that holds the built-in embedder's weights.
//
// The file, little-endian throughout, is a header and one stream of values
// without padding:
//
//	8 bytes   the magic "bgeint8\x01"; its last byte is the version
//	uint32    CRC-32C (Castagnoli) of everything behind it
//	uint32    length of the vocabulary in bytes
//	vocabulary: Words pieces, each ended by '\n'; the n-th has id n
//	word rows:  Words*Hidden int8, then Words float32 scales, one a row
//	positions:  Positions*Hidden float32, the token type's row already added
//	norm:       of the embeddings
//	Layers layers, each: linear Hidden->Hidden (query; it carries the
//	            attention's 1/sqrt(HeadSize)), linear Hidden->2*Hidden (key,
//	            value), linear Hidden->Hidden, norm, linear Hidden->Inner,
//	            linear Inner->Hidden, norm
//
//	linear In->Out: In*Out int8 in panels, Out float32 scales (one a row of
//	            the original matrix, that is one an output), Out float32 biases
//	norm:       Hidden float32 gains, Hidden float32 shifts
//
// A panel holds PanelWidth outputs for all inputs, in the order that the
// kernels read: for inputs 0 and 1, then 2 and 3, and so on, the two weights of
// the first output, of the second, ... A weight is its int8 times the scale of
// its output. Quantised weights stay where they are: a program that embeds the
// file pays no memory but its pages.
package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
)

// The shape of bge-small-en-v1.5. Positions is the longest input that we take,
// half of what its position table holds.
const (
	Words      = 30522
	Positions  = 256
	Hidden     = 384
	Heads      = 12
	HeadSize   = Hidden / Heads
	Inner      = 1536
	Layers     = 12
	PanelWidth = 16
)

const (
	magic      = "bgeint8\x01"
	headerSize = len(magic) + 8
)

// ErrDamaged is wrapped by the error of Read for a file that is not one of
// ours, or is not as it was written.
var ErrDamaged = errors.New("damaged weights")

// Linear is y = Wx + b with W in int8.
type Linear struct {
	In, Out int
	Panels  []byte    // In*Out int8, in panels
	Scale   []float32 // Out
	Bias    []float32 // Out
}

// Norm is the affine part of a layer normalisation.
type Norm struct{ Gain, Shift []float32 } // Hidden each

// Layer is one transformer block.
type Layer struct {
	Query         Linear
	KeyValue      Linear // keys, then values
	Output        Linear
	AttentionNorm Norm
	Up, Down      Linear
	OutputNorm    Norm
}

// Model is the contents of a file.
type Model struct {
	Vocabulary    []string
	WordRows      []byte    // Words*Hidden int8
	WordScale     []float32 // Words
	Positions     []float32 // Positions*Hidden
	EmbeddingNorm Norm
	Layers        [Layers]Layer
}

// Sum is the CRC-32C that the file states for its contents: it tells one set of
// weights from another.
func Sum(file []byte) (uint32, error) {
	if len(file) < headerSize || string(file[:len(magic)]) != magic {
		return 0, fmt.Errorf("%w: no header of ours", ErrDamaged)
	}
	return binary.LittleEndian.Uint32(file[len(magic):]), nil
}

// Read reads a file. The model shares file's memory: do not change it.
func Read(file []byte) (*Model, error) {
	sum, err := Sum(file)
	if err != nil {
		return nil, err
	}
	body := file[len(magic)+4:]
	if got := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)); got != sum {
		return nil, fmt.Errorf("%w: checksum %08x, want %08x", ErrDamaged, got, sum)
	}
	r := reader{rest: body}
	m := r.model()
	if r.short || len(r.rest) != 0 {
		return nil, fmt.Errorf("%w: wrong size, %d bytes", ErrDamaged, len(file))
	}
	if len(m.Vocabulary) != Words {
		return nil, fmt.Errorf("%w: %d words, want %d", ErrDamaged, len(m.Vocabulary), Words)
	}
	return m, nil
}

// reader takes values off the front of a file.
type reader struct {
	rest  []byte
	short bool // the file ended too early; what was read since is zero
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.short = true
		r.rest = nil
		return make([]byte, n)
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) floats(n int) []float32 {
	b := r.bytes(4 * n)
	f := make([]float32, n)
	for i := range f {
		f[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return f
}

func (r *reader) model() *Model {
	m := new(Model)
	// The length is checked against the file before it is trusted.
	n := min(int(binary.LittleEndian.Uint32(r.bytes(4))), len(r.rest))
	m.Vocabulary = strings.Split(strings.TrimSuffix(string(r.bytes(n)), "\n"), "\n")
	m.WordRows = r.bytes(Words * Hidden)
	m.WordScale = r.floats(Words)
	m.Positions = r.floats(Positions * Hidden)
	m.EmbeddingNorm = r.norm()
	for i := range m.Layers {
		l := &m.Layers[i]
		l.Query = r.linear(Hidden, Hidden)
		l.KeyValue = r.linear(Hidden, 2*Hidden)
		l.Output = r.linear(Hidden, Hidden)
		l.AttentionNorm = r.norm()
		l.Up = r.linear(Hidden, Inner)
		l.Down = r.linear(Inner, Hidden)
		l.OutputNorm = r.norm()
	}
	return m
}

func (r *reader) linear(in, out int) Linear {
	return Linear{In: in, Out: out, Panels: r.bytes(in * out), Scale: r.floats(out), Bias: r.floats(out)}
}

func (r *reader) norm() Norm {
	return Norm{Gain: r.floats(Hidden), Shift: r.floats(Hidden)}
}
