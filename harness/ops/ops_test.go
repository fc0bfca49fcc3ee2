package ops_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

func TestEveryKernelHasARow(t *testing.T) {
	for _, op := range kernels.Operations() {
		row, found := ops.Find(op.Name)
		if !found {
			t.Errorf("kernels has an operation %s and the table has no row for it", op.Name)
			continue
		}
		for _, v := range ops.Variants() {
			for _, direction := range []string{ops.Forward, ops.Backward} {
				var has32, has64 bool
				if direction == ops.Forward {
					has32, has64 = op.Forward32(v) != nil, op.Forward64(v) != nil
				} else {
					has32, has64 = op.Backward32(v) != nil, op.Backward64(v) != nil
				}
				if got := row.Kernel32(direction, v) != nil; got != has32 {
					t.Errorf("%s %s float32 %s: the row has a kernel: %v, package kernels: %v", op.Name, direction, v, got, has32)
				}
				if got := row.Kernel64(direction, v) != nil; got != has64 {
					t.Errorf("%s %s float64 %s: the row has a kernel: %v, package kernels: %v", op.Name, direction, v, got, has64)
				}
			}
		}
	}
}

func TestEveryFunctionOfRowsHasItsReference(t *testing.T) {
	functions := ops.RowFunctions()
	if got, want := len(functions), len(kernels.RowOperations()); got != want {
		t.Errorf("%d functions of rows, package kernels has %d", got, want)
	}
	for _, f := range functions {
		if f.Reference == nil || f.Exact == nil || f.ExactGrad == nil || f.Cancels32 == nil || f.Cancels64 == nil {
			t.Errorf("kernels has a function of rows %s, and the harness no reference of it", f.Name)
		}
	}
}

func TestEveryRowHasItsKernels(t *testing.T) {
	for _, row := range ops.All() {
		if row.Kernel32 == nil || row.Kernel64 == nil {
			t.Errorf("%s: package kernels has no operation of this name", row.Name)
			continue
		}
		for _, direction := range []string{ops.Forward, ops.Backward} {
			if (row.Kernel32(direction, kernels.Scalar) != nil) != row.Has(direction, result.Float32) ||
				(row.Kernel64(direction, kernels.Scalar) != nil) != row.Has(direction, result.Float64) {
				t.Errorf("%s %s: scalar kernels are not those the row says it has", row.Name, direction)
			}
		}
		if row.Kernel32("sideways", kernels.Scalar) != nil {
			t.Errorf("%s has a kernel in an unknown direction", row.Name)
		}
	}
}

func TestRowsAreComplete(t *testing.T) {
	names := ops.Names()
	if want := []string{"sigmoid", "tanh", "relu", "leakyrelu", "prelu", "elu", "selu", "maxout"}; !slices.Equal(names[:len(want)], want) {
		t.Errorf("the table begins %v, want the lecture's %v", names[:len(want)], want)
	}
	for _, row := range ops.All() {
		if row.Title == "" || row.Formula == "" || row.Source == "" || row.Pieces < 1 || row.Saved == "" {
			t.Errorf("%s: title, formula, source, pieces or saved is missing: %+v", row.Name, row)
		}
		for direction, f := range map[string]ops.Function{ops.Forward: row.Forward, ops.Backward: row.Backward} {
			if f.Formula == "" || f.Inputs < 1 || f.Outputs < 1 || f.Value == nil || !(f.Domain[0] < f.Domain[1]) {
				t.Errorf("%s %s: formula, inputs, outputs, value or domain is missing", row.Name, direction)
			}
			for _, p := range []ops.Promise{f.Promise32, f.Promise64} {
				if p.Rounding == "" || p.ULP < .5 {
					t.Errorf("%s %s: promise %+v", row.Name, direction, p)
				}
			}
		}
		if found, ok := ops.Find(row.Name); !ok || found.Title != row.Title {
			t.Errorf("Find(%q) does not find the row", row.Name)
		}
	}
	if _, ok := ops.Find("sigmold"); ok {
		t.Error("Find found an operation that is not there")
	}
}

// params returns the parameter values of a row, 0 if it has none.
func params(row *ops.Row) []float64 {
	if row.Param == nil {
		return []float64{0}
	}
	return append([]float64{row.Param.Default}, row.Param.Others...)
}

// TestParamDomains: the references give numbers at every value of the domain, and the domain has those that are tried.
func TestParamDomains(t *testing.T) {
	for _, row := range ops.All() {
		if row.Param == nil {
			continue
		}
		for _, param := range params(&row) {
			if err := row.Param.Check(param); err != nil {
				t.Errorf("%s at %g: %v", row.Name, param, err)
			}
		}
		for _, param := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if row.Param.Check(param) == nil {
				t.Errorf("%s: %g is taken", row.Name, param)
			}
		}
		for _, param := range []float64{-1, 0, 1e-30, 1, 1e30} {
			taken, defined := row.Param.Check(param) == nil, true
			for _, x := range []float64{-1, -.5, .5, 1} {
				y, _ := row.Forward.Value([]float64{x}, param, 0)
				defined = defined && !math.IsNaN(y)
			}
			if taken && !defined {
				t.Errorf("%s is NaN at %g, which is taken", row.Name, param)
			}
		}
	}
	for name, want := range map[string]string{
		"celu": "alpha must be a finite number above 0", "hardtanh": "bound must be a finite number from 0 on", "squareplus": "b must be a finite number from 0 on",
	} {
		row, _ := ops.Find(name)
		if err := row.Param.Check(-1); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestDerivatives holds each row's derivative against five-point central
// differences of its forward reference. The tolerance is relative to the
// derivative, with a floor where the difference is all rounding.
func TestDerivatives(t *testing.T) {
	const h = 0x1p-10
	for _, row := range ops.All() {
		if row.Derivative == nil {
			if row.Pieces == 1 {
				t.Errorf("%s has no derivative", row.Name)
			}
			continue
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for _, param := range params(&row) {
			f := func(x float64) float64 { y, _ := row.Forward.Value([]float64{x}, param, 0); return y }
			for range 2000 {
				x := math.RoundToEven((16*rng.Float64()-8)*0x1p20) * 0x1p-20
				if slices.ContainsFunc(row.KinksAt(param), func(kink float64) bool { return math.Abs(x-kink) < 3*h }) {
					continue
				}
				difference := (8*(f(x+h)-f(x-h)) - (f(x+2*h) - f(x-2*h))) / (12 * h)
				derivative := row.Derivative(x, param)
				if math.Abs(difference-derivative) > 1e-7*max(math.Abs(derivative), 1e-5*(1+math.Abs(f(x)))) {
					t.Errorf("%s'(%g; %g) is %.12g, the central difference %.12g", row.Name, x, param, derivative, difference)
				}
			}
		}
	}
}

// TestBackwardIsTheDerivative holds each row's backward function at gradient 1
// and a finely rounded output against its derivative.
func TestBackwardIsTheDerivative(t *testing.T) {
	for _, row := range ops.All() {
		if row.Derivative == nil {
			continue
		}
		for _, param := range params(&row) {
			for x := -6.0; x <= 6; x += .37 {
				saved := x
				if row.Saved == ops.SavedOutput {
					saved, _ = row.Forward.Value([]float64{x}, param, 0)
				}
				got, _ := row.Backward.Value([]float64{1, saved}, param, 0)
				// 1-y and y+alpha cancel: y is known to 2^-53 only.
				if want := row.Derivative(x, param); math.Abs(got-want) > 1e-12*max(1e-3, math.Abs(want)) {
					t.Errorf("%s backward at %g (%g) is %.15g, the derivative %.15g", row.Name, x, param, got, want)
				}
			}
		}
	}
}

// TestValueKeepsItsBound holds Value's interval against the oracle, for every output.
func TestValueKeepsItsBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, row := range ops.All() {
		for direction, f := range map[string]ops.Function{ops.Forward: row.Forward, ops.Backward: row.Backward, ops.Fused: row.Fused} {
			if f.Value == nil { // the row has no fused kernels
				continue
			}
			for _, param := range params(&row) {
				for range 300 {
					in := make([]float64, f.Inputs)
					for k := range in {
						in[k] = float64(float32(8 * rng.NormFloat64()))
					}
					last := &in[len(in)-1]
					*last = min(max(*last, f.Domain[0]), f.Domain[1])
					for piece := range f.Outputs {
						y, bound := f.Value(in, param, piece)
						if bound == 0 {
							continue
						}
						exact, _ := f.Oracle(128, in, param, piece)
						distance, _ := new(big.Float).Sub(exact, big.NewFloat(y)).Float64()
						if math.Abs(distance) > bound {
							t.Errorf("%s %s%v, output %d: |%g - exact| = %g, the bound is %g", row.Name, direction, in, piece, y, math.Abs(distance), bound)
						}
					}
				}
			}
		}
	}
}

func TestVariants(t *testing.T) {
	variants := ops.Variants()
	if len(variants) < 2 || variants[0] != kernels.Scalar || variants[1] != kernels.Unrolled {
		t.Errorf("variants %v", variants)
	}
}
