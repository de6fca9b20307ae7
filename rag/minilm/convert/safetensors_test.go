package main

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// safetensors makes a file of a header and some float32.
func safetensors(header string, values ...float32) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func TestParseSafetensors(t *testing.T) {
	file := safetensors(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},`+
		`"b":{"dtype":"I64","shape":[1],"data_offsets":[4,12]}}`, 1, 2, 3)
	got, err := parseSafetensors(file)
	if err != nil {
		t.Fatal(err)
	}
	if a := got.take("a", 2); !slices.Equal(a, []float32{2, 3}) || got.missing() != nil {
		t.Errorf("a is %v, error %v", a, got.missing())
	}
	got.take("a", 3)
	got.take("b", 2)
	if err := got.missing(); err == nil || !strings.Contains(err.Error(), "a of 3 float32, b of 2 float32") {
		t.Errorf("error %v", err)
	}
}

func TestParseSafetensorsRefuses(t *testing.T) {
	for name, file := range map[string][]byte{
		"nothing":           nil,
		"a long header":     binary.LittleEndian.AppendUint64(nil, math.MaxUint64),
		"no JSON":           safetensors("{"),
		"beyond the end":    safetensors(`{"a":{"dtype":"F32","data_offsets":[0,8]}}`, 1),
		"end before start":  safetensors(`{"a":{"dtype":"F32","data_offsets":[4,0]}}`, 1),
		"before the values": safetensors(`{"a":{"dtype":"F32","data_offsets":[-4,0]}}`, 1),
	} {
		if _, err := parseSafetensors(file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
