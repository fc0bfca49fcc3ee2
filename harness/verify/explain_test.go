package verify_test

import (
	"os"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/kernels"
)

func ExampleExplain() {
	o := verify.Options{Filter: func(k result.Kernel) bool {
		return k.Op == "sigmoid" && k.Direction == "forward" && k.Variant == kernels.Scalar.String()
	}}
	if err := verify.Explain(os.Stdout, o, "0xbf800000"); err != nil {
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
		{"parameter", "-1,alpha=0.5", []string{"elu forward float32", "alpha", "-0.31606027"}},
		{"NaN", "0x7fc00001", []string{"NaN"}},
		{"outside the domain", "1,3", []string{"outside [0, 1]: no promise"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := verify.Explain(&b, all, c.input); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is not in:\n%s", want, b.String())
				}
			}
			if strings.Contains(b.String(), "WRONG") {
				t.Errorf("a kernel is wrong:\n%s", b.String())
			}
		})
	}
}

func TestExplainBadInput(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{"", "neither hexadecimal bits"},
		{"0xzz", `"0xzz" is neither hexadecimal bits`},
		{"0x12345678123456789", "neither"},
		{"one", `"one" is neither`},
		{"1,2,3,4", "no selected kernel takes 4 values"},
		{"0x3f800000,0x3ff0000000000000", "mixes bits"},
		{"1,alpha=x", "one parameter and its value"},
		{"1,beta=2", "no selected kernel"},
		{strings.Repeat("1,", 99) + "1", "1 to 17 values"},
	} {
		err := verify.Explain(new(strings.Builder), verify.Options{}, c.input)
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
		if err := verify.Explain(&b, o, input); err != nil {
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
