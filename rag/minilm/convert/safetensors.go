package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// tensors are the float32 tensors of a safetensors file by name. A tensor that
// is not there or not of the size asked for is noted under wanted, so that a
// caller may take them all and look once.
type tensors struct {
	data   []byte
	spans  map[string][2]int // of data, in bytes
	wanted *[]string
}

// parseSafetensors reads the format of the safetensors library: the length of a
// JSON header as uint64, the header, then the tensors' bytes, little-endian.
func parseSafetensors(file []byte) (tensors, error) {
	if len(file) < 8 {
		return tensors{}, fmt.Errorf("parse safetensors: no header")
	}
	n := binary.LittleEndian.Uint64(file)
	if n > uint64(len(file)-8) { // a sum could overflow
		return tensors{}, fmt.Errorf("parse safetensors: header of %d bytes in a file of %d", n, len(file))
	}
	var header map[string]struct {
		DType   string `json:"dtype"`
		Offsets [2]int `json:"data_offsets"`
	}
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		return tensors{}, fmt.Errorf("parse safetensors: %w", err)
	}
	t := tensors{data: file[8+n:], spans: map[string][2]int{}, wanted: new([]string)}
	for name, h := range header {
		start, end := h.Offsets[0], h.Offsets[1]
		if start < 0 || end < start || end > len(t.data) {
			return tensors{}, fmt.Errorf("parse safetensors: %s lies outside the file", name)
		}
		if h.DType == "F32" {
			t.spans[name] = h.Offsets
		}
	}
	return t, nil
}

// take returns a copy of n values, zeros if there is no such tensor.
func (t tensors) take(name string, n int) []float32 {
	values := make([]float32, n)
	span, ok := t.spans[name]
	if !ok || span[1]-span[0] != 4*n {
		*t.wanted = append(*t.wanted, fmt.Sprintf("%s of %d float32", name, n))
		return values
	}
	b := t.data[span[0]:span[1]]
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return values
}

// missing is an error that names what take did not find.
func (t tensors) missing() error {
	if len(*t.wanted) == 0 {
		return nil
	}
	slices.Sort(*t.wanted)
	return fmt.Errorf("the model has no %s", strings.Join(*t.wanted, ", "))
}
