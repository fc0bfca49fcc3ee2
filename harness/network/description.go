package network

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"actinit/harness/ops"
)

// A Description says what a net is made of. Its JSON form is
//
//	{"input": [1, 8, 8], "layers": [
//	  {"conv": 16, "kernel": 3, "padding": 1, "bias": true, "activation": "relu"},
//	  {"residual": [
//	    {"conv": 16, "kernel": 3, "padding": 1, "activation": "relu"},
//	    {"conv": 16, "kernel": 3, "padding": 1}
//	  ], "activation": "relu"},
//	  {"pool": "mean"},
//	  {"name": "head", "dense": 10, "bias": true}
//	]}
type Description struct {
	Input  []int     `json:"input"`  // an example's shape: [values] or [channels, height, width]
	Layers []Element `json:"layers"` // in the order of the forward pass
}

// An Element is a layer (Dense or Conv), a residual block or a pooling: it has
// exactly one of the fields Dense, Conv, Residual and Pool.
type Element struct {
	Name string `json:"name,omitempty"` // of a layer, for its weights: "fc1" has "fc1.weight"; "layer3" if empty

	Dense   int `json:"dense,omitempty"`   // units of a fully connected layer
	Conv    int `json:"conv,omitempty"`    // channels out of a convolution
	Kernel  int `json:"kernel,omitempty"`  // its height and width
	Stride  int `json:"stride,omitempty"`  // 1 if 0
	Padding int `json:"padding,omitempty"` // zeros around the image

	Bias       bool `json:"bias,omitempty"`        // a bias for each unit or channel
	ScalarBias bool `json:"scalar_bias,omitempty"` // Fixup's: one number added to the layer's input, one to what its activation takes

	Activation string   `json:"activation,omitempty"` // of the table; none if empty. A residual's is applied to the sum
	Param      *float64 `json:"param,omitempty"`      // the activation's parameter, its default if nil

	Residual   []Element `json:"residual,omitempty"`   // the branch
	Multiplier bool      `json:"multiplier,omitempty"` // Fixup's: a learned factor of the branch

	Pool string `json:"pool,omitempty"` // "mean": each channel's mean over the image
}

// A Shape is that of one example's signal.
type Shape struct{ Channels, Height, Width int }

// Positions returns the number of places of a channel.
func (s Shape) Positions() int { return s.Height * s.Width }

// Size returns the number of values.
func (s Shape) Size() int { return s.Channels * s.Positions() }

// String returns "300" or "16x8x8".
func (s Shape) String() string {
	if s.Positions() == 1 {
		return fmt.Sprint(s.Channels)
	}
	return fmt.Sprintf("%dx%dx%d", s.Channels, s.Height, s.Width)
}

// Limits of a net: beyond them a description is a slip of the keyboard.
const (
	maxSize  = 1 << 22 // values of a signal, weights of a row
	maxDepth = 10000   // layers
	// A kernel's values are those of a row of weights, if there is one channel. With this all
	// products of sizes below fit into an int.
	maxKernel = 1 << 11
	// MaxWeights is the largest number of weights of a net. With a gradient for each, and in
	// float32, they take 16 GiB.
	MaxWeights = 1 << 31
)

// MaxNesting is how deep residuals may stand in one another.
const MaxNesting = 100

var errNesting = fmt.Errorf("residuals are nested more than %d deep", MaxNesting)

// inputShape checks the shape of an example.
func inputShape(dims []int) (Shape, error) {
	s := Shape{1, 1, 1}
	switch len(dims) {
	case 1:
		s.Channels = dims[0]
	case 3:
		s = Shape{dims[0], dims[1], dims[2]}
	default:
		return s, fmt.Errorf("input %v: want [values] or [channels, height, width]", dims)
	}
	for _, d := range dims {
		if d < 1 || d > maxSize {
			return s, fmt.Errorf("input %v: want sizes from 1 to %d", dims, maxSize)
		}
	}
	if s.Height*s.Width > maxSize/s.Channels { // the product of all three may not fit into an int
		return s, fmt.Errorf("input %v has more than %d values", dims, maxSize)
	}
	return s, nil
}

// out returns the shape of what a layer makes of a signal of shape in.
func (e Element) out(in Shape) (Shape, error) {
	switch {
	case e.Dense != 0:
		if e.Dense < 1 || e.Dense > maxSize {
			return in, fmt.Errorf("dense is %d, want 1 to %d units", e.Dense, maxSize)
		}
		if e.Kernel|e.Stride|e.Padding != 0 {
			return in, fmt.Errorf("a dense layer has no kernel, stride or padding")
		}
		return Shape{e.Dense, 1, 1}, nil
	case e.Pool != "":
		if e.Pool != PoolMean {
			return in, fmt.Errorf("pool is %q, want %q", e.Pool, PoolMean)
		}
		return Shape{in.Channels, 1, 1}, nil
	}
	stride := max(1, e.Stride)
	switch {
	case e.Conv < 1 || e.Conv > maxSize:
		return in, fmt.Errorf("conv is %d, want 1 to %d channels", e.Conv, maxSize)
	case e.Kernel < 1 || e.Kernel > maxKernel:
		return in, fmt.Errorf("kernel is %d, want 1 to %d", e.Kernel, maxKernel)
	case e.Stride < 0 || e.Padding < 0 || e.Padding >= e.Kernel:
		return in, fmt.Errorf("stride is %d and padding %d, want a stride from 1 and a padding below the kernel's %d", e.Stride, e.Padding, e.Kernel)
	}
	side := func(n int) int { return (n+2*e.Padding-e.Kernel)/stride + 1 }
	if in.Height+2*e.Padding < e.Kernel || in.Width+2*e.Padding < e.Kernel {
		return in, fmt.Errorf("a kernel of %d does not fit into an image of %dx%d with padding %d", e.Kernel, in.Height, in.Width, e.Padding)
	}
	s := Shape{e.Conv, side(in.Height), side(in.Width)}
	if s.Size() > maxSize || in.Channels*e.Kernel*e.Kernel > maxSize {
		return in, fmt.Errorf("more than %d values in a signal or a row of weights", maxSize)
	}
	return s, nil
}

// kind checks that the element is one thing and has only what belongs to it.
func (e Element) kind() error {
	kinds := 0
	for _, is := range []bool{e.Dense != 0, e.Conv != 0, e.Residual != nil, e.Pool != ""} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		return fmt.Errorf(`want exactly one of "dense", "conv", "residual" and "pool"`)
	}
	layer := e.Dense != 0 || e.Conv != 0
	switch {
	case e.Multiplier && e.Residual == nil:
		return fmt.Errorf("only a residual has a multiplier")
	case (e.Bias || e.ScalarBias || e.Name != "") && !layer:
		return fmt.Errorf("only layers have a name, a bias or a scalar_bias")
	case strings.ContainsFunc(e.Name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }):
		return fmt.Errorf("the name %q has characters that cannot be printed", e.Name)
	case e.Pool != "" && e.Activation != "":
		return fmt.Errorf("a pooling has no activation")
	case e.Residual != nil && len(e.Residual) == 0:
		return fmt.Errorf("the residual branch is empty")
	case e.Residual != nil && e.Kernel|e.Stride|e.Padding != 0, e.Pool != "" && e.Kernel|e.Stride|e.Padding != 0:
		return fmt.Errorf("only a convolution has a kernel, stride or padding")
	case e.Activation == "" && e.Param != nil:
		return fmt.Errorf("there is a param but no activation")
	}
	return nil
}

// operation returns the activation's row and parameter, nil for none.
func (e Element) operation() (*ops.Row, float64, error) {
	if e.Activation == "" {
		return nil, 0, nil
	}
	row, ok := ops.Find(e.Activation)
	switch {
	case !ok || row.Twin != "":
		return nil, 0, fmt.Errorf("no activation is called %q; actinit list has them all", e.Activation)
	case e.Param != nil && row.Param == nil:
		return nil, 0, fmt.Errorf("%s has no parameter", row.Name)
	case e.Residual != nil && row.Pieces > 1:
		return nil, 0, fmt.Errorf("%s takes several pieces, and the sum of a residual is one", row.Name)
	}
	param := 0.
	if row.Param != nil {
		param = row.Param.Default
		if e.Param != nil {
			param = *e.Param
		}
		if math.IsNaN(param) || math.Abs(param) > math.MaxFloat32 {
			return nil, 0, fmt.Errorf("param is %v, want a number that float32 can hold", param)
		}
		if err := row.Param.Check(float64(float32(param))); err != nil {
			return nil, 0, fmt.Errorf("param is %v, and %s's %w", param, row.Name, err)
		}
	}
	return &row, param, nil
}

// Check returns why [New] would refuse the description, nil if it would not. It makes no net.
func (d Description) Check() error {
	_, err := plan[float32](d, nil, 1)
	return err
}

// ParameterCount returns the number of parameters of the net that New would make.
func (d Description) ParameterCount() (int, error) {
	n, err := plan[float32](d, nil, 1)
	if err != nil {
		return 0, err
	}
	return n.ParameterCount(), nil
}

// An elementError names the element that is wrong.
type elementError struct {
	path []int // from 0: of the element in its list, after those it stands in
	err  error
}

// at puts the place of an element before an error.
func at(path []int, err error) error { return &elementError{slices.Clone(path), err} }

func (e *elementError) Error() string {
	return fmt.Sprintf("layers, element %s: %v", place(e.path), e.err)
}
func (e *elementError) Unwrap() error { return e.err }

// place writes a path, counted from 1: "2.1" is the first of the second's branch.
func place(path []int) string {
	var words []string
	for _, i := range path {
		words = append(words, fmt.Sprint(i+1))
	}
	return strings.Join(words, ".")
}
