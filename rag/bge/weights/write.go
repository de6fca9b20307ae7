package weights

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
)

// Write returns the file that Read turns into m.
func Write(m *Model) ([]byte, error) {
	vocabulary := strings.Join(m.Vocabulary, "\n") + "\n"
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(vocabulary)))
	b = append(b, vocabulary...)
	b = append(b, m.WordRows...)
	b = appendFloats(b, m.WordScale, m.Positions, m.EmbeddingNorm.Gain, m.EmbeddingNorm.Shift)
	for i := range m.Layers {
		l := &m.Layers[i]
		b = appendLinear(b, l.Query, l.KeyValue, l.Output)
		b = appendFloats(b, l.AttentionNorm.Gain, l.AttentionNorm.Shift)
		b = appendLinear(b, l.Up, l.Down)
		b = appendFloats(b, l.OutputNorm.Gain, l.OutputNorm.Shift)
	}
	file := binary.LittleEndian.AppendUint32([]byte(magic), crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	file = append(file, b...)
	if _, err := Read(file); err != nil { // a model of another shape
		return nil, fmt.Errorf("write weights: %w", err)
	}
	return file, nil
}

func appendLinear(b []byte, linears ...Linear) []byte {
	for _, l := range linears {
		b = append(b, l.Panels...)
		b = appendFloats(b, l.Scale, l.Bias)
	}
	return b
}

func appendFloats(b []byte, slices ...[]float32) []byte {
	for _, s := range slices {
		for _, f := range s {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
		}
	}
	return b
}

// Quantise returns each row of a matrix of float32 as int8, and the scale that
// turns the row back: row = scale * int8, with the largest at 127.
func Quantise(matrix []float32, columns int) (q []int8, scale []float32) {
	q = make([]int8, len(matrix))
	scale = make([]float32, len(matrix)/columns)
	for r := range scale {
		row := matrix[r*columns : (r+1)*columns]
		var largest float32
		for _, v := range row {
			largest = max(largest, v, -v)
		}
		if largest == 0 {
			continue
		}
		scale[r] = largest / 127
		for c, v := range row {
			q[r*columns+c] = int8(math.RoundToEven(float64(v / scale[r])))
		}
	}
	return q, scale
}

// Pack puts the rows of a quantised matrix, one an output, into panels.
// The number of outputs must be a multiple of PanelWidth, of inputs of 2.
func Pack(q []int8, in, out int) []byte {
	panels := make([]byte, 0, in*out)
	for panel := 0; panel < out; panel += PanelWidth {
		for k := 0; k < in; k += 2 {
			for o := panel; o < panel+PanelWidth; o++ {
				panels = append(panels, byte(q[o*in+k]), byte(q[o*in+k+1]))
			}
		}
	}
	return panels
}
