package main

import "footnote/rag/bge/kernel/formula"

func quantise(a *asm) {
	const largest, v, factor = vec(0), vec(1), vec(2)
	a.text("largestBits", 4, "x", "n")
	a.zero(largest)
	a.fours("largest", "R1", func() {
		a.loadNext(v, "R0")
		a.fabs(v, v)
		// As integers, so that infinities and NaN come out on top.
		a.op("VUMAX V%d.S4, V%d.S4, V%d.S4", v, largest, largest)
	})
	a.umaxv(largest, largest)
	a.op("VMOV V%d.S[0], R2", largest)
	a.op("MOVW R2, ret+16(FP)")
	a.op("RET")

	a.text("roundTo16", 4, "q", "x", "n")
	a.float32Argument("factor", 24, factor)
	a.fours("round", "R2", func() {
		a.loadNext(v, "R1")
		a.fmul(v, v, factor)
		a.fcvtns(v, v)
		a.sqxtn(v, v)
		a.op("VST1.P [V%d.H4], 8(R0)", v)
	})
	a.op("RET")
}

func addNorm(a *asm) {
	const v, w, mean, variance, inverse = vec(0), vec(1), vec(2), vec(3), vec(4)
	a.text("addNormRow", 4, "x", "y", "gain", "shift", "n")
	a.float32Argument("inverse", 40, inverse)
	constants := a.constants("norm", 16, formula.NormEpsilon, 1)
	epsilon, one := constants[0], constants[1]
	again := func() { // from the row's start
		a.op("MOVD R0, R5")
		a.op("MOVD R4, R6")
	}

	again()
	a.zero(mean)
	a.fours("sum", "R6", func() {
		a.load(v, "R5")
		a.loadNext(w, "R1")
		a.fadd(v, v, w)
		a.storeNext(v, "R5")
		a.fadd(mean, mean, v)
	})
	a.acrossSum(mean)
	a.fmul(mean, mean, inverse)

	again()
	a.zero(variance)
	a.fours("variance", "R6", func() {
		a.loadNext(v, "R5")
		a.fsub(v, v, mean)
		a.fmla(variance, v, v)
	})
	a.acrossSum(variance)
	a.fmul(variance, variance, inverse)
	a.fadd(variance, variance, epsilon)
	a.fsqrt(variance, variance)
	factor := variance
	a.fdiv(factor, one, variance)

	again()
	a.fours("apply", "R6", func() {
		const gain, shift = vec(5), vec(6)
		a.load(v, "R5")
		a.fsub(v, v, mean)
		a.fmul(v, v, factor)
		a.loadNext(gain, "R2")
		a.loadNext(shift, "R3")
		a.fmla(shift, v, gain)
		a.storeNext(shift, "R5")
	})
	a.op("RET")
}
