// Package formula holds the numbers that the kernels and their plain Go twins
// share. The polynomials were fitted for the stated range by reweighted least
// squares (Lawson's algorithm), which ends at the smallest largest error.
package formula

// NormEpsilon is what the model adds to a variance.
const NormEpsilon = 1e-12

// QuantiseLimit is the largest magnitude of a quantised input. With weights of
// at most 127 and at most 1536 inputs, 127*11000*1536 < 1<<31: no sum can
// overflow. A step is 1/11000 of the row's largest value, which costs the
// vectors nothing that can be measured.
const (
	QuantiseLimit = 11000
	LargestIn     = 1536
)

// GELU(x) = x * (1/2 + x*P(s)) with s = GELUScale*x*x - 1, x limited to
// GELULimit on both sides: P is (Phi(x) - 1/2)/x, where Phi is the normal
// distribution. The absolute error is at most 4e-6, a hundredth of the step
// that the result is rounded to next.
const (
	GELULimit = 5.5
	GELUScale = 2 / (GELULimit * GELULimit)
)

// GELU are the coefficients of P, of s to the power 0 first.
var GELU = [...]float32{
	0.12855183, -0.06417141, 0.047746304, -0.038828302, 0.03195788, -0.025680955, 0.02083866,
	-0.016549813, 0.009561236, -0.0038054127, 0.004423307, -0.004973259, 0.0018390788,
}

// exp(x) = 2^n * P(x - n*ln 2) with n = x/ln 2, rounded. ln 2 comes in two
// parts, the first short enough that n times it is exact. The relative error is
// at most 2e-7. Below ExpLowest the result is 0; x must not be above 0.
const (
	Ln2High   = 0.693359375
	Ln2Low    = -2.12194440e-4
	ExpLowest = -88.03
)

// Exp are the coefficients of P, of the power 0 first.
var Exp = [...]float32{1, 1, 0.4999999, 0.1666642, 0.041668225, 0.008374824, 0.0013836835}
