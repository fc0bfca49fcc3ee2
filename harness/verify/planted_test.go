package verify_test

import (
	"math"
	"strings"
	"testing"
	"unsafe"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/kernels"
)

// planted returns the table's row of op with a wrong float32 kernel planted as
// the unrolled variant.
func planted(t *testing.T, op, direction string, wrong func(right ops.Kernel[float32]) ops.Kernel[float32]) ops.Row {
	t.Helper()
	row, found := ops.Find(op)
	if !found {
		t.Fatalf("no row %s", op)
	}
	original := row.Kernel32
	row.Kernel64, row.KernelFloat16, row.KernelBFloat16 = nil, nil, nil
	row.Kernel32 = func(d string, v kernels.Variant) ops.Kernel[float32] {
		if d != direction || v > kernels.Unrolled {
			return nil
		}
		right := original(direction, kernels.Scalar)
		if v == kernels.Unrolled {
			return wrong(right)
		}
		return right
	}
	return row
}

// A plant is a kernel that is wrong in one way.
type plant struct {
	name          string
	op, direction string
	wrong         func(right ops.Kernel[float32]) ops.Kernel[float32]
	found         func(a result.Accuracy) bool
}

// then makes a wrong kernel that runs the right one and spoils its result.
func then(spoil func(out []float32, in [][]float32)) func(ops.Kernel[float32]) ops.Kernel[float32] {
	return func(right ops.Kernel[float32]) ops.Kernel[float32] {
		return func(out []float32, in [][]float32, param float32) {
			kept := make([][]float32, len(in))
			for k := range in {
				kept[k] = append([]float32(nil), in[k]...)
			}
			right(out, in, param)
			spoil(out, kept)
		}
	}
}

func oneULPUp(x float32) float32 { return math.Nextafter32(x, float32(math.Inf(1))) }

var plants = []plant{
	{
		"1 ULP off at one input", "sigmoid", ops.Forward,
		then(func(out []float32, in [][]float32) {
			for i, x := range in[0] {
				if x == 1 {
					out[i] = oneULPUp(out[i])
				}
			}
		}),
		func(a result.Accuracy) bool {
			return a.OverBound > 0 && a.BitwiseDiffers > 0 && a.WorstInput == "0x3f800000" && strings.HasSuffix(a.Reproduce, "--input 0x3f800000")
		},
	},
	{
		"NaN lost", "relu", ops.Forward,
		then(func(out []float32, in [][]float32) {
			for i, x := range in[0] {
				if x != x {
					out[i] = 0
				}
			}
		}),
		func(a result.Accuracy) bool { return a.NaNDisagree > 0 },
	},
	{
		"NaN made of an infinity", "silu", ops.Forward,
		then(func(out []float32, in [][]float32) {
			for i, x := range in[0] {
				if math.IsInf(float64(x), -1) {
					out[i] = float32(math.NaN())
				}
			}
		}),
		func(a result.Accuracy) bool { return a.NaNDisagree > 0 },
	},
	{
		"-0 lost", "tanh", ops.Forward,
		then(func(out []float32, _ [][]float32) {
			for i := range out {
				if out[i] == 0 {
					out[i] = 0
				}
			}
		}),
		func(a result.Accuracy) bool { return a.ZeroSignDisagree > 0 && a.WorstInput == "0x80000000" },
	},
	{
		"subnormal results flushed", "elu", ops.Forward,
		then(func(out []float32, _ [][]float32) {
			for i, y := range out {
				if y != 0 && math.Abs(float64(y)) < 0x1p-126 {
					out[i] = float32(math.Copysign(0, float64(y)))
				}
			}
		}),
		func(a result.Accuracy) bool { return a.OverBound > 0 && a.Unfaithful > 0 },
	},
	{
		"infinity too early", "softplus", ops.Forward,
		then(func(out []float32, _ [][]float32) {
			for i, y := range out {
				if y > 88.7 {
					out[i] = float32(math.Inf(1))
				}
			}
		}),
		func(a result.Accuracy) bool { return a.InfDisagree > 0 },
	},
	{
		"writes past the end", "sigmoid", ops.Forward,
		then(func(out []float32, _ [][]float32) {
			if n := len(out); n > 0 && n < 60 { // within the guards
				unsafe.Slice(&out[0], n+1)[n] = 0
			}
		}),
		func(a result.Accuracy) bool { return a.LayoutFailures > 0 && a.OverBound == 0 && a.BitwiseDiffers == 0 },
	},
	{
		"differs in the tail", "tanh", ops.Forward,
		then(func(out []float32, _ [][]float32) {
			for i := len(out) &^ 7; i < len(out); i++ {
				out[i] = oneULPUp(out[i])
			}
		}),
		func(a result.Accuracy) bool { return a.LayoutFailures > 0 },
	},
	{
		"changes its input", "relu", ops.Backward,
		func(right ops.Kernel[float32]) ops.Kernel[float32] {
			return func(out []float32, in [][]float32, param float32) {
				right(out, in, param)
				if len(out) == 5 {
					in[1][4] = 0
				}
			}
		},
		func(a result.Accuracy) bool { return a.LayoutFailures > 0 },
	},
	{
		"wrong in place", "sigmoid", ops.Backward,
		func(right ops.Kernel[float32]) ops.Kernel[float32] {
			return func(out []float32, in [][]float32, param float32) {
				if len(out) > 0 && &out[0] == &in[1][0] {
					clear(out)
				}
				right(out, in, param)
			}
		},
		func(a result.Accuracy) bool { return a.LayoutFailures > 0 && a.OverBound == 0 },
	},
	{
		"panics on no elements", "relu", ops.Forward,
		func(right ops.Kernel[float32]) ops.Kernel[float32] {
			return func(out []float32, in [][]float32, param float32) {
				_ = out[0]
				right(out, in, param)
			}
		},
		func(a result.Accuracy) bool { return a.LayoutFailures > 0 && a.OverBound == 0 },
	},
	{
		"derivative at a kink", "relu", ops.Backward,
		then(func(out []float32, in [][]float32) {
			for i, x := range in[1] {
				if x == 0 {
					out[i] = in[0][i]
				}
			}
		}),
		func(a result.Accuracy) bool { return a.OverBound > 0 },
	},
	{
		"piece that lost a tie gets the gradient", "maxout", ops.Backward,
		then(func(out []float32, in [][]float32) {
			n := len(in[0])
			for i := range n {
				if in[1][i] == in[2][i] {
					out[i], out[n+i] = out[n+i], out[i]
				}
			}
		}),
		func(a result.Accuracy) bool { return a.OverBound > 0 },
	},
}

func TestPlantedKernelsAreFound(t *testing.T) {
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			table := []ops.Row{planted(t, p.op, p.direction, p.wrong)}
			seen := 0
			for _, row := range run(t, verify.Options{Table: table, Fills: []ops.Fill{}, RowFunctions: []ops.RowFunction{}}) {
				wrong := row.Variant == kernels.Unrolled.String()
				switch {
				case row.Direction != p.direction:
				case wrong && !p.found(row):
					t.Errorf("not found: %s (%+v)", verify.Summary(row), row)
				case wrong && (row.Reproduce == "" || !strings.HasPrefix(verify.Summary(row), "WRONG")):
					t.Errorf("no reproducer: %s", verify.Summary(row))
				case !wrong && row.Failed():
					t.Errorf("a right kernel failed: %s", verify.Summary(row))
				case wrong:
					seen++
				}
			}
			if seen != 1 {
				t.Errorf("%d rows of the planted kernel, want 1", seen)
			}
		})
	}
}

func TestPlantedFloat64IsFound(t *testing.T) {
	row, _ := ops.Find("tanh")
	original := row.Kernel64
	row.Kernel32, row.KernelFloat16, row.KernelBFloat16 = nil, nil, nil
	scaled := func(direction string, factor float64) func(string, kernels.Variant) ops.Kernel[float64] {
		return func(d string, v kernels.Variant) ops.Kernel[float64] {
			right := original(d, kernels.Scalar)
			if v != kernels.Scalar || d != direction {
				if v == kernels.Scalar {
					return right
				}
				return nil
			}
			return func(out []float64, in [][]float64, param float64) {
				right(out, in, param)
				for i := range out {
					out[i] *= factor
				}
			}
		}
	}
	for _, c := range []struct {
		name, spoiled, direction string
		factor                   float64
		failed                   bool
	}{
		{"three ULP forward", ops.Forward, ops.Forward, 1 + 0x1p-51, true},
		{"five ULP backward", ops.Backward, ops.Backward, 1 + 0x1p-50, true},
		{"five ULP backward, too little for differences", ops.Backward, result.GradCheck, 1 + 0x1p-50, false},
		{"derivative off by a millionth", ops.Backward, result.GradCheck, 1 + 1e-6, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			row.Kernel64 = scaled(c.spoiled, c.factor)
			found := false
			for _, a := range run(t, verify.Options{Table: []ops.Row{row}, Fills: []ops.Fill{}, RowFunctions: []ops.RowFunction{}}) {
				if a.Direction == c.direction {
					found = true
					if a.Failed() != c.failed {
						t.Error(verify.Summary(a))
					}
				}
			}
			if !found {
				t.Errorf("no row for %s", c.direction)
			}
		})
	}
}

func TestPlantedFillIsFound(t *testing.T) {
	fills := ops.Fills()
	for i := range fills {
		right := fills[i].Kernel32
		fills[i].Kernel32 = func(v kernels.Variant) ops.FillKernel[float32] {
			fill := right(v)
			if fill == nil {
				return nil
			}
			return func(dst []float32, seed, stream, offset uint64) {
				fill(dst, seed, stream, offset)
				for i := len(dst) &^ 3; i < len(dst); i++ { // a tail that draws other words
					dst[i] = .5 - dst[i]
				}
			}
		}
	}
	for _, row := range run(t, verify.Options{Table: []ops.Row{}, Fills: fills, RowFunctions: []ops.RowFunction{}}) {
		if row.Type == "float32" && row.LayoutFailures == 0 {
			t.Errorf("not found: %s", verify.Summary(row))
		}
	}
}

func TestZeroFunctionIsMistrusted(t *testing.T) {
	row, _ := ops.Find("relu")
	row.Kernel64, row.KernelFloat16, row.KernelBFloat16 = nil, nil, nil
	zero := func(out []float32, _ [][]float32, _ float32) { clear(out) }
	row.Forward.Value = func([]float64, float64, int) (float64, float64) { return 0, 0 }
	row.Kernel32 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		if direction != ops.Forward || v != kernels.Scalar {
			return nil
		}
		return zero
	}
	for _, a := range run(t, verify.Options{Table: []ops.Row{row}, Fills: []ops.Fill{}, RowFunctions: []ops.RowFunction{}}) {
		if !a.Mistrusted || a.Failed() || !strings.HasPrefix(verify.Summary(a), "MISTRUSTED") {
			t.Errorf("a check whose results are all zero must be mistrusted: %s", verify.Summary(a))
		}
	}
}

// One number of 65,536 that is rounded to the other side of a tie is found.
func TestPlantedHalfIsFound(t *testing.T) {
	row, _ := ops.Find("silu")
	right := row.KernelBFloat16
	row.Kernel32, row.Kernel64, row.KernelFloat16 = nil, nil, nil
	row.KernelBFloat16 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		if direction != ops.Forward || v != kernels.Scalar {
			return nil
		}
		return func(out []float32, in [][]float32, param float32) {
			right(direction, v)(out, in, param)
			for i, x := range in[0] {
				if x == 3*0x1p-133 { // x/2 + x^2/4 is above the tie
					out[i] = 0x1p-133
				}
			}
		}
	}
	for _, a := range run(t, verify.Options{Table: []ops.Row{row}, Fills: []ops.Fill{}, RowFunctions: []ops.RowFunction{}}) {
		if a.Type == result.BFloat16 && (a.OverBound != 1 || a.WorstInput != "0x0003" || !a.Exhaustive) {
			t.Errorf("not found: %s", verify.Summary(a))
		}
	}
}
