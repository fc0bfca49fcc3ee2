package cli

import (
	"bytes"
	"testing"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

func TestRivalryTable(t *testing.T) {
	row := func(op, variant string, n int64, ns float64) result.Bench {
		return result.Bench{Op: op, Direction: result.Forward, Type: result.Float32, Variant: variant, ISA: "avx2", Workers: 1, N: n, NsPerElem: ns}
	}
	rows := []result.Bench{
		row("tanh", "scalar", 4096, 7), row("tanh", "avx2", 4096, 1.5), row("tanh_faithful", "avx2", 4096, .5),
		row("tanh", "reference", 4096, .1), // is no kernel of ours
		row("tanh", "otherlib", 4096, 1), row("tanh", "otherlib", 64, 2),
	}
	inPlace := row("tanh", "otherlib", 64, 1.75)
	inPlace.Mode = result.InPlace
	data := &runstore.Data{Bench: append(rows, inPlace), Accuracy: []result.Accuracy{
		{Op: "tanh", Direction: result.Forward, Type: result.Float32, Variant: "otherlib", ISA: "avx2", Compared: 1, MaxULP: 2.5, Rounding: result.Unpromised},
	}}
	var out bytes.Buffer
	rivalryTable(data).markdown(&out)
	const want = `| kernel | n | library | its ns/elem | ours ns/elem | ours / its | faithful ns/elem | faithful / its | its max ULP |
| --- | ---:| --- | ---:| ---:| ---:| ---:| ---:| ---:|
| tanh forward, float32 | 4096 | otherlib | 1.000 | 1.500 | 1.50 | 0.500 | 0.50 | 2.5 |
| tanh forward, float32 | 64 | otherlib | 2.000 |  |  |  |  | 2.5 |
| tanh forward, float32 | 64, in-place | otherlib | 1.750 |  |  |  |  | 2.5 |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestNoPeersNoTable(t *testing.T) {
	var out bytes.Buffer
	summarisePeers(&out, &runstore.Data{
		Bench:    []result.Bench{{Op: "tanh", Variant: "avx2", N: 4096, Workers: 1, NsPerElem: 1}},
		Accuracy: []result.Accuracy{{Op: "tanh", Variant: "avx2"}},
	})
	if out.Len() > 0 {
		t.Errorf("no library was timed, yet: %s", out.String())
	}
}

// Below a line of ours, whatever its variant, come the other libraries' of the same kernel.
func TestErrorTable(t *testing.T) {
	row := func(op, variant string, a result.Accuracy) result.Accuracy {
		a.Op, a.Direction, a.Type, a.Variant = op, result.Forward, result.Float32, variant
		a.Inputs, a.Compared = 1000, 1000
		return a
	}
	binades := make([]float64, 512)
	binades[127], binades[0] = 2, 1e6 // at 1 and at the subnormal numbers
	rows := []result.Accuracy{
		row("tanh", "scalar", result.Accuracy{MaxULP: .6, CorrectlyRounded: 900}), row("tanh", "avx2", result.Accuracy{MaxULP: .5, CorrectlyRounded: 1000}),
		row("tanh", "otherlib", result.Accuracy{Rounding: result.Unpromised, MaxULP: 1e6, CorrectlyRounded: 700, NaNDisagree: 1, InfDisagree: 2, ZeroSignDisagree: 3,
			BinadeMaxULP: binades, WorstInput: "0x1", WorstResult: "0x2", WorstExact: "0x3"}),
	}
	var out bytes.Buffer
	errorTable(rows).markdown(&out)
	const want = `| kernel | library | inputs | max ULP | max ULP, x of size 2^-20 to 16 | correctly rounded | NaN | Inf | sign of 0 | worst input | its result | exact |
| --- | --- | ---:| ---:| ---:| ---:| ---:| ---:| ---:| --- | --- | --- |
| tanh forward, float32 | actinit | 1,000 | 0.5 |  | 100% | 0 | 0 | 0 |  |  |  |
| tanh forward, float32 | otherlib | 1,000 | 1e+06 | 2 | 70% | 1 | 2 | 3 | 0x1 | 0x2 | 0x3 |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
