package initializer

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"actinit/kernels"
)

// An Initializer is a rule for the weights of a tensor. Make one with a function
// of this package or by its name with [New]; the zero value is not a rule.
type Initializer struct {
	Name    string // of its kind: "kaiming_normal"
	Formula string // with the parameters put in: "N(0, std), std = sqrt(2)/sqrt(fan_in)"

	rule rule
}

// A rule checks its parameters and a shape, and returns what fills it.
type rule func(shape []int) (filling, error)

// A filling is a rule at a shape, its parameters checked.
type filling interface {
	promise() Promise
	fill32(w weights[float32])
	fill64(w weights[float64])
}

// weights are what a filling writes: all of dst, from one stream.
type weights[T kernels.Float] struct {
	dst          []T
	seed, stream uint64
	workers      int
}

// each calls do for pieces of the weights, on several goroutines.
func (w weights[T]) each(do func(piece []T, offset uint64)) {
	kernels.ParallelRange(w.workers, len(w.dst), 0, func(lo, hi int) { do(w.dst[lo:hi], uint64(lo)) })
}

// extraDraws is the element from which a rule takes draws that belong to no
// weight: no tensor has so many.
const extraDraws = 1 << 63

// A Promise is what an initialiser says of the weights of a shape.
type Promise struct {
	// Mean and Std are those of the distribution that the weights are drawn
	// from; for matrices with a structure, those of all elements.
	Mean, Std float64
	// No weight is below Low or above High, but for the rounding to the element
	// type. They are infinite for a normal distribution, though its fills end
	// at 6.34 standard deviations in float32 and 9.16 in float64.
	Low, High float64
	// Fan is that by which the rule is scaled; 0 if by none.
	Fan float64
	// Independent says that the weights are independent draws from one distribution.
	Independent bool
}

// Bound returns the largest magnitude a weight can have: a for U[-a, a), +Inf
// for a normal distribution.
func (p Promise) Bound() float64 { return math.Max(-p.Low, p.High) }

// fits checks that T can hold what is promised.
func fits[T kernels.Float](f filling) error {
	var t T
	p := f.promise()
	if f, ok := f.(interface{ fits32() error }); ok {
		if _, narrow := any(t).(float32); narrow {
			if err := f.fits32(); err != nil {
				return err
			}
		}
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"mean", p.Mean}, {"standard deviation", p.Std}, {"lower bound", p.Low}, {"upper bound", p.High}} {
		if math.IsInf(float64(T(v.value)), 0) && !math.IsInf(v.value, 0) {
			return fmt.Errorf("the %s %v is beyond %T", v.name, number(v.value), t)
		}
	}
	if p.Std > 0 && T(p.Std) == 0 {
		return fmt.Errorf("the standard deviation %v is below what %T can hold", number(p.Std), t)
	}
	low, high := T(p.Low), T(p.High)
	if bounded := high-high == 0 && low-low == 0; bounded && math.IsInf(float64(high-low), 0) {
		return fmt.Errorf("the interval [%v, %v) is too wide for %T", number(p.Low), number(p.High), t)
	}
	return nil
}

// Promise returns what the weights of a tensor of the shape will be, or why
// there can be none.
func (in Initializer) Promise(shape ...int) (Promise, error) {
	f, err := in.filling(shape)
	if err != nil {
		return Promise{}, err
	}
	return f.promise(), nil
}

// Std returns the promised standard deviation.
func (in Initializer) Std(shape ...int) (float64, error) {
	p, err := in.Promise(shape...)
	return p.Std, err
}

// Fill32 writes the weights of a tensor of the shape to dst, row by row, from
// the stream (seed, stream) on at most workers goroutines (<= 0: one for each
// processor). The bits do not depend on workers. On an error nothing is written.
func (in Initializer) Fill32(dst []float32, shape []int, seed, stream uint64, workers int) error {
	f, err := checked[float32](in, len(dst), shape)
	if err != nil {
		return err
	}
	if len(dst) > 0 { // other sizes may be huge beside a 0
		f.fill32(weights[float32]{dst, seed, stream, workers})
	}
	return nil
}

// Fill64 is Fill32 for float64.
func (in Initializer) Fill64(dst []float64, shape []int, seed, stream uint64, workers int) error {
	f, err := checked[float64](in, len(dst), shape)
	if err != nil {
		return err
	}
	if len(dst) > 0 { // other sizes may be huge beside a 0
		f.fill64(weights[float64]{dst, seed, stream, workers})
	}
	return nil
}

// checked returns the filling of n weights of type T, with nothing left to go wrong.
func checked[T kernels.Float](in Initializer, n int, shape []int) (filling, error) {
	f, err := in.filling(shape)
	if err != nil {
		return nil, err
	}
	if err := fits[T](f); err != nil {
		return nil, in.failure(err)
	}
	if want, _ := elements(shape); want != n {
		return nil, in.failure(fmt.Errorf("shape %v has %d elements, but dst has %d", shape, want, n))
	}
	return f, nil
}

func (in Initializer) filling(shape []int) (filling, error) {
	if in.rule == nil {
		return nil, fmt.Errorf("initializer: the zero Initializer is not a rule: make one with a function of the package or with New")
	}
	if _, err := elements(shape); err != nil {
		return nil, in.failure(err)
	}
	f, err := in.rule(shape)
	if err != nil {
		return nil, in.failure(err)
	}
	return f, nil
}

func (in Initializer) failure(err error) error { return fmt.Errorf("%s: %w", in.Name, err) }

// finite refuses a parameter that is NaN or infinite.
func finite(name string, value float64) error {
	if value-value != 0 {
		return fmt.Errorf("the %s is %v, want a finite number", name, number(value))
	}
	return nil
}

// notNegative refuses a parameter that is not a finite number from 0 on.
func notNegative(name string, value float64) error {
	if !(value >= 0) || math.IsInf(value, 1) {
		return fmt.Errorf("the %s is %v, want a finite number >= 0", name, number(value))
	}
	return nil
}

// number writes v without the zero before the point: .05, as the field does.
func number(v float64) string {
	switch v {
	case math.Sqrt2:
		return "sqrt(2)"
	case 1 / math.Sqrt(3):
		return "1/sqrt(3)"
	}
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if rest, ok := strings.CutPrefix(s, "0."); ok {
		return "." + rest
	}
	if rest, ok := strings.CutPrefix(s, "-0."); ok {
		return "-." + rest
	}
	return s
}
