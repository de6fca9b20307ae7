package main

// transpose makes the kernel that turns four rows into four columns, four by
// four values at a time, in the two usual rounds of exchanges: of single values
// and of pairs.
func transpose(a *asm) {
	a.text("transposeBlock", 0, "dst", "dstStride", "src", "srcStride", "columns")
	a.label("block")
	a.op("SUBS $4, R4")
	a.op("BLT done")
	a.op("MOVD R2, R5")
	for row := range 4 {
		a.op("VLD1.P (R5)(R3), [V%d.S4]", row)
	}
	for i := 0; i < 4; i += 2 { // V4: 00 10 02 12, V5: 01 11 03 13, V6 and V7 of rows 2 and 3
		a.op("VTRN1 V%d.S4, V%d.S4, V%d.S4", i+1, i, 4+i)
		a.op("VTRN2 V%d.S4, V%d.S4, V%d.S4", i+1, i, 5+i)
	}
	a.op("VTRN1 V6.D2, V4.D2, V0.D2")
	a.op("VTRN1 V7.D2, V5.D2, V1.D2")
	a.op("VTRN2 V6.D2, V4.D2, V2.D2")
	a.op("VTRN2 V7.D2, V5.D2, V3.D2")
	for column := range 4 {
		a.op("VST1.P [V%d.S4], (R0)(R1)", column)
	}
	a.op("ADD $16, R2")
	a.op("B block")
	a.label("done")
	a.op("RET")
}
