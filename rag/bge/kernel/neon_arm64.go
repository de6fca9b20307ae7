package kernel

// linearPanel computes 16 outputs of a linear layer for some rows. Strides are in bytes, pairs is half the number of inputs.
//
//go:noescape
func linearPanel(y *float32, yStride int, x *int16, xStride int, xScale *float32, rows int, panel *byte, pairs int, scale *float32, bias *float32)

// matmulPanel computes 16 columns of c = a*b. Strides are in bytes.
//
//go:noescape
func matmulPanel(c *float32, cStride int, a *float32, aStride int, rows int, b *float32, bStride int, inner int)

// largestBits returns the largest absolute value as the bits of a float32; n is a multiple of 4 above 0.
//
//go:noescape
func largestBits(x *float32, n int) uint32

// roundTo16 sets q to x*factor, rounded to even; n is a multiple of 4 above 0.
//
//go:noescape
func roundTo16(q *int16, x *float32, n int, factor float32)

// addNormRow is AddNorm for n values, a multiple of 4 above 0; inverse is 1/n.
//
//go:noescape
func addNormRow(x *float32, y *float32, gain *float32, shift *float32, n int, inverse float32)

// geluRow is GELU for n values, a multiple of 4 above 0.
//
//go:noescape
func geluRow(x *float32, n int)

// softmaxRow is Softmax for n values, a multiple of 4 above 0.
//
//go:noescape
func softmaxRow(x *float32, n int)

// transposeBlock makes 4 rows of src the first 4 columns of dst. Strides are in bytes, columns is a multiple of 4.
//
//go:noescape
func transposeBlock(dst *float32, dstStride int, src *float32, srcStride int, columns int)
