package main

import (
	"math"

	"footnote/rag/bge/kernel/formula"
)

// horner evaluates a polynomial at x, the coefficients in registers, lowest
// first. The result lands in one of the two registers given.
func horner(a *asm, coefficients []vec, x, y, other vec) vec {
	last := len(coefficients) - 1
	a.move(y, coefficients[last])
	for i := last - 1; i >= 0; i-- {
		// What is multiplied is added to a register, so the coefficient goes there.
		a.move(other, coefficients[i])
		a.fmla(other, y, x)
		y, other = other, y
	}
	return y
}

func gelu(a *asm) {
	a.text("geluRow", 0, "x", "n")
	k := a.constants("gelu", 14, append(formula.GELU[:],
		-formula.GELULimit, formula.GELULimit, formula.GELUScale, -1, .5)...)
	coefficients, k := k[:len(formula.GELU)], k[len(formula.GELU):]
	lowest, limit, scale, minusOne, half := k[0], k[1], k[2], k[3], k[4]
	const v, inside, square, s, result = vec(0), vec(1), vec(2), vec(3), vec(4)
	a.fours("gelu", "R1", func() {
		a.load(v, "R0")
		a.fmax(v, v, lowest)
		a.fmin(inside, v, limit)
		a.fmul(square, inside, inside)
		a.move(s, minusOne)
		a.fmla(s, square, scale)
		p := horner(a, coefficients, s, 5, 6)
		a.move(result, half)
		a.fmla(result, p, inside)
		a.fmul(result, result, v)
		a.storeNext(result, "R0")
	})
	a.op("RET")
}

func softmax(a *asm) {
	const v, largest, sum = vec(0), vec(1), vec(2)
	a.text("softmaxRow", 0, "x", "n")
	k := a.constants("exp", 16, append(formula.Exp[:],
		formula.ExpLowest, math.Log2E, formula.Ln2High, formula.Ln2Low, math.Float32frombits(127), 1)...)
	coefficients, k := k[:len(formula.Exp)], k[len(formula.Exp):]
	lowest, log2e, ln2High, ln2Low, exponentBias, one := k[0], k[1], k[2], k[3], k[4], k[5]
	again := func() {
		a.op("MOVD R0, R2")
		a.op("MOVD R1, R3")
	}

	again()
	a.load(largest, "R0")
	a.fours("largest", "R3", func() {
		a.loadNext(v, "R2")
		a.fmax(largest, largest, v)
	})
	a.acrossMax(largest)

	again()
	a.zero(sum)
	a.fours("exp", "R3", func() {
		const whole, power = vec(3), vec(4)
		a.load(v, "R2")
		a.fsub(v, v, largest)
		a.fmax(v, v, lowest)
		a.fmul(whole, v, log2e)
		a.frintn(whole, whole)
		a.fmls(v, whole, ln2High)
		a.fmls(v, whole, ln2Low)
		p := horner(a, coefficients, v, 5, 6)
		a.fcvtns(power, whole)
		a.op("VADD V%d.S4, V%d.S4, V%d.S4", exponentBias, power, power)
		a.op("VSHL $23, V%d.S4, V%d.S4", power, power)
		a.fmul(v, p, power)
		a.storeNext(v, "R2")
		a.fadd(sum, sum, v)
	})
	a.acrossSum(sum)
	factor := sum
	a.fdiv(factor, one, sum)

	again()
	a.fours("scale", "R3", func() {
		a.load(v, "R2")
		a.fmul(v, v, factor)
		a.storeNext(v, "R2")
	})
	a.op("RET")
}
