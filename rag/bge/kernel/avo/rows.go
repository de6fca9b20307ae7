package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"

	"footnote/rag/bge/kernel/formula"
)

// constant returns eight copies of a float32 in memory. It is called once for
// each name.
func constant(name string, value float32) Mem {
	return integerConstant(name, math.Float32bits(value))
}

func integerConstant(name string, value uint32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(value))
	}
	return m
}

// reciprocal returns 1/x, correctly rounded.
func reciprocal(one Mem, x VecVirtual) VecVirtual {
	r := YMM()
	VMOVUPS(one, r)
	VDIVPS(x, r, r)
	return r
}

// polynomial puts the coefficients, lowest first, into memory.
func polynomial(name string, coefficients []float32) []Mem {
	m := make([]Mem, len(coefficients))
	for i, c := range coefficients {
		m[i] = constant(fmt.Sprint(name, i), c)
	}
	return m
}

// horner evaluates a polynomial at x.
func horner(coefficients []Mem, x VecVirtual) VecVirtual {
	y := YMM()
	last := len(coefficients) - 1
	VMOVUPS(coefficients[last], y)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(coefficients[i], x, y)
	}
	return y
}

// eights loops over n values, eight at a time; n is a multiple of 8 above 0.
func eights(label string, n GPVirtual, body func(offset GPVirtual)) {
	offset, bytes := GP64(), GP64()
	XORQ(offset, offset)
	MOVQ(n, bytes)
	SHLQ(Imm(2), bytes)
	Label(label)
	body(offset)
	ADDQ(Imm(32), offset)
	CMPQ(offset, bytes)
	JL(LabelRef(label))
}

// at addresses eight float32.
func at(p, offset Register) Mem { return Mem{Base: p, Index: offset, Scale: 1} }

// across folds the eight lanes of v with op and leaves the result in all of
// them. op is called as op(a, b, result).
func across(v VecVirtual, op func(ops ...Op)) {
	other := YMM()
	VPERM2F128(Imm(1), v, v, other) // the other half
	op(other, v, v)
	VPERMILPS(Imm(0b01_00_11_10), v, other) // the other pair
	op(other, v, v)
	VPERMILPS(Imm(0b10_11_00_01), v, other) // the neighbour
	op(other, v, v)
}

func quantise() {
	TEXT("largestBits", NOSPLIT, "func(x *float32, n int) uint32")
	Pragma("noescape")
	Doc("largestBits returns the largest absolute value as the bits of a float32; n is a multiple of 8 above 0.")
	x, n := Load(Param("x"), GP64()).(GPVirtual), Load(Param("n"), GP64()).(GPVirtual)
	sign := integerConstant("magnitude", 0x7fffffff)
	largest := YMM()
	VPXOR(largest, largest, largest)
	eights("largest", n, func(offset GPVirtual) {
		v := YMM()
		VMOVUPS(at(x, offset), v)
		VPAND(sign, v, v)
		// As integers, so that infinities and NaN come out on top.
		VPMAXSD(v, largest, largest)
	})
	across(largest, func(ops ...Op) { VPMAXSD(ops[0], ops[1], ops[2]) })
	result := GP32()
	VMOVD(largest.AsX(), result)
	Store(result, ReturnIndex(0))
	VZEROUPPER()
	RET()

	TEXT("roundTo16", NOSPLIT, "func(q *int16, x *float32, n int, factor float32)")
	Pragma("noescape")
	Doc("roundTo16 sets q to x*factor, rounded to even; n is a multiple of 8 above 0.")
	q, x, n := Load(Param("q"), GP64()).(GPVirtual), Load(Param("x"), GP64()).(GPVirtual), Load(Param("n"), GP64()).(GPVirtual)
	factor := YMM()
	f, _ := Param("factor").Resolve()
	VBROADCASTSS(f.Addr, factor)
	eights("round", n, func(offset GPVirtual) {
		v, high := YMM(), XMM()
		VMULPS(at(x, offset), factor, v)
		VCVTPS2DQ(v, v)
		VEXTRACTI128(Imm(1), v, high)
		VPACKSSDW(high, v.AsX(), high)
		VMOVDQU(high, Mem{Base: q})
		ADDQ(Imm(16), q)
	})
	VZEROUPPER()
	RET()
}

func addNorm(one Mem) {
	TEXT("addNormRow", NOSPLIT, "func(x *float32, y *float32, gain *float32, shift *float32, n int, inverse float32)")
	Pragma("noescape")
	Doc("addNormRow is AddNorm for n values, a multiple of 8 above 0; inverse is 1/n.")
	load := func(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }
	x, y, gain, shift, n := load("x"), load("y"), load("gain"), load("shift"), load("n")
	inverse := YMM()
	p, _ := Param("inverse").Resolve()
	VBROADCASTSS(p.Addr, inverse)
	add := func(ops ...Op) { VADDPS(ops[0], ops[1], ops[2]) }

	mean := YMM()
	VXORPS(mean, mean, mean)
	eights("norm_sum", n, func(offset GPVirtual) {
		v := YMM()
		VMOVUPS(at(x, offset), v)
		VADDPS(at(y, offset), v, v)
		VMOVUPS(v, at(x, offset))
		VADDPS(v, mean, mean)
	})
	across(mean, add)
	VMULPS(inverse, mean, mean)

	variance := YMM()
	VXORPS(variance, variance, variance)
	eights("norm_variance", n, func(offset GPVirtual) {
		v := YMM()
		VMOVUPS(at(x, offset), v)
		VSUBPS(mean, v, v)
		VFMADD231PS(v, v, variance)
	})
	across(variance, add)
	VMULPS(inverse, variance, variance)
	VADDPS(constant("normEpsilon", formula.NormEpsilon), variance, variance)
	VSQRTPS(variance, variance)
	factor := reciprocal(one, variance)

	eights("norm_apply", n, func(offset GPVirtual) {
		v, g := YMM(), YMM()
		VMOVUPS(at(x, offset), v)
		VSUBPS(mean, v, v)
		VMULPS(factor, v, v)
		VMOVUPS(at(gain, offset), g)
		VFMADD213PS(at(shift, offset), g, v)
		VMOVUPS(v, at(x, offset))
	})
	VZEROUPPER()
	RET()
}

func gelu() {
	TEXT("geluRow", NOSPLIT, "func(x *float32, n int)")
	Pragma("noescape")
	Doc("geluRow is GELU for n values, a multiple of 8 above 0.")
	x, n := Load(Param("x"), GP64()).(GPVirtual), Load(Param("n"), GP64()).(GPVirtual)
	limit, lowest := constant("geluLimit", formula.GELULimit), constant("geluLowest", -formula.GELULimit)
	scale, minusOne, half := constant("geluScale", formula.GELUScale), constant("minusOne", -1), constant("half", .5)
	coefficients := polynomial("gelu", formula.GELU[:])
	eights("gelu", n, func(offset GPVirtual) {
		v, inside, s, t := YMM(), YMM(), YMM(), YMM()
		VMOVUPS(at(x, offset), v)
		VMOVUPS(lowest, s)
		VMAXPS(v, s, v) // v comes second, and so survives as NaN
		VMINPS(limit, v, inside)
		VMULPS(inside, inside, s)
		VMOVUPS(scale, t)
		VFMADD213PS(minusOne, t, s)
		y := horner(coefficients, s)
		VFMADD213PS(half, inside, y)
		VMULPS(v, y, y)
		VMOVUPS(y, at(x, offset))
	})
	VZEROUPPER()
	RET()
}

func softmax(one Mem) {
	TEXT("softmaxRow", NOSPLIT, "func(x *float32, n int)")
	Pragma("noescape")
	Doc("softmaxRow is Softmax for n values, a multiple of 8 above 0.")
	x, n := Load(Param("x"), GP64()).(GPVirtual), Load(Param("n"), GP64()).(GPVirtual)
	largest := YMM()
	VMOVUPS(constant("negativeInfinity", float32(math.Inf(-1))), largest)
	eights("softmax_largest", n, func(offset GPVirtual) {
		VMAXPS(at(x, offset), largest, largest)
	})
	across(largest, func(ops ...Op) { VMAXPS(ops[0], ops[1], ops[2]) })

	sum := YMM()
	VXORPS(sum, sum, sum)
	lowest, log2e := constant("expLowest", formula.ExpLowest), constant("log2e", math.Log2E)
	ln2High, ln2Low := constant("ln2High", formula.Ln2High), constant("ln2Low", formula.Ln2Low)
	bias := integerConstant("exponentBias", 127)
	coefficients := polynomial("exp", formula.Exp[:])
	eights("softmax_exp", n, func(offset GPVirtual) {
		v, whole, floor, power := YMM(), YMM(), YMM(), YMM()
		VMOVUPS(at(x, offset), v)
		VSUBPS(largest, v, v)
		VMOVUPS(lowest, floor)
		VMAXPS(v, floor, v) // v comes second, and so survives as NaN
		VMULPS(log2e, v, whole)
		VROUNDPS(Imm(0), whole, whole) // to even
		VFNMADD231PS(ln2High, whole, v)
		VFNMADD231PS(ln2Low, whole, v)
		y := horner(coefficients, v)
		VCVTPS2DQ(whole, power)
		VPADDD(bias, power, power)
		VPSLLD(Imm(23), power, power)
		VMULPS(power, y, y)
		VMOVUPS(y, at(x, offset))
		VADDPS(y, sum, sum)
	})
	across(sum, func(ops ...Op) { VADDPS(ops[0], ops[1], ops[2]) })
	factor := reciprocal(one, sum)
	eights("softmax_scale", n, func(offset GPVirtual) {
		v := YMM()
		VMULPS(at(x, offset), factor, v)
		VMOVUPS(v, at(x, offset))
	})
	VZEROUPPER()
	RET()
}
