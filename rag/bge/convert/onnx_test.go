package main

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// message makes a field of a message or bytes, number one of an integer.
func message(number byte, parts ...string) string {
	body := strings.Join(parts, "")
	return string(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(body)))) + body
}

func number(number byte, value uint64) string {
	return string(binary.AppendUvarint([]byte{number << 3}, value))
}

// constant makes a tensor with one dimension.
func constant(name string, kind uint64, values ...float32) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return message(graphInitializer, number(tensorShape, uint64(len(values))), number(tensorType, kind),
		message(tensorName, name), message(tensorData, string(b)))
}

func TestParseONNX(t *testing.T) {
	node := message(graphNode, message(nodeInput, "x"), message(nodeInput, "onnx::MatMul_7"),
		message(nodeName, "/layer.0/dense/MatMul"), message(nodeOperation, "MatMul"))
	file := number(1, 300) + message(modelGraph, node, constant("a", typeFloat32, 2, 3), "\x1d1234\x2112345678",
		constant("onnx::MatMul_7", typeFloat32, 4, 5, 6), constant("b", 7, 1, 2))
	got, err := parseONNX([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if a := got.take("a", 2); !slices.Equal(a, []float32{2, 3}) || got.missing() != nil {
		t.Errorf("a is %v, error %v", a, got.missing())
	}
	if m := got.take("layer.0.dense.MatMul", 3); !slices.Equal(m, []float32{4, 5, 6}) || got.missing() != nil {
		t.Errorf("the matrix is %v, error %v", m, got.missing())
	}
	got.take("a", 1, 2)
	got.take("b", 2)
	if err := got.missing(); err == nil || !strings.Contains(err.Error(), "a of [1 2] float32, b of [2] float32") {
		t.Errorf("error %v", err)
	}
}

func TestParseONNXRefuses(t *testing.T) {
	whole := message(modelGraph, constant("a", typeFloat32, 1))
	for name, file := range map[string]string{
		"a key without a value":   "\x08",
		"a cut key":               "\x80",
		"a cut file":              whole[:len(whole)-1],
		"a length beyond the end": string(binary.AppendUvarint([]byte{modelGraph<<3 | 2}, math.MaxUint64)),
		"a cut tensor":            message(modelGraph, message(graphInitializer, "\x42\x05a")),
		"a cut node":              message(modelGraph, message(graphNode, "\x1a\x05a")),
		"an unknown wire type":    "\x0b",
	} {
		if _, err := parseONNX([]byte(file)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestVocabulary(t *testing.T) {
	got, err := vocabulary([]byte(`{"model":{"vocab":{"b":1,"a":0}}}`))
	if err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q, error %v", got, err)
	}
	for _, file := range []string{`{`, `{"model":{"vocab":{"a":1}}}`, `{"model":{"vocab":{"a":0,"b":0}}}`, `{"model":{"vocab":{"a":-1}}}`} {
		if _, err := vocabulary([]byte(file)); err == nil {
			t.Errorf("%s: no error", file)
		}
	}
}
