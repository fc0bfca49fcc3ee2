package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// TruncNormal draws weights from the normal distribution of the given mean and
// standard deviation on condition that they are in [low, high]. As in
// torch.nn.init.trunc_normal_, low and high are absolute: with std .02 its default
// of -2 and 2 cuts nothing.
func TruncNormal(mean, std, low, high float64) Initializer {
	formula := fmt.Sprintf("N(%s, std) within [%s, %s], std = %s", number(mean), number(low), number(high), number(std))
	return Initializer{"trunc_normal", formula, func([]int) (filling, error) { return newTruncated(mean, std, low, high, 0) }}
}

// TruncatedNormal draws weights from the normal distribution of the given mean and
// standard deviation on condition that they are in [mean+low*std, mean+high*std], as
// JAX and Keras do with low = -2 and high = 2. The weights' own standard deviation
// is then .88 std: nothing is made up for. [VarianceScaling] does that.
func TruncatedNormal(mean, std, low, high float64) Initializer {
	formula := fmt.Sprintf("N(%s, std) within %s + [%s, %s]*std, std = %s", number(mean), number(mean), number(low), number(high), number(std))
	return Initializer{"truncated_normal", formula, func([]int) (filling, error) {
		return newTruncated(mean, std, mean+float64(low*std), mean+float64(high*std), 0)
	}}
}

// truncatedStd is the standard deviation of a standard normal variable within
// [-2, 2], by which JAX and Keras divide to keep the variance they promise.
const truncatedStd = .87962566103423978

// truncated is a normal distribution cut to [low, high]; its own moments are cutMean and cutStd.
type truncated struct{ mean, std, low, high, fan, probability, cutMean, cutStd float64 }

func newTruncated(mean, std, low, high, fan float64) (filling, error) {
	if err := finite("mean", mean); err != nil {
		return nil, err
	}
	if err := notNegative("standard deviation", std); err != nil {
		return nil, err
	}
	if std == 0 && low <= mean && mean <= high {
		return normal{mean: mean, fan: fan}, nil
	}
	if !(low < high) {
		return nil, fmt.Errorf("the interval is [%s, %s], want low < high", number(low), number(high))
	}
	d := truncated{mean: mean, std: std, low: low, high: high, fan: fan}
	probability, m, s := cut((low-mean)/std, (high-mean)/std)
	d.probability, d.cutMean, d.cutStd = probability, mean+float64(std*m), std*s
	return d, d.likely()
}

// likely refuses an interval so improbable that there may be too few random words
// whose normal numbers lie in it. The kernel needs 2^-40, and finds the probability in its own way.
func (d truncated) likely() error {
	if !(d.probability >= 0x1p-39) {
		return fmt.Errorf("the probability of [%s, %s] under N(%s, %s) is %.2g, want 2^-39 or more",
			number(d.low), number(d.high), number(d.mean), number(d.std), d.probability)
	}
	return nil
}

// fits32 checks what rounding the parameters to float32 makes of them.
func (d truncated) fits32() error {
	mean, std, low, high := float32(d.mean), float32(d.std), float32(d.low), float32(d.high)
	switch {
	case math.IsInf(float64(std), 1):
		return fmt.Errorf("the standard deviation %s is beyond float32", number(d.std))
	case math.IsInf(float64(mean), 0):
		return fmt.Errorf("the mean %s is beyond float32", number(d.mean))
	case d.probability > 0x1p-10 && d.std > 0x1p-10*math.Abs(d.mean): // the rounding moves it little
		return nil
	case low == high, std == 0 && low <= mean && mean <= high:
		return nil
	}
	_, err := newTruncated(float64(mean), float64(std), float64(low), float64(high), 0)
	return err
}

func (d truncated) promise() Promise {
	return Promise{Mean: d.cutMean, Std: d.cutStd, Low: d.low, High: d.high, Fan: d.fan, Independent: true}
}

func (d truncated) fill32(w weights[float32]) {
	fillTruncated(w, float32(d.mean), float32(d.std), float32(d.low), float32(d.high))
}

func (d truncated) fill64(w weights[float64]) { fillTruncated(w, d.mean, d.std, d.low, d.high) }

func fillTruncated[T kernels.Float](w weights[T], mean, std, low, high T) {
	w.each(func(piece []T, offset uint64) {
		kernels.TruncatedNormal(piece, w.seed, w.stream, offset, mean, std, low, high)
	})
}

var truncNormalKind = Kind{
	Name: "trunc_normal", Formula: "N(mean, std) within [low, high]", Source: "torch",
	Parameters: []Parameter{
		{Name: "mean", Default: "0", Meaning: "of the normal distribution"},
		{Name: "std", Default: "1", Meaning: "standard deviation of the normal distribution, > 0"},
		{Name: "low", Default: "-2", Meaning: "smallest weight: an absolute value"},
		{Name: "high", Default: "2", Meaning: "largest weight: an absolute value"},
	},
	make: func(s values) (Initializer, error) {
		return TruncNormal(s.number("mean"), s.number("std"), s.number("low"), s.number("high")), nil
	},
}

var truncatedNormalKind = Kind{
	Name: "truncated_normal", Formula: "N(mean, std) within mean + [low, high]*std", Source: "JAX; Keras, whose std is .05",
	Parameters: []Parameter{
		{Name: "mean", Default: "0", Meaning: "of the normal distribution"},
		{Name: "std", Default: ".01", Meaning: "standard deviation of the normal distribution, > 0"},
		{Name: "low", Default: "-2", Meaning: "smallest weight: so many std from the mean"},
		{Name: "high", Default: "2", Meaning: "largest weight: so many std from the mean"},
	},
	make: func(s values) (Initializer, error) {
		return TruncatedNormal(s.number("mean"), s.number("std"), s.number("low"), s.number("high")), nil
	},
}
