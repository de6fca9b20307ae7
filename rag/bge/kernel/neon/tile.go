package main

import "fmt"

// The register tile is 6 rows by 16 outputs. Its 24 registers of four sums are
// V8 to V31; V4 to V7 hold the step's sixteen weights, V0 to V3 rows' inputs.
//
// Why 6x16: 24 is what 32 registers leave after the weights and a few inputs.
// A step of Linear, two inputs of each row, is 48 multiplications on 4
// instructions that widen weights and 7 loads. 4x16 widens as much for 32, and
// 12x8 half as much for 48, but with 13 loads. The caller's blocks are 48 rows,
// which six divides. This was counted, not measured: the kernels have only run
// under qemu, which says nothing about speed.
//
// Why a tile is not unrolled: all pointers move on with the loads, so a turn has
// but two instructions of its own.
const (
	tileRows = 6
	weight   = vec(4) // the first of four
	firstSum = vec(8)
)

// sum is the first of the four registers that hold a row's sums.
func sum(row int) vec { return firstSum + 4*vec(row) }

// input is the register for a row's inputs. Four rows share them in turn.
func input(row int) vec { return vec(row % 4) }

// pointer is the register that runs along a row.
func pointer(row int) string { return fmt.Sprintf("R%d", 10+row) }

const (
	cursor = "R19" // runs through the weights
	count  = "R20"
)

// tiles computes any number of rows, in tiles of six and one smaller tile for
// what is left. tile moves its results' pointer on by itself; in and stride are
// the registers that say where the rows to read lie.
func tiles(a *asm, rows, in, stride string, tile func(rows int)) {
	a.label("tiles")
	a.op("CMP $%d, %s", tileRows, rows)
	a.op("BLT rest")
	tile(tileRows)
	a.op("ADD %s<<1, %s", stride, in) // six rows on
	a.op("ADD %s<<2, %s", stride, in)
	a.op("SUB $%d, %s", tileRows, rows)
	a.op("B tiles")
	a.label("rest")
	for n := tileRows - 1; n > 0; n-- {
		a.op("CMP $%d, %s", n, rows)
		a.op("BEQ rest_%d", n)
	}
	a.op("RET")
	for n := tileRows - 1; n > 0; n-- {
		a.label(fmt.Sprintf("rest_%d", n))
		tile(n)
		a.op("RET")
	}
}

// sums is the loop that adds up a tile. It reads a row's inputs, 4 bytes a
// turn, two rows before they are multiplied.
func sums(a *asm, rows int, in, stride string, readWeights func(), multiply func(row int)) {
	for row := range rows {
		if row == 0 {
			a.op("MOVD %s, %s", in, pointer(row))
		} else {
			a.op("ADD %s, %s, %s", stride, pointer(row-1), pointer(row))
		}
		for i := range vec(4) {
			a.zero(sum(row) + i)
		}
	}
	read := func(row int) {
		if row < rows {
			a.op("FMOVS.P 4(%s), F%d", pointer(row), input(row))
		}
	}
	turn := fmt.Sprintf("turn_%d", rows)
	a.label(turn)
	read(0)
	read(1)
	readWeights()
	for row := range rows {
		read(row + 2)
		multiply(row)
	}
	a.op("SUBS $1, %s", count)
	a.op("BNE %s", turn)
}

// linear makes the function that computes one panel, that is 16 outputs, for
// any number of rows. Integers because the sums are exact, and so the same in
// any order, tile and batch, and the same as plain Go's. SDOT would do more
// multiplications an instruction, on the two bytes of the inputs apart, but not
// every CPU has it.
//
// A panel interleaves the weights of two inputs, for the sake of AVX2; VLD2
// parts them as it loads.
func linear(a *asm) {
	a.text("linearPanel", 0, "y", "yStride", "x", "xStride", "xScale", "rows", "panel", "pairs", "scale", "bias")
	tiles(a, "R5", "R2", "R3", func(rows int) {
		a.op("MOVD R6, %s", cursor)
		a.op("MOVD R7, %s", count)
		sums(a, rows, "R2", "R3", func() {
			a.op("VLD2.P 32(%s), [V%d.B16, V%d.B16]", cursor, weight, weight+1)
			a.widen(weight, weight+2)
			a.widen(weight+1, weight+3)
		}, func(row int) {
			for i := range vec(2) { // of the inputs
				for half := range vec(2) { // of the outputs
					a.smlal(sum(row)+2*half, weight+i+2*half, input(row), int(i))
					a.smlal2(sum(row)+2*half+1, weight+i+2*half, input(row), int(i))
				}
			}
		})
		linearStore(a, rows)
	})
}

// linearStore writes y = sum * (xScale * scale) + bias. It multiplies and adds
// in two instructions, as plain Go does: both give the same bits.
func linearStore(a *asm, rows int) {
	const rowScale, factor, bias = vec(0), vec(1), vec(2)
	a.op("VLD1 (R8), %s", four(weight)) // the weights' scales
	for row := range rows {
		a.op("VLD1R.P 4(R4), [V%d.S4]", rowScale)
		a.op("MOVD R9, %s", cursor)
		for i := range vec(4) {
			s := sum(row) + i
			a.fmul(factor, rowScale, weight+i)
			a.scvtf(s, s)
			a.fmul(s, s, factor)
			a.loadNext(bias, cursor)
			a.fadd(s, s, bias)
		}
		a.op("VST1.P %s, (R0)(R1)", four(sum(row)))
	}
}

// matmul makes the function for 16 columns of c = a*b. b is read as it lies,
// row by row, since the matrices of attention (256 x 32 at most) fit the caches
// without packing.
func matmul(a *asm) {
	a.text("matmulPanel", 0, "c", "cStride", "a", "aStride", "rows", "b", "bStride", "inner")
	tiles(a, "R4", "R2", "R3", func(rows int) {
		a.op("MOVD R5, %s", cursor)
		a.op("MOVD R7, %s", count)
		sums(a, rows, "R2", "R3", func() {
			a.op("VLD1.P (%s)(R6), %s", cursor, four(weight))
		}, func(row int) {
			for i := range vec(4) {
				a.fmlaFirst(sum(row)+i, weight+i, input(row))
			}
		})
		for row := range rows {
			a.op("VST1.P %s, (R0)(R1)", four(sum(row)))
		}
	})
}
