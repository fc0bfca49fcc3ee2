package ops_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// plainFunctions are the functions a caller uses, by row.
type plainFunctions[T kernels.Float] struct {
	forward  func(dst, src []T, param T)
	backward func(dst, grad, saved []T, param T)
}

// plain lists the plain functions of every element-wise operation.
func plain[T kernels.Float]() map[string]plainFunctions[T] {
	type (
		unary = func(dst, src []T)
		grads = func(dst, grad, saved []T)
	)
	none := func(f unary, g grads) plainFunctions[T] {
		return plainFunctions[T]{
			func(dst, src []T, _ T) { f(dst, src) },
			func(dst, grad, saved []T, _ T) { g(dst, grad, saved) },
		}
	}
	return map[string]plainFunctions[T]{
		"sigmoid":   none(kernels.Sigmoid[T], kernels.SigmoidGrad[T]),
		"tanh":      none(kernels.Tanh[T], kernels.TanhGrad[T]),
		"relu":      none(kernels.ReLU[T], kernels.ReLUGrad[T]),
		"leakyrelu": {kernels.LeakyReLU[T], kernels.LeakyReLUGrad[T]},
		"prelu":     {kernels.PReLU[T], kernels.PReLUGrad[T]},
		"elu":       {kernels.ELU[T], kernels.ELUGrad[T]},
		"selu":      none(kernels.SELU[T], kernels.SELUGrad[T]),
		"gelu":      none(kernels.GELU[T], kernels.GELUGrad[T]),
		"gelutanh":  none(kernels.GELUTanh[T], kernels.GELUTanhGrad[T]),
		"silu":      none(kernels.SiLU[T], kernels.SiLUGrad[T]),
		"softplus":  none(kernels.Softplus[T], kernels.SoftplusGrad[T]),

		"relu6": none(kernels.ReLU6[T], kernels.ReLU6Grad[T]),
		"hardtanh": {
			func(dst, src []T, bound T) { kernels.Hardtanh(dst, src, -bound, bound) },
			func(dst, grad, x []T, bound T) { kernels.HardtanhGrad(dst, grad, x, -bound, bound) },
		},
		"threshold": {
			func(dst, src []T, threshold T) { kernels.Threshold(dst, src, threshold, 0) },
			kernels.ThresholdGrad[T],
		},
		"hardshrink": {kernels.Hardshrink[T], kernels.HardshrinkGrad[T]},
		"softshrink": {kernels.Softshrink[T], kernels.SoftshrinkGrad[T]},
		"rrelu": {
			func(dst, src []T, mean T) { kernels.RReLUEvaluation(dst, src, mean, mean) },
			func(dst, grad, x []T, mean T) { kernels.RReLUEvaluationGrad(dst, grad, x, mean, mean) },
		},
		"hardsigmoid":   none(kernels.Hardsigmoid[T], kernels.HardsigmoidGrad[T]),
		"hardswish":     none(kernels.Hardswish[T], kernels.HardswishGrad[T]),
		"softsign":      none(kernels.Softsign[T], kernels.SoftsignGrad[T]),
		"squareplus":    {kernels.Squareplus[T], kernels.SquareplusGrad[T]},
		"sparseplus":    none(kernels.SparsePlus[T], kernels.SparsePlusGrad[T]),
		"sparsesigmoid": none(kernels.SparseSigmoid[T], kernels.SparseSigmoidGrad[T]),
		"exp":           none(kernels.Exp[T], kernels.ExpGrad[T]),
		"celu":          {kernels.CELU[T], kernels.CELUGrad[T]},
		"logsigmoid":    none(kernels.LogSigmoid[T], kernels.LogSigmoidGrad[T]),
		"mish":          none(kernels.Mish[T], kernels.MishGrad[T]),
		"tanhshrink":    none(kernels.Tanhshrink[T], kernels.TanhshrinkGrad[T]),
	}
}

func TestPlainFunctionIsTheRowsKernel(t *testing.T) {
	functions := plain[float32]()
	for name, f := range map[string]func(dst, src []float32){
		"sigmoid_faithful":   kernels.SigmoidFaithful,
		"tanh_faithful":      kernels.TanhFaithful,
		"selu_faithful":      kernels.SELUFaithful,
		"silu_faithful":      kernels.SiLUFaithful,
		"softplus_faithful":  kernels.SoftplusFaithful,
		"exp_faithful":       kernels.ExpFaithful,
		"hardswish_faithful": kernels.HardswishFaithful,
	} {
		functions[name] = plainFunctions[float32]{forward: func(dst, src []float32, _ float32) { f(dst, src) }}
	}
	functions["elu_faithful"] = plainFunctions[float32]{forward: kernels.ELUFaithful}
	testPlain(t, functions, func(r *ops.Row) func(string, kernels.Variant) ops.Kernel[float32] { return r.Kernel32 })
	testPlain(t, plain[float64](), func(r *ops.Row) func(string, kernels.Variant) ops.Kernel[float64] { return r.Kernel64 })
}

func testPlain[T kernels.Float](t *testing.T, functions map[string]plainFunctions[T], kernel func(*ops.Row) func(string, kernels.Variant) ops.Kernel[T]) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	grad, x := make([]T, 1000), make([]T, 1000)
	for i := range x {
		grad[i], x[i] = T(rng.NormFloat64()), T(5*rng.NormFloat64())
	}
	for _, row := range ops.All() {
		if row.Pieces > 1 || kernel(&row)(ops.Forward, kernels.Scalar) == nil {
			continue
		}
		f, found := functions[row.Name]
		if !found {
			t.Errorf("%s: name its plain functions in this test", row.Name)
			continue
		}
		for _, param := range params(&row) {
			a, b := make([]T, len(x)), make([]T, len(x))
			f.forward(a, x, T(param))
			kernel(&row)(ops.Forward, kernels.Scalar)(b, [][]T{x}, T(param))
			equal(t, row.Name+" forward", a, b)
			if !row.Has(ops.Backward, result.Float32) {
				continue
			}
			f.backward(a, grad, x, T(param))
			kernel(&row)(ops.Backward, kernels.Scalar)(b, [][]T{grad, x}, T(param))
			equal(t, row.Name+" backward", a, b)
		}
	}
}

// equal compares bits, NaN as a class.
func equal[T kernels.Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if math.Float64bits(g) != math.Float64bits(w) && (g == g || w == w) {
			t.Errorf("%s: element %d of %d is %g, want %g", what, i, len(want), g, w)
			return
		}
	}
}

// TestMaxoutPieces calls maxout's kernels with pieces of one array and with
// pieces of their own: the first are used where they are.
func TestMaxoutPieces(t *testing.T) {
	row, _ := ops.Find("maxout")
	const n, stride = 33, 40
	array := make([]float32, stride+n)
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range array {
		array[i] = float32(rng.NormFloat64())
	}
	array[3] = array[stride+3] // a tie
	together := [][]float32{array[:n], array[stride : stride+n]}
	apart := [][]float32{append([]float32(nil), together[0]...), append([]float32(nil), together[1]...)}
	grad := make([]float32, n)
	for i := range grad {
		grad[i] = 1 + float32(i)
	}
	a, b := make([]float32, n), make([]float32, n)
	forward := row.Kernel32(ops.Forward, kernels.Scalar)
	forward(a, together, 0)
	forward(b, apart, 0)
	equal(t, "maxout forward", a, b)
	if allocs := testing.AllocsPerRun(10, func() { forward(a, together, 0) }); allocs != 0 {
		t.Errorf("pieces of one array are copied: %v allocations", allocs)
	}
	ga, gb := make([]float32, 2*n), make([]float32, 2*n)
	backward := row.Kernel32(ops.Backward, kernels.Scalar)
	backward(ga, [][]float32{grad, together[0], together[1]}, 0)
	backward(gb, [][]float32{grad, apart[0], apart[1]}, 0)
	equal(t, "maxout backward", ga, gb)
	for i := range n {
		first := together[0][i] >= together[1][i]
		if first && (ga[i] != grad[i] || ga[n+i] != 0) || !first && (ga[i] != 0 || ga[n+i] != grad[i]) {
			t.Errorf("unit %d (%g, %g): gradients %g and %g", i, together[0][i], together[1][i], ga[i], ga[n+i])
		}
	}
}

// FuzzKernels runs every row in every variant on the fuzzer's elements, cut and
// placed as it likes: all variants and places must give the scalar kernel's
// bits, and write nothing else.
func FuzzKernels(f *testing.F) {
	seed := func(values ...float32) []byte {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		return b
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	f.Add(seed(), uint8(0), float32(1))
	f.Add(seed(0, -1, 1, 2, inf, -inf, nan, 1e-45), uint8(3), float32(.5))
	f.Add(seed(-87.5, -103.9, 88.7, 17.3, -1.2784645, -.7517916, 1e-38, -1e-39, 3e38), uint8(17), float32(.01))
	f.Add(make([]byte, 4*67), uint8(255), float32(2))
	f.Fuzz(func(t *testing.T, data []byte, place uint8, param float32) {
		n := min(len(data)/4, 200)
		x32, x64 := make([]float32, n), make([]float64, n)
		for i := range n {
			x32[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			x64[i] = float64(x32[i])
		}
		if param != param || math.IsInf(float64(param), 0) {
			param = 1
		}
		for _, row := range ops.All() {
			for _, of := range []struct { // in one order, so that a failing input fails at the same kernel each time
				direction string
				function  *ops.Function
			}{{ops.Forward, &row.Forward}, {ops.Backward, &row.Backward}, {ops.Fused, &row.Fused}} {
				fuzzKernel(t, &row, of.direction, of.function, row.Kernel32, x32, int(place), param)
				fuzzKernel(t, &row, of.direction, of.function, row.Kernel64, x64, int(place), float64(param))
			}
		}
	})
}

func fuzzKernel[T kernels.Float](t *testing.T, row *ops.Row, direction string, f *ops.Function, kernel func(string, kernels.Variant) ops.Kernel[T], x []T, place int, param T) {
	if kernel(direction, kernels.Scalar) == nil {
		return
	}
	n := len(x)
	in := make([][]T, f.Inputs)
	for k := range in {
		in[k] = make([]T, n)
		for i := range x {
			in[k][i] = x[(i+k*7)%n]
		}
	}
	want := make([]T, n*f.Outputs)
	kernel(direction, kernels.Scalar)(want, in, param)
	for _, v := range ops.Variants() {
		run := kernel(direction, v)
		if run == nil {
			continue
		}
		const guard = 16
		offset := guard + place%16
		whole := make([]T, offset+len(want)+guard)
		for i := range whole {
			whole[i] = 12345
		}
		out := whole[offset : offset+len(want) : offset+len(want)]
		args := append([][]T(nil), in...)
		if at := place / 16 % 4; at < len(in) && f.Outputs == 1 && row.Pieces == 1 { // in place of an input
			copy(out, in[at])
			args[at] = out
		}
		run(out, args, param)
		equal(t, row.Name+" "+direction+" "+v.String(), out, want)
		for i, g := range whole {
			if (i < offset || i >= offset+len(want)) && g != 12345 {
				t.Errorf("%s %s %s wrote element %d of an output of %d", row.Name, direction, v, i-offset, len(want))
			}
		}
	}
}

// TestGatedUnits holds the plain functions of gated units, both gradients, and rows of
// them to the rows' kernels, bit for bit.
func TestGatedUnits(t *testing.T) {
	testGatedUnits(t, func(r *ops.Row) func(string, kernels.Variant) ops.Kernel[float32] { return r.Kernel32 })
	testGatedUnits(t, func(r *ops.Row) func(string, kernels.Variant) ops.Kernel[float64] { return r.Kernel64 })
}

func testGatedUnits[T kernels.Float](t *testing.T, kernel func(*ops.Row) func(string, kernels.Variant) ops.Kernel[T]) {
	t.Helper()
	const width, n = 7, 7 * 181 // two blocks and more
	rng := rand.New(rand.NewPCG(9, 10))
	grad, a, b := make([]T, n), make([]T, n), make([]T, n)
	src := make([]T, 0, 2*n)
	for i := range grad {
		grad[i], a[i], b[i] = T(rng.NormFloat64()), T(3*rng.NormFloat64()), T(5*rng.NormFloat64())
	}
	for lo := 0; lo < n; lo += width {
		src = append(append(src, a[lo:lo+width]...), b[lo:lo+width]...)
	}
	units := map[string]struct {
		forward  kernels.GatedFunc[T]
		backward kernels.GatedGradFunc[T]
	}{
		"glu":      {kernels.GLU[T], kernels.GLUGrad[T]},
		"reglu":    {kernels.ReGLU[T], kernels.ReGLUGrad[T]},
		"geglu":    {kernels.GEGLU[T], kernels.GEGLUGrad[T]},
		"swiglu":   {kernels.SwiGLU[T], kernels.SwiGLUGrad[T]},
		"bilinear": {kernels.Bilinear[T], kernels.BilinearGrad[T]},
	}
	for _, u := range kernels.GatedUnits() {
		row, found := ops.Find(u.Name)
		f, named := units[u.Name]
		if !found || !named {
			t.Errorf("gated unit %s: in the table %v, in this test %v", u.Name, found, named)
			continue
		}
		want, byA, byB := make([]T, n), make([]T, n), make([]T, n)
		kernel(&row)(ops.Forward, kernels.Scalar)(want, [][]T{a, b}, 0)
		kernel(&row)(ops.Forward, kernels.Scalar)(byA, [][]T{grad, b}, 0)
		kernel(&row)(ops.Backward, kernels.Scalar)(byB, [][]T{grad, a, b}, 0)
		dst, da, db := make([]T, n), make([]T, n), make([]T, n)
		f.forward(dst, a, b)
		equal(t, u.Name+" forward", dst, want)
		f.backward(da, db, grad, a, b)
		equal(t, u.Name+" by a", da, byA)
		equal(t, u.Name+" by b", db, byB)

		for _, v := range ops.Variants() {
			if u := kernel(&row)(ops.Forward, v); u != nil {
				u(dst, [][]T{a, b}, 0)
				equal(t, row.Name+" forward "+v.String(), dst, want)
			}
			if u := kernel(&row)(ops.Backward, v); u != nil {
				u(dst, [][]T{grad, a, b}, 0)
				equal(t, row.Name+" backward "+v.String(), dst, byB)
			}
		}

		// In place of any input, each gradient in a place of its own.
		for place := range 6 {
			in := [][]T{append([]T(nil), grad...), append([]T(nil), a...), append([]T(nil), b...)}
			first, second := place%3, (place%3+1+place/3)%3
			f.backward(in[first], in[second], in[0], in[1], in[2])
			equal(t, u.Name+" by a in place", in[first], byA)
			equal(t, u.Name+" by b in place", in[second], byB)
		}
		for place := range 2 {
			in := [][]T{append([]T(nil), a...), append([]T(nil), b...)}
			f.forward(in[place], in[0], in[1])
			equal(t, u.Name+" in place", in[place], want)
		}

		kernels.GatedRows(f.forward, dst, src, width)
		equal(t, u.Name+" of rows", dst, want)
		dsrc := append([]T(nil), src...)
		kernels.GatedRowsGrad(f.backward, dsrc, grad, dsrc, width)
		for lo := 0; lo < n; lo += width {
			equal(t, u.Name+" of rows by a", dsrc[2*lo:2*lo+width], byA[lo:lo+width])
			equal(t, u.Name+" of rows by b", dsrc[2*lo+width:2*(lo+width)], byB[lo:lo+width])
		}
		if allocs := testing.AllocsPerRun(20, func() { f.backward(da, db, grad, a, b) }); allocs != 0 {
			t.Errorf("%s backward allocates %v times", u.Name, allocs)
		}
	}
}
