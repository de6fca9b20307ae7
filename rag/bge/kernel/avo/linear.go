package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The register tile is 6 rows by 16 outputs. A step takes two inputs of each
// row and weight: VPMADDWD multiplies 16 pairs of int16 and adds neighbours,
// VPADDD adds the 8 sums to the tile. Twelve registers hold the tile, two the
// step's weights, one the row's inputs and one a product: all sixteen.
//
// Why 6x16: a step of 6x16 is 24 arithmetic instructions on 8 loads (6 inputs,
// 2 weights), so the multipliers wait for neither loads nor, with twelve
// chains, for latencies. 4x24 fits the registers as well, but widens three
// weights for 4 rows instead of two for 6; 8x8 needs 9 loads for 16.
//
// Why integers: VPMADDWD does 16 multiplications where VFMADD does 8, two of
// either start in a cycle, and the additions go to ports that are free. int16
// inputs against int8 weights lose next to nothing (see Quantise), the sums are
// exact, and so the same in any order, tile and batch. VPMADDUBSW would
// multiply 32 inputs of 8 bits, but then a second multiplication has to widen
// its sums, which is the same rate at a far lower precision. On the Zen 3 at 2.9
// GHz that this was written on, a core does 135 GFLOP/s; VFMADD ends at 94.
const (
	tileRows  = 6
	tileWidth = 16 // weights.PanelWidth
)

// rowPointers address up to six rows a stride apart with three registers: rows
// 0, 1, 2 from the first and rows 3, 4, 5 from the second.
type rowPointers struct{ first, fourth, stride GPVirtual }

func newRowPointers(first, stride Register, rows int) rowPointers {
	p := rowPointers{GP64(), GP64(), stride.(GPVirtual)}
	MOVQ(first, p.first)
	if rows > 3 {
		LEAQ(Mem{Base: p.first, Index: stride, Scale: 2}, p.fourth)
		ADDQ(stride, p.fourth)
	}
	return p
}

func (p rowPointers) at(row, disp int) Mem {
	m := Mem{Base: p.first, Disp: disp}
	if row >= 3 {
		m.Base = p.fourth
	}
	if row%3 > 0 {
		m.Index, m.Scale = p.stride, uint8(row%3)
	}
	return m
}

func (p rowPointers) advance(bytes int, rows int) {
	ADDQ(U32(uint32(bytes)), p.first)
	if rows > 3 {
		ADDQ(U32(uint32(bytes)), p.fourth)
	}
}

type linearArgs struct {
	y, yStride, x, xStride, xScale, rows GPVirtual
	panel, pairs, scale, bias            GPVirtual
}

// linear makes the function that computes one panel, that is 16 outputs, for
// any number of rows: in tiles of six, and one smaller tile for what is left.
func linear() {
	TEXT("linearPanel", NOSPLIT, "func(y *float32, yStride int, x *int16, xStride int, xScale *float32, rows int, panel *byte, pairs int, scale *float32, bias *float32)")
	Pragma("noescape")
	Doc("linearPanel computes 16 outputs of a linear layer for some rows. Strides are in bytes, pairs is half the number of inputs.")
	load := func(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }
	a := linearArgs{
		y: load("y"), yStride: load("yStride"), x: load("x"), xStride: load("xStride"), xScale: load("xScale"), rows: load("rows"),
		panel: load("panel"), pairs: load("pairs"), scale: load("scale"), bias: load("bias"),
	}
	Label("linear_tiles")
	CMPQ(a.rows, Imm(tileRows))
	JL(LabelRef("linear_rest"))
	linearTile(a, tileRows)
	nextRows(a.x, a.xStride, tileRows)
	nextRows(a.y, a.yStride, tileRows)
	ADDQ(Imm(4*tileRows), a.xScale)
	SUBQ(Imm(tileRows), a.rows)
	JMP(LabelRef("linear_tiles"))
	Label("linear_rest")
	smallTiles("linear", a.rows, func(rows int) { linearTile(a, rows) })
	VZEROUPPER()
	RET()
}

// smallTiles runs the tile of 1 to 5 rows that is asked for, or none.
func smallTiles(name string, rows Register, tile func(rows int)) {
	for n := tileRows - 1; n > 0; n-- {
		next := fmt.Sprintf("%s_not_%d", name, n)
		CMPQ(rows, Imm(uint64(n)))
		JNE(LabelRef(next))
		tile(n)
		JMP(LabelRef(name + "_done"))
		Label(next)
	}
	Label(name + "_done")
}

func nextRows(pointer, stride GPVirtual, rows int) {
	for range rows / 2 {
		LEAQ(Mem{Base: pointer, Index: stride, Scale: 2}, pointer)
	}
	if rows%2 == 1 {
		ADDQ(stride, pointer)
	}
}

// linearTile computes rows x 16 outputs.
func linearTile(a linearArgs, rows int) {
	tile := zeroTile(rows)
	x := newRowPointers(a.x, a.xStride, rows)
	panel, pairs := GP64(), GP64()
	MOVQ(a.panel, panel)
	MOVQ(a.pairs, pairs)

	turns(fmt.Sprint("linear_", rows), pairs, 4, func(steps int) {
		for i := range steps {
			linearStep(tile, x, panel, i)
		}
		x.advance(4*steps, rows)
		ADDQ(U32(uint32(2*tileWidth*steps)), panel)
	})
	linearStore(a, tile)
}

// turns makes a loop of n steps, unroll of them a turn so that the loop's own
// instructions cost little, and the remaining ones singly. It uses up n.
func turns(label string, n GPVirtual, unroll int, body func(steps int)) {
	SUBQ(U32(uint32(unroll)), n)
	JL(LabelRef(label + "_rest"))
	Label(label + "_turn")
	body(unroll)
	SUBQ(U32(uint32(unroll)), n)
	JGE(LabelRef(label + "_turn"))
	Label(label + "_rest")
	ADDQ(U32(uint32(unroll)), n)
	JZ(LabelRef(label + "_end"))
	Label(label + "_single")
	body(1)
	DECQ(n)
	JNZ(LabelRef(label + "_single"))
	Label(label + "_end")
}

// zeroTile returns rows x 2 registers that hold zeros.
func zeroTile(rows int) [][2]VecVirtual {
	tile := make([][2]VecVirtual, rows)
	for i := range tile {
		tile[i] = [2]VecVirtual{YMM(), YMM()}
		for _, r := range tile[i] {
			VPXOR(r, r, r)
		}
	}
	return tile
}

// linearStep adds the products of two inputs; step is how many lie before them.
func linearStep(tile [][2]VecVirtual, x rowPointers, panel Register, step int) {
	low, high := YMM(), YMM()
	VPMOVSXBW(Mem{Base: panel, Disp: 2 * tileWidth * step}, low)
	VPMOVSXBW(Mem{Base: panel, Disp: 2*tileWidth*step + tileWidth}, high)
	for row := range tile {
		in, product := YMM(), YMM()
		VPBROADCASTD(x.at(row, 4*step), in)
		VPMADDWD(low, in, product)
		VPADDD(product, tile[row][0], tile[row][0])
		VPMADDWD(high, in, in)
		VPADDD(in, tile[row][1], tile[row][1])
	}
}

// linearStore writes y = sum * (xScale * scale) + bias. It multiplies and adds
// in two instructions, since plain Go cannot fuse them: both give the same bits.
func linearStore(a linearArgs, tile [][2]VecVirtual) {
	y := newRowPointers(a.y, a.yStride, len(tile))
	for row := range tile {
		rowScale := YMM()
		VBROADCASTSS(Mem{Base: a.xScale, Disp: 4 * row}, rowScale)
		for half, sum := range tile[row] {
			scale := YMM()
			VMULPS(Mem{Base: a.scale, Disp: 32 * half}, rowScale, scale)
			VCVTDQ2PS(sum, sum)
			VMULPS(scale, sum, sum)
			VADDPS(Mem{Base: a.bias, Disp: 32 * half}, sum, sum)
			VMOVUPS(sum, y.at(row, 32*half))
		}
	}
}
