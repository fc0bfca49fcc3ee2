package kernels

import "math"

// A pair is the sum of two float64 as one value, for formulas of several steps.
type pair struct{ hi, lo float64 }

func pairOf(hi, lo float64) pair { return pair{hi, lo} }

func (p pair) negated() pair { return pair{-p.hi, -p.lo} }

// plus is p+q with an error of about 2^-104 of the larger one.
func (p pair) plus(q pair) pair { return pairOf(pairPlus(p.hi, p.lo, q.hi, q.lo)) }

// times is p*q with a relative error of 2^-103.
func (p pair) times(q pair) pair { return pairOf(fastTwoSum(pairTimes(p.hi, p.lo, q.hi, q.lo))) }

// over is p/q with a relative error of about 2^-102.
func (p pair) over(q pair) pair {
	h := p.hi / q.hi
	l := (math.FMA(-h, q.hi, p.hi) + (p.lo - float64(h*q.lo))) / q.hi
	return pairOf(fastTwoSum(h, l))
}

// scaled is p*f for f a power of two: exact, but for what underflows.
func (p pair) scaled(f float64) pair { return pair{float64(p.hi * f), float64(p.lo * f)} }

// round is p rounded to float64.
func (p pair) round() float64 { return p.hi + p.lo }
