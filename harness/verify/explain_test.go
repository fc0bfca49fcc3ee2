package verify_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/kernels"
)

func ExampleExplain() {
	o := verify.Options{Filter: func(k result.Kernel) bool {
		return k.Op == "sigmoid" && k.Direction == "forward" && k.Variant == kernels.Scalar.String()
	}}
	if _, err := verify.Explain(os.Stdout, o, "0xbf800000"); err != nil {
		panic(err)
	}
	// Output:
	// sigmoid forward float32: 1/(1+e^-x)
	//   input              0xbf800000  -1
	//   exact value                    0.268941421369995120748840758178      rounding decided by the float64 reference
	//   correctly rounded  0x3e89b2b1  0.26894143
	//   scalar             0x3e89b2b1  0.26894143                            0.364657 ULP, correctly rounded
}

func TestExplain(t *testing.T) {
	all := verify.Options{}
	for _, c := range []struct {
		name, input string
		want        []string
	}{
		{"a tie that the second term breaks", "0x00000003", []string{"gelu forward float32", "rounding decided by double-double arithmetic"}},
		{"both types", "0.5", []string{"tanh forward float32", "tanh forward float64"}},
		{"bits of a float64", "0x3ff0000000000000", []string{"sigmoid forward float64", "0x3ff0000000000000"}},
		{"backward", "0x3f800000,0x40000000", []string{"relu backward float32", "gradient", "saved", "maxout forward float32"}},
		{"maxout backward", "1,2,2", []string{"maxout backward float32", "gradient of piece 0", "gradient of piece 1"}},
		{"a parameter that not all take", "-1,alpha=0", []string{"elu forward float32", "left out: celu of float32: alpha must be a finite number above 0\n"}},
		{"a parameter that float32 does not hold", "-1,alpha=1e-60", []string{"celu forward float64", "left out: celu of float32: alpha must be a finite number above 0\n"}},
		{"parameter", "-1,alpha=0.5", []string{"elu forward float32", "alpha", "-0.31606027"}},
		{"exponents beyond all use", "1.1e31", []string{"logsigmoid forward float32", "exact value                    -0, but for less than 2^-65536"}},
		{"NaN", "0x7fc00001", []string{"NaN"}},
		{"outside the domain", "1,3", []string{"outside [0, 1]: no promise"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			wrong, err := verify.Explain(&b, all, c.input)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is not in:\n%s", want, b.String())
				}
			}
			if wrong > 0 || strings.Contains(b.String(), "WRONG") {
				t.Errorf("a kernel is wrong:\n%s", b.String())
			}
		})
	}
}

// A decimal number stands for the nearest value of each type, that of a 16-bit type
// included: it is explained as that value's bits are.
func TestExplainRoundsDecimalsToTheType(t *testing.T) {
	for _, c := range []struct{ typeName, op, decimal, bits string }{
		{result.Float16, "softshrink", "0.6", "0x38cd"},
		{result.BFloat16, "softshrink", "0.6", "0x3f1a"},
		{result.Float16, "sigmoid", "1e9", "0x7c00"},
		{result.Float16, "sigmoid", "-1e-9", "0x8000"},
		{result.BFloat16, "sigmoid", "NaN", "0x7fc0"},
		// 1 + 2^-11 is a tie in float16, which a term that float32 would lose breaks.
		{result.Float16, "tanh", "1.00048828125000000001", "0x3c00"}, // and so would float64
		{result.Float16, "tanh", "1.000488281250001", "0x3c01"},
	} {
		o := verify.Options{Filter: func(k result.Kernel) bool {
			return k.Op == c.op && k.Type == c.typeName && k.Direction == result.Forward
		}}
		var texts [2]strings.Builder
		for i, input := range []string{c.decimal, c.bits} {
			if wrong, err := verify.Explain(&texts[i], o, input); err != nil || wrong > 0 {
				t.Errorf("%s %s(%s): %d wrong, error %v:\n%s", c.typeName, c.op, input, wrong, err, texts[i].String())
			}
		}
		if texts[0].String() != texts[1].String() {
			t.Errorf("%s %s(%s):\n%sand of its bits %s:\n%s", c.typeName, c.op, c.decimal, texts[0].String(), c.bits, texts[1].String())
		}
	}
}

// A wrong result is counted, which makes the command's exit status.
func TestExplainCountsWrongResults(t *testing.T) {
	row, _ := ops.Find("relu")
	right := row.Kernel32
	row.Kernel32 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		if v != kernels.Scalar {
			return right(direction, v)
		}
		return func(out []float32, in [][]float32, param float32) { out[0] = 7 }
	}
	o := verify.Options{Table: []ops.Row{row}, Filter: func(k result.Kernel) bool { return k.Direction == result.Forward && k.Type == result.Float32 }}
	var b strings.Builder
	if wrong, err := verify.Explain(&b, o, "2"); err != nil || wrong != 1 || strings.Count(b.String(), "WRONG") != 1 {
		t.Errorf("%d wrong, error %v:\n%s", wrong, err, b.String())
	}
}

// The second result of a kernel has an exact value of its own.
func TestExplainSeveralOutputs(t *testing.T) {
	for _, c := range []struct{ op, direction, input, want string }{
		{"silu", result.Fused, "0x3f800000", `silu fused float32: x/(1+e^-x); its derivative
  input              0x3f800000  1
  value
  exact value                    0.731058578630004879251159241822      rounding decided by the float64 reference
  correctly rounded  0x3f3b26a8  0.7310586
  scalar             0x3f3b26a8  0.7310586                             0.317671 ULP, correctly rounded
  derivative
  exact value                    0.927670511871486731788583975408      rounding decided by the float64 reference
  correctly rounded  0x3f6d7bd1  0.92767054
  scalar             0x3f6d7bd1  0.92767054                            0.445502 ULP, correctly rounded
`},
		{"maxout", result.Backward, "0x3f800000,0x40000000,0x40400000", `maxout backward float32: grad to the piece that won, 0 to the others
  gradient           0x3f800000  1
  piece 0            0x40000000  2
  piece 1            0x40400000  3
  gradient of piece 0
  exact value                    0                                     rounding decided by the float64 reference
  correctly rounded  0x00000000  0
  scalar             0x00000000  0                                     0 ULP, correctly rounded
  gradient of piece 1
  exact value                    1                                     rounding decided by the float64 reference
  correctly rounded  0x3f800000  1
  scalar             0x3f800000  1                                     0 ULP, correctly rounded
`},
	} {
		o := verify.Options{Filter: func(k result.Kernel) bool {
			return k.Op == c.op && k.Direction == c.direction && k.Variant == kernels.Scalar.String()
		}}
		var b strings.Builder
		if _, err := verify.Explain(&b, o, c.input); err != nil || b.String() != c.want {
			t.Errorf("error %v, got\n%s\nwant\n%s", err, b.String(), c.want)
		}
	}
}

// A derivative that is off by one place breaks what a sweep holds it to, though not what its products
// may be: the sweep's failure names this input.
func TestExplainHoldsDerivativesToHalfAnULP(t *testing.T) {
	row, _ := ops.Find("silu")
	right := row.Kernel32
	row.Kernel32 = func(direction string, v kernels.Variant) ops.Kernel[float32] {
		return func(out []float32, in [][]float32, param float32) {
			right(direction, v)(out, in, param)
			out[0] = math.Nextafter32(out[0], 2)
		}
	}
	o := verify.Options{Table: []ops.Row{row}, Filter: func(k result.Kernel) bool {
		return k.Direction == result.Backward && k.Type == result.Float32 && k.Variant == kernels.Scalar.String()
	}}
	for input, want := range map[string]int{"0x3f800000,0x3fc51234": 1, "0x3f900000,0x3fc51234": 0} {
		var b strings.Builder
		if wrong, err := verify.Explain(&b, o, input); err != nil || wrong != want {
			t.Errorf("%s: %d wrong, want %d, error %v:\n%s", input, wrong, want, err, b.String())
		}
	}
}

func TestExplainBadInput(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{"", "neither hexadecimal bits"},
		{"0xzz", `"0xzz" is neither hexadecimal bits`},
		{"0x12345678123456789", "neither"},
		{"one", `"one" is neither`},
		{"1,2,3,4", "no selected kernel takes 4 values;"},
		{"0x3f800000,0x3ff0000000000000", "mixes bits"},
		{"1,alpha=x", "one parameter and its value"},
		{"1,alpha=NaN", "alpha must be a finite number"},
		{"1,beta=2", "no selected kernel takes 1 value;"},
		{"0x3f800000,beta=2", "no selected kernel takes 1 float32 value;"},
		{strings.Repeat("1,", 99) + "1", "1 to 17 values"},
	} {
		_, err := verify.Explain(new(strings.Builder), verify.Options{}, c.input)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("input %q: error %v, want one line with %q", c.input, err, c.want)
		}
	}
}

func FuzzExplain(f *testing.F) {
	for _, seed := range []string{"0xbf800000", "1,2", "0x7fc00000,-Inf", "1,2,3", "-1,alpha=0.5", "0x1p-149", "1e400", "0x", ",,", "=1"} {
		f.Add(seed)
	}
	o := verify.Options{Filter: func(k result.Kernel) bool { return k.Type == "float32" && k.Op != "gelutanh" }}
	f.Fuzz(func(t *testing.T, input string) {
		var b strings.Builder
		if _, err := verify.Explain(&b, o, input); err != nil {
			if err.Error() == "" || b.Len() > 0 {
				t.Errorf("input %q: error %q after output %q", input, err, b.String())
			}
			return
		}
		if b.Len() == 0 {
			t.Errorf("input %q: no output and no error", input)
		}
	})
}
