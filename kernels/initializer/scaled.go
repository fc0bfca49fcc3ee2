package initializer

import (
	"fmt"
	"math"
	"strings"
)

// A Distribution is the shape of what a scaled rule draws from.
type Distribution string

const (
	NormalDistribution    Distribution = "normal"
	UniformDistribution   Distribution = "uniform"
	TruncatedDistribution Distribution = "truncated_normal" // cut at +-2 standard deviations, its variance kept
)

// XavierNormal is Glorot and Bengio's: N(0, std), std = gain*sqrt(2/(fan_in+fan_out)).
func XavierNormal(gain float64) Initializer {
	return scaled("xavier_normal", NormalDistribution, FanAverage, gain)
}

// XavierUniform is Glorot and Bengio's: U[-a, a), a = gain*sqrt(6/(fan_in+fan_out)).
func XavierUniform(gain float64) Initializer {
	return scaled("xavier_uniform", UniformDistribution, FanAverage, gain)
}

// XavierLecture is what lecture notes call Xavier initialisation: N(0, std), std =
// 1/sqrt(fan_in). Its standard deviation is that of [LeCunNormal].
func XavierLecture() Initializer {
	return scaled("xavier_lecture", NormalDistribution, FanIn, 1)
}

// KaimingNormal is He's: N(0, std), std = gain/sqrt(fan).
func KaimingNormal(mode Mode, gain float64) Initializer {
	return scaled("kaiming_normal", NormalDistribution, mode, gain)
}

// KaimingUniform is He's: U[-a, a), a = gain*sqrt(3/fan).
func KaimingUniform(mode Mode, gain float64) Initializer {
	return scaled("kaiming_uniform", UniformDistribution, mode, gain)
}

// LeCunNormal is a truncated normal distribution of std 1/sqrt(fan_in).
func LeCunNormal() Initializer { return scaled("lecun_normal", TruncatedDistribution, FanIn, 1) }

// LeCunUniform is U[-a, a), a = sqrt(3/fan_in), whose std is 1/sqrt(fan_in).
func LeCunUniform() Initializer { return scaled("lecun_uniform", UniformDistribution, FanIn, 1) }

// GlorotNormal is a truncated normal distribution of std sqrt(2/(fan_in+fan_out)), as JAX and
// Keras have it.
func GlorotNormal() Initializer {
	return scaled("glorot_normal", TruncatedDistribution, FanAverage, 1)
}

// GlorotUniform is U[-a, a), a = sqrt(6/(fan_in+fan_out)), as JAX and Keras have it.
func GlorotUniform() Initializer { return scaled("glorot_uniform", UniformDistribution, FanAverage, 1) }

// HeNormal is a truncated normal distribution of std sqrt(2/fan_in), as JAX and Keras have it.
func HeNormal() Initializer { return scaled("he_normal", TruncatedDistribution, FanIn, math.Sqrt2) }

// HeUniform is U[-a, a), a = sqrt(6/fan_in), as JAX and Keras have it.
func HeUniform() Initializer { return scaled("he_uniform", UniformDistribution, FanIn, math.Sqrt2) }

// VarianceScaling draws weights of variance scale/fan: from a normal distribution,
// from a truncated one, whose normal distribution is the wider by 1/.87962566103423978
// so that cutting it at two of its standard deviations leaves that variance, or
// from U[-a, a), a = sqrt(3*scale/fan). JAX and Keras make theirs so. A scale below 0 is an error.
func VarianceScaling(scale float64, mode Mode, distribution Distribution) Initializer {
	in := scaled("variance_scaling", distribution, mode, math.Sqrt(scale))
	inner := in.rule
	in.rule = func(shape []int) (filling, error) {
		if err := notNegative("scale", scale); err != nil {
			return nil, err
		}
		return inner(shape)
	}
	return in
}

// scaled is every rule whose weights have the standard deviation gain/sqrt(fan).
func scaled(name string, d Distribution, mode Mode, gain float64) Initializer {
	return Initializer{name, scaledFormula(d, mode, gain), func(shape []int) (filling, error) {
		if err := notNegative("gain", gain); err != nil {
			return nil, err
		}
		fan, err := mode.fan(shape)
		if err != nil {
			return nil, err
		}
		std := gain / math.Sqrt(fan)
		switch {
		case d == NormalDistribution, d == TruncatedDistribution && gain == 0:
			return normal{std: std, fan: fan}, nil
		case d == UniformDistribution:
			a := gain * math.Sqrt(3/fan)
			return uniform{-a, a, fan}, nil
		case d == TruncatedDistribution:
			wide := std / truncatedStd
			return newTruncated(0, wide, -2*wide, 2*wide, fan)
		}
		return nil, fmt.Errorf("no distribution is called %q: want normal, uniform or truncated_normal", string(d))
	}}
}

func scaledFormula(d Distribution, mode Mode, gain float64) string {
	switch d {
	case UniformDistribution:
		return strings.Replace(fmt.Sprintf("U[-a, a), a = %s*sqrt(3/%v)", number(gain), mode), "= 1*", "= ", 1)
	case TruncatedDistribution:
		return fmt.Sprintf("N(0, s) within 2s, s = std/.8796, std = %s/sqrt(%v)", number(gain), mode)
	}
	return fmt.Sprintf("N(0, std), std = %s/sqrt(%v)", number(gain), mode)
}

// modeParameter is by which fan a rule is scaled.
func modeParameter(fallback Mode) Parameter {
	return Parameter{Name: "mode", Default: fallback.String(), Meaning: "the fan", words: []string{FanIn.String(), FanOut.String(), FanAverage.String()}}
}

var xavierNormalKind = Kind{
	Name: "xavier_normal", Formula: "N(0, std), std = gain*sqrt(2/(fan_in+fan_out))", Source: "torch; Glorot and Bengio 2010",
	Parameters: gainParameters("linear"),
	make:       func(s values) (Initializer, error) { return withGain(s, XavierNormal) },
}

var xavierUniformKind = Kind{
	Name: "xavier_uniform", Formula: "U[-a, a), a = gain*sqrt(6/(fan_in+fan_out))", Source: "torch; Glorot and Bengio 2010",
	Parameters: gainParameters("linear"),
	make:       func(s values) (Initializer, error) { return withGain(s, XavierUniform) },
}

var xavierLectureKind = Kind{
	Name: "xavier_lecture", Formula: "N(0, std), std = 1/sqrt(fan_in)", Source: "lecture notes, which call it Xavier's",
	make: func(values) (Initializer, error) { return XavierLecture(), nil },
}

var kaimingNormalKind = Kind{
	Name: "kaiming_normal", Formula: "N(0, std), std = gain/sqrt(fan)", Source: "torch; He et al. 2015",
	Parameters: append([]Parameter{modeParameter(FanIn)}, gainParameters("relu")...),
	make: func(s values) (Initializer, error) {
		return withGain(s, func(gain float64) Initializer { return KaimingNormal(s.mode(), gain) })
	},
}

var kaimingUniformKind = Kind{
	Name: "kaiming_uniform", Formula: "U[-a, a), a = gain*sqrt(3/fan)", Source: "torch; He et al. 2015",
	Parameters: append([]Parameter{modeParameter(FanIn)}, gainParameters("relu")...),
	make: func(s values) (Initializer, error) {
		return withGain(s, func(gain float64) Initializer { return KaimingUniform(s.mode(), gain) })
	},
}

var lecunNormalKind = Kind{
	Name: "lecun_normal", Formula: "N(0, s) within 2s, s = std/.8796, std = 1/sqrt(fan_in)", Source: "JAX, Keras; LeCun et al. 1998",
	make: func(values) (Initializer, error) { return LeCunNormal(), nil },
}

var lecunUniformKind = Kind{
	Name: "lecun_uniform", Formula: "U[-a, a), a = sqrt(3/fan_in)", Source: "JAX, Keras; LeCun et al. 1998",
	make: func(values) (Initializer, error) { return LeCunUniform(), nil },
}

var glorotNormalKind = Kind{
	Name: "glorot_normal", Formula: "N(0, s) within 2s, s = std/.8796, std = sqrt(2/(fan_in+fan_out))", Source: "JAX, Keras",
	make: func(values) (Initializer, error) { return GlorotNormal(), nil },
}

var glorotUniformKind = Kind{
	Name: "glorot_uniform", Formula: "U[-a, a), a = sqrt(6/(fan_in+fan_out))", Source: "JAX, Keras",
	make: func(values) (Initializer, error) { return GlorotUniform(), nil },
}

var heNormalKind = Kind{
	Name: "he_normal", Formula: "N(0, s) within 2s, s = std/.8796, std = sqrt(2/fan_in)", Source: "JAX, Keras",
	make: func(values) (Initializer, error) { return HeNormal(), nil },
}

var heUniformKind = Kind{
	Name: "he_uniform", Formula: "U[-a, a), a = sqrt(6/fan_in)", Source: "JAX, Keras",
	make: func(values) (Initializer, error) { return HeUniform(), nil },
}

var varianceScalingKind = Kind{
	Name: "variance_scaling", Formula: "variance scale/fan", Source: "JAX, Keras",
	Parameters: []Parameter{
		{Name: "scale", Default: "1", Meaning: "of the variance, >= 0"},
		modeParameter(FanIn),
		{Name: "distribution", Default: string(TruncatedDistribution), Meaning: "of the weights",
			words: []string{string(NormalDistribution), string(TruncatedDistribution), string(UniformDistribution)}},
	},
	make: func(s values) (Initializer, error) {
		return VarianceScaling(s.number("scale"), s.mode(), Distribution(s.word("distribution"))), nil
	},
}
