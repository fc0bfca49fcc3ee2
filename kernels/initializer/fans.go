package initializer

import (
	"fmt"
	"math"
	"math/bits"
)

// Fans returns how many inputs feed one output unit and how many outputs one
// input feeds, for a weight of shape (out, in/groups, k...):
//
//	fanIn  = shape[1] * k...
//	fanOut = shape[0] * k...
//
// A fully connected layer has the shape (out, in); a convolution with square
// filters has fanIn = filter_size^2 * input_channels.
//
// It is an error if the shape has fewer than two dimensions, a negative one, or
// more elements than an int counts. Fans can be 0; scaled initialisers refuse that.
func Fans(shape ...int) (fanIn, fanOut int, err error) {
	if len(shape) < 2 {
		return 0, 0, fmt.Errorf("shape %v has no fans: want (out, in) or (out, in/groups, k...)", shape)
	}
	if _, err := elements(shape); err != nil {
		return 0, 0, err
	}
	// Either fan is at most the number of elements, unless that is 0.
	field, ok := product(shape[2:])
	if ok {
		fanIn, ok = times(field, shape[1])
	}
	if ok {
		fanOut, ok = times(field, shape[0])
	}
	if !ok {
		return 0, 0, errTooLarge(shape)
	}
	return fanIn, fanOut, nil
}

// elements returns the number of elements of a tensor of the shape; a scalar's
// empty shape has one.
func elements(shape []int) (int, error) {
	for i, n := range shape {
		if n < 0 {
			return 0, fmt.Errorf("dimension %d of shape %v is negative", i, shape)
		}
	}
	n, ok := product(shape)
	if !ok {
		return 0, errTooLarge(shape)
	}
	return n, nil
}

func errTooLarge(shape []int) error {
	return fmt.Errorf("shape %v has more elements than an int counts", shape)
}

// product multiplies non-negative numbers; a zero among them makes it 0, however
// large the others are.
func product(factors []int) (n int, ok bool) {
	n, ok = 1, true
	for _, f := range factors {
		if f == 0 {
			return 0, true
		}
		var fits bool
		n, fits = times(n, f)
		ok = ok && fits
	}
	return n, ok
}

func times(a, b int) (n int, ok bool) {
	high, low := bits.Mul64(uint64(a), uint64(b))
	return int(low), high == 0 && low <= math.MaxInt
}

// A Mode says by which fan an initialiser is scaled.
type Mode int

const (
	Unscaled   Mode = iota // by none: the distribution is the same for every shape
	FanIn                  // by fanIn, which keeps the spread of activations
	FanOut                 // by fanOut, which keeps the spread of gradients
	FanAverage             // by (fanIn+fanOut)/2, between the two
)

// String returns the mode's name: unscaled, fan_in, fan_out or fan_avg.
func (m Mode) String() string {
	switch m {
	case Unscaled:
		return "unscaled"
	case FanIn:
		return "fan_in"
	case FanOut:
		return "fan_out"
	case FanAverage:
		return "fan_avg"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// fan returns the fan of the shape by which the mode scales, above 0.
func (m Mode) fan(shape []int) (float64, error) {
	in, out, err := Fans(shape...)
	if err != nil {
		return 0, err
	}
	var fan float64
	switch m {
	case FanIn:
		fan = float64(in)
	case FanOut:
		fan = float64(out)
	case FanAverage:
		fan = (float64(in) + float64(out)) / 2
	default:
		return 0, fmt.Errorf("no fan is called %v: want fan_in, fan_out or fan_avg", m)
	}
	if fan == 0 {
		return 0, fmt.Errorf("shape %v has %v 0, by which nothing can be scaled", shape, m)
	}
	return fan, nil
}
