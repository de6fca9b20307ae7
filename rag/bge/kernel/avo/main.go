// Command avo writes the AVX2 kernels of package kernel as Go assembly. Run it
// with go generate in the folder above; the output is the same byte for byte.
//
// Each file holds the kernels of one kind:
//
//	linear.go     int16 activations times int8 weights: nearly all the time
//	matmul.go     float32 times float32, for attention
//	rows.go       what runs along a row: quantise, layer norm, GELU, softmax
//	transpose.go  8x8 blocks
//
// A kernel is written against virtual registers; avo assigns the real ones.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64")
	linear()
	matmul()
	quantise()
	one := constant("one", 1)
	addNorm(one)
	gelu()
	softmax(one)
	transpose()
	Generate()
}
