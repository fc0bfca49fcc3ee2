package verify

import (
	"context"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/reference/oracle"
)

func TestFormatULP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.Float64().Draw(t, "y")
		if math.IsInf(y, 0) || y != y {
			return
		}
		if got, want := binary64.ulp(y), oracle.ULP64(y); got != want {
			t.Fatalf("ulp of float64 at %g is %g, want %g", y, got, want)
		}
		if got, want := binary32.ulp(y), oracle.ULP32(y); got != want {
			t.Fatalf("ulp of float32 at %g is %g, want %g", y, got, want)
		}
	})
}

func TestFormatNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "x")
		if up, want := binary32.next(x, 1), math.Nextafter32(x, float32(math.Inf(1))); !same(up, want) && x != -math.SmallestNonzeroFloat32 {
			t.Fatalf("after %g comes %g, want %g", x, up, want)
		}
		if down, want := binary32.next(x, -1), math.Nextafter32(x, float32(math.Inf(-1))); !same(down, want) && x != math.SmallestNonzeroFloat32 {
			t.Fatalf("before %g comes %g, want %g", x, down, want)
		}
	})
}

// TestQuickAgreesWithZiv draws values around float32 rounding boundaries, which
// is where a quick decision could be wrong.
func TestQuickAgreesWithZiv(t *testing.T) {
	j := &judge[float32]{format: binary32}
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "x")
		middle := (float64(x) + float64(math.Nextafter32(x, float32(math.Inf(1))))) / 2
		y := middle + float64(rapid.IntRange(-40, 40).Draw(t, "steps"))*oracle.ULP64(middle)
		bound := oracle.ULP64(y) * rapid.SampledFrom([]float64{0, 2, 8, 40}).Draw(t, "ulps")
		var e expected[float32]
		if !j.quick(&e, y, bound) {
			return
		}
		decided++
		want, sure := oracle.Decides32(y, bound)
		if !sure || !same(e.correct, want) {
			t.Fatalf("quick rounds %g +- %g to %g, Ziv's test to %g (decided: %v)", y, bound, e.correct, want, sure)
		}
		if got, want := e.residual, y/e.ulp-float64(e.correct)/e.ulp; math.Abs(got-want) > 1e-6 {
			t.Fatalf("residual of %g is %g, want %g", y, got, want)
		}
	})
	if decided == 0 {
		t.Error("quick decided nothing")
	}
}

func TestTiesAreDecided(t *testing.T) {
	row, _ := ops.Find("gelu")
	alone := row
	alone.Forward.Pair = nil
	for _, c := range []struct {
		row             *ops.Row
		paired, decided int64
	}{{&row, 2, 0}, {&alone, 0, 2}} {
		j := newJudge(&subject[float32]{row: c.row, direction: ops.Forward, typeName: result.Float32, format: binary32}, 0)
		// x/2 of an odd subnormal is a tie, which the next term, x^2/sqrt(2 pi), breaks upwards.
		x := math.Float32frombits(3)
		if e := j.expect([]float64{float64(x)}, 0); e.correct != math.Float32frombits(2) {
			t.Errorf("gelu(%g) rounds to %g, want %g", x, e.correct, math.Float32frombits(2))
		}
		if e := j.expect([]float64{float64(-x)}, 0); !same(e.correct, -math.Float32frombits(1)) {
			t.Errorf("gelu(%g) rounds to %g, want %g", -x, e.correct, -math.Float32frombits(1))
		}
		if j.paired != c.paired || j.decided != c.decided {
			t.Errorf("pairs decided %d, the oracle %d, want %d and %d", j.paired, j.decided, c.paired, c.decided)
		}
		if e := j.expect([]float64{-1e30}, 0); !same(e.correct, float32(math.Copysign(0, -1))) {
			t.Errorf("gelu(-1e30) rounds to %g, want -0", e.correct)
		}
	}
}

// TestPairAgreesWithOracle holds what double-double arithmetic says of an input
// against what the oracle says, for every function of the table in both types.
func TestPairAgreesWithOracle(t *testing.T) {
	o, err := Options{Samples: .02}.complete()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range ops.All() {
		for _, direction := range []string{ops.Forward, ops.Backward} {
			pairAgrees(t, &subject[float32]{row: &row, direction: direction, typeName: result.Float32, format: binary32}, &o)
			pairAgrees(t, &subject[float64]{row: &row, direction: direction, typeName: result.Float64, format: binary64}, &o)
		}
	}
}

func pairAgrees[T interface{ float32 | float64 }](t *testing.T, s *subject[T], o *Options) {
	fn := s.function()
	if fn.Pair == nil {
		return
	}
	const every = 7 // of the inputs near points of interest, of which there are many
	for _, param := range params[T](s.row) {
		j := newJudge(s, param)
		src := newSource(s.format, s.row, param, o, s.row.Name)
		columns := src.forward()
		if s.direction == ops.Backward {
			columns = src.backward()
		}
		asked, left := 0, 0
		for i := 0; i < len(columns[0]); i += every {
			args := make([]float64, len(columns))
			usable := true
			for k, column := range columns {
				args[k] = float64(column[i])
				usable = usable && args[k]-args[k] == 0
			}
			saved := args[len(args)-1]
			if !usable || saved < fn.Domain[0] || saved > fn.Domain[1] {
				continue
			}
			if _, bound := fn.Value(args, j.param, 0); bound == 0 {
				continue
			}
			v := fn.Pair(args, j.param, 0)
			if v.Hi == 0 {
				continue
			}
			asked++
			var e expected[T]
			if !j.pair(&e, v) {
				left++
				continue
			}
			want := j.ask(args, 0)
			if !same(e.correct, want.correct) || !math.IsInf(float64(e.correct), 0) && math.Abs(e.residual-want.residual) > 1e-9*(1+math.Abs(e.residual))+2*v.Bound/math.Abs(v.Hi)*0x1p53 || e.ulp != want.ulp && want.kind != undecided && e.kind != undecided {
				t.Errorf("%s %s %s%v: %+v by pairs, %+v by the oracle", s.row.Name, s.direction, s.typeName, args, e, want)
				return
			}
			if e.kind != undecided && (e.residual > 0) != (want.residual > 0) && want.kind != undecided {
				t.Errorf("%s %s %s%v: %+v by pairs, %+v by the oracle: the sides differ", s.row.Name, s.direction, s.typeName, args, e, want)
				return
			}
		}
		if 10*left > asked { // ELU with alpha 1.5 has near-ties that take three numbers
			t.Errorf("%s %s %s: pairs leave %d of %d inputs to the oracle", s.row.Name, s.direction, s.typeName, left, asked)
		}
	}
}

func TestInfiniteGradientMeetsTheRoundedDerivative(t *testing.T) {
	row, _ := ops.Find("silu")
	j := newJudge(&subject[float32]{row: &row, direction: ops.Backward, typeName: result.Float32, format: binary32}, 0)
	inf := math.Inf(1)
	for _, c := range []struct {
		x    float64
		want float32
	}{{1, float32(inf)}, {-2, float32(-inf)}, {-200, float32(math.NaN())}} {
		if e := j.expect([]float64{inf, c.x}, 0); !same(e.correct, c.want) {
			t.Errorf("silu backward of gradient Inf at %g expects %g, want %g", c.x, e.correct, c.want)
		}
	}
}

func TestUnderflowWidensTheBound(t *testing.T) {
	row, _ := ops.Find("silu")
	s := subject[float32]{row: &row, direction: ops.Backward, typeName: result.Float32, format: binary32}
	j := newJudge(&s, 0)
	// silu'(-100) is about -3.7e-42, a subnormal with 12 bits: rounding it costs up to 2^-13.
	grad, x := float32(1e30), float32(-100)
	b := &block[float32]{in: [][]float32{{grad}, {x}}, inputs: 1, expected: []expected[float32]{j.expect([]float64{float64(grad), float64(x)}, 0)}}
	tl := &tally[float32]{format: binary32, promise: s.promise(), judge: j}
	e := &b.expected[0]
	if allowed := tl.allowance(b, 0, e); allowed < 100 || allowed > 10000 {
		t.Errorf("the bound is widened by %g ULP, want some hundreds", allowed)
	}
	derivative := float32(float64(e.correct) / float64(grad))
	tl.one(b, 0, grad*derivative)
	// What the promise is widened by is part of the error all the same.
	raw := math.Abs(float64(grad*derivative)-float64(e.correct))/e.ulp - 1
	if raw < 2 || tl.errors.max < raw || tl.errors.widened != 1 || tl.errors.unwidened != 0 || tl.worst.ulp < raw {
		t.Errorf("%+v, worst %g: want one widened error above %g ULP", tl.errors, tl.worst.ulp, raw)
	}
	tl.one(b, 0, grad*(derivative+2*math.SmallestNonzeroFloat32))
	if tl.overBound != 1 {
		t.Errorf("%d results over the bound, want the second one only", tl.overBound)
	}
}

// TestSweep runs one chunk of an exhaustive sweep with a kernel that is wrong at
// one of its 2^24 inputs.
func TestSweep(t *testing.T) {
	row, _ := ops.Find("relu")
	right := row.Kernel32(ops.Forward, kernels.Scalar)
	const spot = 0x40345678
	row.Kernel32 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		if direction != ops.Forward || v != kernels.Scalar {
			return nil
		}
		return func(out []float32, in [][]float32, param float32) {
			right(out, in, param)
			for i, x := range in[0] {
				if math.Float32bits(x) == spot {
					out[i] = 0
				}
			}
		}
	}
	o, err := Options{Table: []ops.Row{row}, Fills: []ops.Fill{}, Exhaustive: true, Progress: progress.Silent{}}.complete()
	if err != nil {
		t.Fatal(err)
	}
	sweeps := 0
	for _, u := range plan(o) {
		if u.Chunk >= 0 && u.Type == result.Float32 {
			sweeps++
		}
		if u.Chunk != spot>>chunkBits || u.Type != result.Float32 {
			continue
		}
		rows, err := u.run(context.Background(), &o)
		if err != nil {
			t.Fatal(err)
		}
		a := rows[0]
		if a.Inputs != 1<<chunkBits || a.OverBound != 1 || a.WorstInput != "0x40345678" || a.CorrectlyRounded != a.Inputs-1 {
			t.Errorf("%s\n%+v", Summary(a), a)
		}
	}
	if sweeps != chunks {
		t.Errorf("%d units of a sweep, want %d", sweeps, chunks)
	}
}

// TestSweepHoldsDerivativesToHalfAnULP sweeps with a backward kernel whose derivative is
// off by one place at one input: less than its products may be.
func TestSweepHoldsDerivativesToHalfAnULP(t *testing.T) {
	row, _ := ops.Find("silu")
	right := row.Kernel32(ops.Backward, kernels.Scalar)
	const spot = 0x3fc51234
	row.Kernel32 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		if direction != ops.Backward || v != kernels.Scalar {
			return nil
		}
		return func(out []float32, in [][]float32, param float32) {
			right(out, in, param)
			for i, x := range in[1] {
				if math.Float32bits(x) == spot {
					out[i] = math.Nextafter32(out[i], 2)
				}
			}
		}
	}
	o, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	s := subject[float32]{&row, ops.Backward, result.Float32, row.Kernel32, binary32}
	rows, err := s.sweep(context.Background(), &o, spot>>chunkBits)
	if err != nil {
		t.Fatal(err)
	}
	if a := rows[0]; a.OverBound != 1 || a.WorstULP > row.Backward.Promise32.ULP || a.WorstInput != "0x3f800000,0x3fc51234" || !a.Failed() {
		t.Errorf("%s\n%+v", Summary(a), a)
	}
	// Of what was sampled there is a row with the products' bound; the whole has both.
	sampled := result.Accuracy{Op: "silu", Direction: ops.Backward, Type: result.Float32, Variant: rows[0].Variant, ISA: rows[0].ISA, Rounding: "bounded", BoundULP: 1.5}
	merged := Merge([]result.Accuracy{sampled, rows[0]})
	if text := Summary(merged[0]); len(merged) != 1 || !strings.Contains(text, "; 1 outside the promise (bounded, 1.5 ULP; with a gradient of 1 0.5 ULP); ") {
		t.Errorf("%d rows: %s", len(merged), text)
	}
}

// TestSweepFindsOneULP sweeps with a kernel that is off by one place at one input in
// 2^24, in its unrolled variant only.
func TestSweepFindsOneULP(t *testing.T) {
	row, _ := ops.Find("silu")
	right := row.Kernel32(ops.Forward, kernels.Unrolled)
	const spot = 0xbe5a1234
	row.Kernel32 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		switch {
		case direction != ops.Forward || v > kernels.Unrolled:
			return nil
		case v == kernels.Scalar:
			return right
		}
		return func(out []float32, in [][]float32, param float32) {
			right(out, in, param)
			for i, x := range in[0] {
				if math.Float32bits(x) == spot {
					out[i] = math.Nextafter32(out[i], 0)
				}
			}
		}
	}
	o, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	s := subject[float32]{&row, ops.Forward, result.Float32, row.Kernel32, binary32}
	rows, err := s.sweep(context.Background(), &o, spot>>chunkBits)
	if err != nil {
		t.Fatal(err)
	}
	if a := rows[0]; a.Failed() || a.CorrectlyRounded != 1<<chunkBits {
		t.Errorf("the right variant: %s", Summary(a))
	}
	if a := rows[1]; a.OverBound != 1 || a.BitwiseDiffers != 1 || a.CorrectlyRounded != 1<<chunkBits-1 || a.WorstInput != "0xbe5a1234" || !(a.MaxULP > .5) {
		t.Errorf("the wrong variant: %s", Summary(a))
	}
}

// TestTrialFindsOneHundredth tries a float64 kernel whose results are the correctly
// rounded ones but in one binade, where some are just over one ULP off: the float
// that lies farther out than the exact value's neighbours, by a hundredth.
func TestTrialFindsOneHundredth(t *testing.T) {
	row, _ := ops.Find("tanh")
	right := row.Kernel64(ops.Forward, kernels.Scalar)
	exact := newJudge(&subject[float64]{row: &row, direction: ops.Forward, typeName: result.Float64, format: binary64}, 0)
	spoilt := 0
	row.Kernel64 = func(direction string, v kernels.Variant) ops.Kernel[float64] {
		if direction != ops.Forward || v != kernels.Scalar {
			return nil
		}
		return func(out []float64, in [][]float64, param float64) {
			right(out, in, param)
			for i, x := range in[0] {
				if math.Float64bits(x)>>52 != 1023-9 {
					continue
				}
				if e := exact.expect([]float64{x}, 0); e.residual > 0 && e.residual < .01 {
					out[i] = math.Nextafter(e.correct, 0)
					spoilt++
				}
			}
		}
	}
	o, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	s := subject[float64]{&row, ops.Forward, result.Float64, row.Kernel64, binary64}
	rows, err := s.trial(context.Background(), &o, "tanh.forward.float64.trial-00", 0)
	if err != nil {
		t.Fatal(err)
	}
	a := rows[0]
	if spoilt == 0 || a.Inputs != trialUnit || a.OverBound == 0 || a.Unfaithful != a.OverBound || a.MaxULP <= 1 || a.MaxULP > 1.01 {
		t.Errorf("%d results spoilt: %s", spoilt, Summary(a))
	}
	if a.OracleDecided*100 > a.Inputs {
		t.Errorf("the oracle decided %d of %d inputs", a.OracleDecided, a.Inputs)
	}
	for binade, err := range a.BinadeMaxULP {
		if finite := binade%2048 != 2047; finite && math.IsNaN(err) || err > 1 && binade != 1023-9 {
			t.Errorf("binade %d: largest error %g", binade, err)
		}
	}
}

func TestWithinFindsTheDomain(t *testing.T) {
	for _, domain := range [][2]float64{{0, 1}, {-1, 1}, {-3.5, math.Inf(1)}, {math.Inf(-1), math.Inf(1)}, {.25, .5}} {
		rapid.Check(t, func(t *rapid.T) {
			x := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "x")
			y := within(x, domain)
			if y < domain[0] || y > domain[1] || y != y {
				t.Fatalf("%g is brought to %g, outside %v", x, y, domain)
			}
			if x >= domain[0] && x <= domain[1] && y != x {
				t.Fatalf("%g, inside %v, is brought to %g", x, domain, y)
			}
		})
	}
}

func TestExhaustivePlanDropsWhatTheSweepTries(t *testing.T) {
	row, _ := ops.Find("relu")
	row.Kernel64, row.KernelFloat16, row.KernelBFloat16 = nil, nil, nil
	o, err := Options{Table: []ops.Row{row}, Fills: []ops.Fill{}, Exhaustive: true, Samples: .01, Filter: func(k result.Kernel) bool { return k.Direction == ops.Forward }}.complete()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := plan(o)[0].run(context.Background(), &o)
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].Inputs != 0 || rows[0].LayoutFailures != 0 {
		t.Errorf("beside a sweep, the sampled unit tries %d inputs again", rows[0].Inputs)
	}
}
