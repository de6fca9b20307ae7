package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// transpose makes the kernel that turns eight rows into eight columns, eight by
// eight values at a time, in the three usual rounds of exchanges: of single
// values, of pairs, and of halves.
func transpose() {
	TEXT("transposeBlock", NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride int, columns int)")
	Pragma("noescape")
	Doc("transposeBlock makes 8 rows of src the first 8 columns of dst. Strides are in bytes, columns is a multiple of 8.")
	load := func(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }
	dst, dstStride, src, srcStride, columns := load("dst"), load("dstStride"), load("src"), load("srcStride"), load("columns")
	Label("transpose_block")
	SUBQ(Imm(8), columns)
	JL(LabelRef("transpose_done"))
	transposeBlock(dst, dstStride, src, srcStride)
	ADDQ(Imm(32), src)
	LEAQ(Mem{Base: dst, Index: dstStride, Scale: 8}, dst)
	JMP(LabelRef("transpose_block"))
	Label("transpose_done")
	VZEROUPPER()
	RET()
}

func transposeBlock(dst, dstStride, src, srcStride GPVirtual) {
	var rows, pairs, fours [8]VecVirtual
	from := GP64()
	MOVQ(src, from)
	for i := range rows {
		rows[i] = YMM()
		VMOVUPS(Mem{Base: from}, rows[i])
		ADDQ(srcStride, from)
	}
	for i := 0; i < 8; i += 2 {
		pairs[i], pairs[i+1] = YMM(), YMM()
		VUNPCKLPS(rows[i+1], rows[i], pairs[i])
		VUNPCKHPS(rows[i+1], rows[i], pairs[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			fours[i+2*j], fours[i+2*j+1] = YMM(), YMM()
			VUNPCKLPD(pairs[i+j+2], pairs[i+j], fours[i+2*j])
			VUNPCKHPD(pairs[i+j+2], pairs[i+j], fours[i+2*j+1])
		}
	}
	to := GP64()
	MOVQ(dst, to)
	for half := range 2 {
		for i := range 4 {
			column := YMM()
			VPERM2F128(Imm(uint64(0x20+0x11*half)), fours[i+4], fours[i], column)
			VMOVUPS(column, Mem{Base: to})
			ADDQ(dstStride, to)
		}
	}
}
