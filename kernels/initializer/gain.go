package initializer

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/kernels"
)

// An activation is one whose gain is known.
type activation struct {
	name      string
	parameter float64 // the default of the activation's parameter; NaN if it has none
	operation string  // of package kernels, of one pre-activation; "" for the identity
}

var none = math.NaN()

// activations lists those of the harness's table, which a test compares, and the
// layers without one. Of a gated unit a*f(b) the mean square is that of f, and of
// the larger of two independent pre-activations it is 1, as of one.
var activations = []activation{
	{"linear", none, ""},
	{"conv", none, ""},
	{"sigmoid", none, "sigmoid"},
	{"tanh", none, "tanh"},
	{"relu", none, "relu"},
	{"leakyrelu", .01, "leakyrelu"},
	{"prelu", .25, "prelu"},
	{"elu", 1, "elu"},
	{"selu", none, "selu"},
	{"maxout", none, ""},
	{"gelu", none, "gelu"},
	{"gelutanh", none, "gelutanh"},
	{"silu", none, "silu"},
	{"softplus", none, "softplus"},
	{"relu6", none, "relu6"},
	{"hardtanh", 1, "hardtanh"},
	{"threshold", 1, "threshold"},
	{"hardshrink", .5, "hardshrink"},
	{"softshrink", .5, "softshrink"},
	{"rrelu", (1./8 + 1./3) / 2, "rrelu"},
	{"hardsigmoid", none, "hardsigmoid"},
	{"hardswish", none, "hardswish"},
	{"softsign", none, "softsign"},
	{"squareplus", 4, "squareplus"},
	{"sparseplus", none, "sparseplus"},
	{"sparsesigmoid", none, "sparsesigmoid"},
	{"exp", none, "exp"},
	{"celu", 1, "celu"},
	{"logsigmoid", none, "logsigmoid"},
	{"mish", none, "mish"},
	{"tanhshrink", none, "tanhshrink"},
	{"bilinear", none, ""},
	{"glu", none, "sigmoid"},
	{"reglu", none, "relu"},
	{"geglu", none, "gelu"},
	{"swiglu", none, "silu"},
}

// Activations returns the names that [Gain] and [ExactGain] know.
func Activations() []string {
	names := make([]string, len(activations))
	for i, a := range activations {
		names[i] = a.name
	}
	return names
}

// findActivation returns the activation with its parameter: param, or the default
// where none is given.
func findActivation(name string, param []float64) (activation, float64, error) {
	i := slices.IndexFunc(activations, func(a activation) bool { return a.name == name })
	if i < 0 {
		return activation{}, 0, fmt.Errorf("no gain is known for %q: want one of %s", name, strings.Join(Activations(), ", "))
	}
	a := activations[i]
	switch {
	case len(param) == 0 || math.IsNaN(a.parameter):
		return a, a.parameter, nil
	case len(param) > 1:
		return activation{}, 0, fmt.Errorf("the gain of %s needs one parameter, not %d", name, len(param))
	case param[0]-param[0] != 0:
		return activation{}, 0, fmt.Errorf("the gain of %s needs a finite parameter, not %v", name, param[0])
	}
	return a, param[0], nil
}

// DefaultParameter returns the parameter that an activation has where nothing else is
// said, and whether it has any.
func DefaultParameter(name string) (param float64, ok bool) {
	_, param, err := findActivation(name, nil)
	return param, err == nil && !math.IsNaN(param)
}

// TorchHas reports whether PyTorch's calculate_gain has a gain for the activation.
func TorchHas(activation string) bool {
	return slices.Contains([]string{"linear", "conv", "sigmoid", "tanh", "relu", "leakyrelu", "prelu", "selu"}, activation)
}

// Gain returns the factor on a layer's weights that makes up for what its
// activation does to the spread, as PyTorch's calculate_gain has it:
//
//	linear, conv, sigmoid   1
//	tanh                    5/3
//	relu                    sqrt(2)
//	leakyrelu, prelu        sqrt(2/(1+param^2)), param the slope
//	selu                    3/4
//
// To the others PyTorch gives none, and the gain is [ExactGain]. Without a param it is
// that of the activation's default parameter; an activation that has none ignores it. An
// unknown activation, or a parameter that is not finite, is an error.
func Gain(activation string, param ...float64) (float64, error) {
	_, slope, err := findActivation(activation, param)
	if err != nil {
		return 0, err
	}
	if !TorchHas(activation) {
		return ExactGain(activation, param...)
	}
	switch activation {
	case "tanh":
		return 5. / 3, nil
	case "relu":
		return math.Sqrt2, nil
	case "selu":
		return .75, nil
	case "leakyrelu", "prelu":
		return math.Sqrt2 / hypot(1, slope), nil
	}
	return 1, nil // linear, conv and sigmoid
}

// ExactGain returns 1/sqrt(E f(z)^2) for z ~ N(0,1), f the activation: the gain that
// keeps the second moment of wide layers, whose pre-activations then have
// variance 1 however deep the net is. For relu and leakyrelu it is [Gain]'s; for tanh it is
// 1.5925 in place of 5/3, for sigmoid 1.8462 in place of 1, for selu 1 in place of 3/4, with
// which the signal settles elsewhere or dies out. For a gated unit f is that of its gate, and for
// maxout the larger of two.
//
// It is found by quadrature, with a relative error below 1e-11 for parameters from
// 1/10 to 10 and the same bits on every CPU. An activation that is 0, such as hardtanh
// with bound 0, has no gain: that is an error, as is what [Gain] refuses.
func ExactGain(activation string, param ...float64) (float64, error) {
	a, parameter, err := findActivation(activation, param)
	if err != nil {
		return 0, err
	}
	if a.operation == "" {
		return 1, nil
	}
	q := panels(gainLimits(parameter))
	f := make([]float64, len(q.nodes))
	kernels.Lookup(a.operation).Forward64(kernels.Scalar)(f, q.nodes, parameter)
	density := q.gaussian(0)
	for i := range f {
		f[i] = f[i] * f[i] * density[i]
	}
	gain := 1 / math.Sqrt(densityAt0*q.integral(f))
	if !(gain > 0) || math.IsInf(gain, 1) {
		return 0, fmt.Errorf("%s with parameter %s has no gain: 1/sqrt(E f(z)^2) is %v", activation, number(parameter), gain)
	}
	return gain, nil
}

// gainLimits are the limits of panels, a sixteenth wide, that reach 14 standard
// deviations. All kinks of activations are among them: those that no parameter moves are at
// multiples of a half.
func gainLimits(param float64) []float64 {
	const reach, perUnit = 14, 16
	var limits []float64
	for i := -reach * perUnit; i <= reach*perUnit; i++ {
		limits = append(limits, float64(i)/perUnit)
	}
	for _, kink := range []float64{-param, param} {
		if math.Abs(kink) < reach {
			limits = append(limits, kink)
		}
	}
	slices.Sort(limits)
	return slices.Compact(limits)
}

// hypot returns sqrt(a^2+b^2) for a != 0, with the same bits on every target;
// math.Hypot has a body of its own on some.
func hypot(a, b float64) float64 {
	larger, smaller := max(math.Abs(a), math.Abs(b)), min(math.Abs(a), math.Abs(b))
	ratio := smaller / larger
	return larger * math.Sqrt(1+float64(ratio*ratio))
}

// gainParameters are those that say which gain a rule has.
func gainParameters(fallback string) []Parameter {
	return []Parameter{
		{Name: "activation", Default: fallback, Meaning: "whose gain to take", words: Activations()},
		{Name: "param", Meaning: "the activation's parameter; left out, its default"},
		{Name: "gain", Default: "torch", Meaning: "a number, or whose: torch is calculate_gain, exact is 1/sqrt(E f^2)", words: []string{"torch", "exact"}, number: true},
	}
}

// withGain makes a rule with the gain that gainParameters say.
func withGain(s values, make func(gain float64) Initializer) (Initializer, error) {
	if s.isNumber("gain") {
		return make(s.number("gain")), nil
	}
	gainOf := Gain
	if s.word("gain") == "exact" {
		gainOf = ExactGain
	}
	var param []float64
	if s.isNumber("param") {
		param = []float64{s.number("param")}
	}
	gain, err := gainOf(s.word("activation"), param...)
	return make(gain), err
}
