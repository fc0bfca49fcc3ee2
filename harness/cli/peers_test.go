package cli

import (
	"bytes"
	"testing"

	"actinit/harness/result"
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
	var out bytes.Buffer
	rivalryTable(result.Medians(rows)).markdown(&out)
	const want = `| kernel | n | library | its ns/elem | ours ns/elem | ours / its | faithful ns/elem | faithful / its |
| --- | ---:| --- | ---:| ---:| ---:| ---:| ---:|
| tanh forward, float32 | 4096 | otherlib | 1.000 | 1.500 | 1.50 | 0.500 | 0.50 |
| tanh forward, float32 | 64 | otherlib | 2.000 |  |  |  |  |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestNoPeersNoTable(t *testing.T) {
	var out bytes.Buffer
	summarisePeers(&out, []result.Bench{{Op: "tanh", Variant: "avx2", N: 4096, Workers: 1, NsPerElem: 1}})
	if out.Len() > 0 {
		t.Errorf("no library was timed, yet: %s", out.String())
	}
}
