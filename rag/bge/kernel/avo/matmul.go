package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The tile is 6x16 again, the usual one for sixteen registers: 12 sums hide the
// four cycles of a fused multiply-add with two starting in each, and a step
// needs 8 loads for 12 of them. b is read as it lies, row by row, since the
// matrices of attention (256 x 32 at most) fit the caches without packing.
type matmulArgs struct{ c, cStride, a, aStride, rows, b, bStride, inner GPVirtual }

func matmul() {
	TEXT("matmulPanel", NOSPLIT, "func(c *float32, cStride int, a *float32, aStride int, rows int, b *float32, bStride int, inner int)")
	Pragma("noescape")
	Doc("matmulPanel computes 16 columns of c = a*b. Strides are in bytes.")
	load := func(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }
	m := matmulArgs{
		c: load("c"), cStride: load("cStride"), a: load("a"), aStride: load("aStride"),
		rows: load("rows"), b: load("b"), bStride: load("bStride"), inner: load("inner"),
	}
	Label("matmul_tiles")
	CMPQ(m.rows, Imm(tileRows))
	JL(LabelRef("matmul_rest"))
	matmulTile(m, tileRows)
	nextRows(m.a, m.aStride, tileRows)
	nextRows(m.c, m.cStride, tileRows)
	SUBQ(Imm(tileRows), m.rows)
	JMP(LabelRef("matmul_tiles"))
	Label("matmul_rest")
	smallTiles("matmul", m.rows, func(rows int) { matmulTile(m, rows) })
	VZEROUPPER()
	RET()
}

func matmulTile(m matmulArgs, rows int) {
	tile := zeroTile(rows)
	a := newRowPointers(m.a, m.aStride, rows)
	b, inner := GP64(), GP64()
	MOVQ(m.b, b)
	MOVQ(m.inner, inner)

	turns(fmt.Sprint("matmul_", rows), inner, 4, func(steps int) {
		for i := range steps {
			low, high := YMM(), YMM()
			VMOVUPS(Mem{Base: b}, low)
			VMOVUPS(Mem{Base: b, Disp: 32}, high)
			ADDQ(m.bStride, b)
			for row := range tile {
				in := YMM()
				VBROADCASTSS(a.at(row, 4*i), in)
				VFMADD231PS(low, in, tile[row][0])
				VFMADD231PS(high, in, tile[row][1])
			}
		}
		a.advance(4*steps, rows)
	})

	c := newRowPointers(m.c, m.cStride, rows)
	for row := range tile {
		for half, sum := range tile[row] {
			VMOVUPS(sum, c.at(row, 32*half))
		}
	}
}
