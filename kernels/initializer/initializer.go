package initializer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/kernels"
)

// A Distribution is what weights are drawn from.
type Distribution string

const (
	ConstantDistribution Distribution = "constant" // every weight is Value
	NormalDistribution   Distribution = "normal"   // mean 0
	UniformDistribution  Distribution = "uniform"  // on [low, high)
)

// An Initializer is a rule for the weights of a layer. Make one with a
// constructor or take one from [All]; the zero value is not a rule.
type Initializer struct {
	Name    string // "kaiming": for humans and the command line
	Formula string // of the weights, in plain text: "N(0, std), std = sqrt(2)/sqrt(fan_in)"

	Distribution Distribution
	Mode         Mode

	Gain      float64 // scaled: std = Gain/sqrt(fan)
	Value     float64 // unscaled: the constant, or the normal distribution's std
	Low, High float64 // unscaled uniform
}

// Constant sets every weight to value.
func Constant(value float64) Initializer {
	return Initializer{
		Name: fmt.Sprintf("constant %s", number(value)), Formula: number(value),
		Distribution: ConstantDistribution, Value: value,
	}
}

// Normal draws weights from N(0, std), std the standard deviation.
func Normal(std float64) Initializer {
	return Initializer{
		Name: "normal " + number(std), Formula: fmt.Sprintf("N(0, std), std = %s", number(std)),
		Distribution: NormalDistribution, Value: std,
	}
}

// Uniform draws weights from [low, high).
func Uniform(low, high float64) Initializer {
	return Initializer{
		Name:         fmt.Sprintf("uniform %s %s", number(low), number(high)),
		Formula:      fmt.Sprintf("U[%s, %s)", number(low), number(high)),
		Distribution: UniformDistribution, Low: low, High: high,
	}
}

// XavierLecture is what lecture notes call Xavier initialisation:
// std = 1/sqrt(fan_in) (LeCun's, in other places).
func XavierLecture() Initializer { return scaled("xavier (lecture)", NormalDistribution, FanIn, 1) }

// XavierNormal is Glorot's: std = gain*sqrt(2/(fan_in+fan_out)).
func XavierNormal(gain float64) Initializer {
	return scaled("xavier (glorot)", NormalDistribution, FanAverage, gain)
}

// XavierUniform is Glorot's: U[-a, a), a = gain*sqrt(6/(fan_in+fan_out)).
func XavierUniform(gain float64) Initializer {
	return scaled("xavier uniform (glorot)", UniformDistribution, FanAverage, gain)
}

// KaimingNormal is He's: std = gain/sqrt(fan).
func KaimingNormal(mode Mode, gain float64) Initializer {
	return scaled("kaiming", NormalDistribution, mode, gain)
}

// KaimingUniform is He's: U[-a, a), a = gain*sqrt(3/fan).
func KaimingUniform(mode Mode, gain float64) Initializer {
	return scaled("kaiming uniform", UniformDistribution, mode, gain)
}

func scaled(name string, d Distribution, mode Mode, gain float64) Initializer {
	formula := fmt.Sprintf("N(0, std), std = %s/sqrt(%v)", gainText(gain), mode)
	if d == UniformDistribution {
		formula = strings.Replace(fmt.Sprintf("U[-a, a), a = %s*sqrt(3/%v)", gainText(gain), mode), "= 1*", "= ", 1)
	}
	return Initializer{Name: name, Formula: formula, Distribution: d, Mode: mode, Gain: gain}
}

func gainText(gain float64) string {
	if gain == math.Sqrt2 {
		return "sqrt(2)"
	}
	return number(gain)
}

// number is v without the zero before the point: .05, as the field writes it.
func number(v float64) string {
	s := fmt.Sprint(v)
	if rest, ok := strings.CutPrefix(s, "0."); ok {
		return "." + rest
	}
	if rest, ok := strings.CutPrefix(s, "-0."); ok {
		return "-." + rest
	}
	return s
}

// All lists the initialisers that have a name.
func All() []Initializer {
	named := func(name string, i Initializer) Initializer {
		i.Name = name
		return i
	}
	return []Initializer{
		named("zeros", Constant(0)),
		named("ones", Constant(1)),
		Normal(.01),
		Normal(.05),
		Normal(1),
		Uniform(-1, 1),
		XavierLecture(),
		XavierNormal(1),
		XavierUniform(1),
		KaimingNormal(FanIn, math.Sqrt2),
		named("kaiming (fan out)", KaimingNormal(FanOut, math.Sqrt2)),
		KaimingUniform(FanIn, math.Sqrt2),
		named("kaiming uniform (fan out)", KaimingUniform(FanOut, math.Sqrt2)),
	}
}

// Named returns the initialiser of All with that name; the error names them all.
func Named(name string) (Initializer, error) {
	all := All()
	if i := slices.IndexFunc(all, func(i Initializer) bool { return i.Name == name }); i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, in := range all {
		names[i] = fmt.Sprintf("%q", in.Name)
	}
	return Initializer{}, fmt.Errorf("initializer: %q is unknown: want one of %s", name, strings.Join(names, ", "))
}

// Std returns the standard deviation of the weights of a tensor of the shape.
func (in Initializer) Std(shape ...int) (float64, error) {
	low, high, err := in.limits(shape)
	switch {
	case err != nil:
		return 0, err
	case in.Mode != Unscaled:
		fan, err := in.Mode.fan(shape)
		return in.Gain / math.Sqrt(fan), err
	case in.Distribution == NormalDistribution:
		return in.Value, nil
	}
	return (high - low) / (2 * math.Sqrt(3)), nil
}

// Bound returns the largest magnitude a weight can have: a for U[-a, a), and +Inf
// for a normal distribution, though its fills end at 6.34 standard deviations in
// float32 and 9.16 in float64.
func (in Initializer) Bound(shape ...int) (float64, error) {
	low, high, err := in.limits(shape)
	return math.Max(-low, high), err
}

// limits checks the rule and the shape, and returns the smallest and the
// largest weight.
func (in Initializer) limits(shape []int) (low, high float64, err error) {
	if _, err := elements(shape); err != nil {
		return 0, 0, err
	}
	if in.Mode != Unscaled {
		return in.scaledLimits(shape)
	}
	if in.Gain != 0 {
		return 0, 0, fmt.Errorf("initializer: %s: there is a gain but no fan to scale by: want fan_in, fan_out or fan_avg", in.Name)
	}
	switch in.Distribution {
	case ConstantDistribution:
		if math.IsNaN(in.Value) {
			return 0, 0, fmt.Errorf("initializer: %s: the constant is NaN", in.Name)
		}
		return in.Value, in.Value, nil
	case NormalDistribution:
		if !(in.Value >= 0) || math.IsInf(in.Value, 0) {
			return 0, 0, fmt.Errorf("initializer: %s: the standard deviation is %v, want a finite number >= 0", in.Name, in.Value)
		}
		return math.Inf(-1), math.Inf(1), nil
	case UniformDistribution:
		if width := in.High - in.Low; !(width >= 0) || math.IsInf(width, 0) {
			return 0, 0, fmt.Errorf("initializer: %s: the interval is [%v, %v), want low <= high and a finite width", in.Name, in.Low, in.High)
		}
		return in.Low, in.High, nil
	}
	return 0, 0, fmt.Errorf("initializer: %q is no distribution: want constant, normal or uniform", in.Distribution)
}

func (in Initializer) scaledLimits(shape []int) (low, high float64, err error) {
	if !(in.Gain >= 0) || math.IsInf(in.Gain, 0) {
		return 0, 0, fmt.Errorf("initializer: %s: the gain is %v, want a finite number >= 0", in.Name, in.Gain)
	}
	fan, err := in.Mode.fan(shape)
	if err != nil {
		return 0, 0, err
	}
	switch in.Distribution {
	case NormalDistribution:
		return math.Inf(-1), math.Inf(1), nil
	case UniformDistribution:
		a := in.Gain * math.Sqrt(3/fan)
		return -a, a, nil
	}
	return 0, 0, fmt.Errorf("initializer: %s: a %s distribution is not scaled by fans: want normal or uniform", in.Name, in.Distribution)
}

// Fill32 writes the weights of a tensor of the shape to dst, row by row, from
// the stream (seed, stream) on at most workers goroutines (<= 0: one for each
// processor). The bits do not depend on workers. On an error nothing is written.
func (in Initializer) Fill32(dst []float32, shape []int, seed, stream uint64, workers int) error {
	return fill(in, dst, shape, seed, stream, workers)
}

// Fill64 is Fill32 for float64.
func (in Initializer) Fill64(dst []float64, shape []int, seed, stream uint64, workers int) error {
	return fill(in, dst, shape, seed, stream, workers)
}

func fill[T kernels.Float](in Initializer, dst []T, shape []int, seed, stream uint64, workers int) error {
	low, high, err := in.limits(shape)
	if err != nil {
		return err
	}
	std, err := in.Std(shape...)
	if err != nil {
		return err
	}
	if n, _ := elements(shape); n != len(dst) {
		return fmt.Errorf("initializer: shape %v has %d elements, but dst has %d", shape, n, len(dst))
	}
	switch in.Distribution {
	case ConstantDistribution:
		v := T(in.Value)
		if math.IsInf(float64(v), 0) && !math.IsInf(in.Value, 0) {
			return fmt.Errorf("initializer: %s: the constant %v is beyond %T", in.Name, in.Value, v)
		}
		kernels.ParallelRange(workers, len(dst), 0, func(lo, hi int) { kernels.Constant(dst[lo:hi], v) })
	case NormalDistribution:
		s := T(std)
		if math.IsInf(float64(s), 0) {
			return fmt.Errorf("initializer: %s: the standard deviation %v is beyond %T", in.Name, std, s)
		}
		kernels.ParallelRange(workers, len(dst), 0, func(lo, hi int) {
			kernels.Normal(dst[lo:hi], seed, stream, uint64(lo), 0, s)
		})
	case UniformDistribution:
		l, h := T(low), T(high)
		if math.IsInf(float64(h-l), 0) || h-l != h-l {
			return fmt.Errorf("initializer: %s: the interval [%v, %v) is too wide for %T", in.Name, low, high, l)
		}
		kernels.ParallelRange(workers, len(dst), 0, func(lo, hi int) {
			kernels.Uniform(dst[lo:hi], seed, stream, uint64(lo), l, h)
		})
	}
	return nil
}
