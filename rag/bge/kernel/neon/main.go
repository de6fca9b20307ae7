// Command neon writes the NEON kernels of package kernel as Go assembly. Run it
// with go generate in the folder above; the output is the same byte for byte.
//
// Each file holds the kernels of one kind:
//
//	asm.go        what writes instructions
//	tile.go       int16 activations times int8 weights, which is nearly all the
//	              time, and float32 times float32, for attention
//	rows.go       what runs along a row: quantise, layer norm
//	functions.go  GELU, softmax
//	transpose.go  4x4 blocks
//
// Every arm64 CPU has these instructions. Go's assembler lacks many of them:
// those are written as words, with what they mean in the usual notation (the
// result first) behind them.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("out", "", "the file to write")
	flag.Parse()
	a := new(asm)
	a.header()
	linear(a)
	matmul(a)
	quantise(a)
	addNorm(a)
	gelu(a)
	softmax(a)
	transpose(a)
	if err := os.WriteFile(*out, a.file.Bytes(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
