package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// tensors are the float32 constants of an ONNX file by name. One that is not
// there or not of the shape asked for is noted under wanted, so that a caller
// may take them all and look once.
type tensors struct {
	byName map[string]tensor
	wanted *[]string
}

type tensor struct {
	shape []int
	data  []byte // float32, little-endian
}

// The fields that are read of ONNX's messages, and the one type of tensor.
const (
	modelGraph       = 7
	graphNode        = 1
	graphInitializer = 5
	nodeInput        = 1
	nodeName         = 3
	nodeOperation    = 4
	tensorShape      = 1
	tensorType       = 2
	tensorName       = 8
	tensorData       = 9
	typeFloat32      = 1
)

// parseONNX reads the constants of a model that PyTorch has exported. Biases and
// norms have PyTorch's names there. The matrix of a linear layer has a number
// only; it gets the name of the node that multiplies by it, written as PyTorch
// would, like "encoder.layer.0.output.dense.MatMul".
func parseONNX(file []byte) (tensors, error) {
	t := tensors{byName: map[string]tensor{}, wanted: new([]string)}
	factors := map[string]string{} // the constants' names by those of their nodes
	model, err := fields(file)
	if err != nil {
		return tensors{}, fmt.Errorf("parse ONNX: %w", err)
	}
	for _, f := range model {
		if f.number == modelGraph {
			if err := t.readGraph(f.bytes, factors); err != nil {
				return tensors{}, fmt.Errorf("parse ONNX: %w", err)
			}
		}
	}
	for node, constant := range factors {
		if matrix, ok := t.byName[constant]; ok {
			t.byName[strings.ReplaceAll(strings.TrimPrefix(node, "/"), "/", ".")] = matrix
		}
	}
	return t, nil
}

func (t tensors) readGraph(message []byte, factors map[string]string) error {
	graph, err := fields(message)
	if err != nil {
		return err
	}
	for _, f := range graph {
		switch f.number {
		case graphNode:
			err = readNode(f.bytes, factors)
		case graphInitializer:
			err = t.readTensor(f.bytes)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readNode notes what a multiplication multiplies by.
func readNode(message []byte, factors map[string]string) error {
	node, err := fields(message)
	if err != nil {
		return err
	}
	var inputs []string
	var name, operation string
	for _, f := range node {
		switch f.number {
		case nodeInput:
			inputs = append(inputs, string(f.bytes))
		case nodeName:
			name = string(f.bytes)
		case nodeOperation:
			operation = string(f.bytes)
		}
	}
	if operation == "MatMul" && len(inputs) == 2 {
		factors[name] = inputs[1]
	}
	return nil
}

// readTensor adds a tensor if it is of float32.
func (t tensors) readTensor(message []byte) error {
	constant, err := fields(message)
	if err != nil {
		return err
	}
	var name string
	var read tensor
	var kind uint64
	for _, f := range constant {
		switch f.number {
		case tensorShape:
			read.shape = append(read.shape, int(f.integer))
		case tensorType:
			kind = f.integer
		case tensorName:
			name = string(f.bytes)
		case tensorData:
			read.data = f.bytes
		}
	}
	if kind == typeFloat32 {
		t.byName[name] = read
	}
	return nil
}

// take returns a copy of a tensor of that shape, zeros if there is none.
func (t tensors) take(name string, shape ...int) []float32 {
	n := 1
	for _, size := range shape {
		n *= size
	}
	values := make([]float32, n)
	found := t.byName[name]
	if !slices.Equal(found.shape, shape) || len(found.data) != 4*n {
		*t.wanted = append(*t.wanted, fmt.Sprintf("%s of %v float32", name, shape))
		return values
	}
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(found.data[4*i:]))
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

// A field of a Protocol Buffers message: an integer, or bytes, which may be a
// message again.
type field struct {
	number  uint64
	integer uint64
	bytes   []byte
}

var errCut = errors.New("a message is cut off")

// fields returns the fields of a message in their order. Its bytes stay shared.
func fields(message []byte) ([]field, error) {
	var all []field
	for w := (wire{rest: message}); len(w.rest) > 0; {
		key := w.varint()
		f := field{number: key >> 3}
		switch kind := key & 7; kind {
		case 0:
			f.integer = w.varint()
		case 1:
			f.bytes = w.bytes(8)
		case 2:
			f.bytes = w.bytes(w.varint())
		case 5:
			f.bytes = w.bytes(4)
		default:
			return nil, fmt.Errorf("field %d has the unknown wire type %d", f.number, kind)
		}
		if w.cut {
			return nil, errCut
		}
		all = append(all, f)
	}
	return all, nil
}

// wire takes values off the front of a message.
type wire struct {
	rest []byte
	cut  bool // the message ended too early
}

func (w *wire) varint() uint64 {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		w.cut = true
		return 0
	}
	w.rest = w.rest[n:]
	return v
}

func (w *wire) bytes(n uint64) []byte {
	if n > uint64(len(w.rest)) {
		w.cut = true
		return nil
	}
	b := w.rest[:n]
	w.rest = w.rest[n:]
	return b
}
