package result

import "testing"

func TestMedians(t *testing.T) {
	row := func(op string, n int64, ns float64) Bench {
		return Bench{Op: op, Direction: "forward", Type: "float32", Variant: "scalar", ISA: "portable", Workers: 1, N: n, NsPerElem: ns, BytesPerOp: 8 * n}
	}
	got := Medians([]Bench{row("tanh", 64, 3), row("relu", 64, 1), row("tanh", 64, 9), row("tanh", 4096, 7), row("tanh", 64, 5), row("tanh", 64, 4)})
	if len(got) != 3 {
		t.Fatalf("%d medians, want 3: %+v", len(got), got)
	}
	if m := got[0]; m.Op != "tanh" || m.N != 64 || m.Samples != 4 || m.NsPerElem != 4.5 || m.BytesPerS != 8/4.5*1e9 {
		t.Errorf("median of 3 4 5 9 ns: got %+v", m)
	}
	if m := got[2]; m.N != 4096 || m.Samples != 1 || m.NsPerElem != 7 {
		t.Errorf("median of one sample: got %+v", m)
	}
}

func TestMediansIn(t *testing.T) {
	row := func(mode string, ns float64) Bench {
		return Bench{Op: "relu", Workers: 1, N: 64, NsPerElem: ns, Mode: mode}
	}
	rows := []Bench{row(Warm, 1), row(Cold, 9), row("", 3), row(InPlace, 2)} // without a mode: of an older run
	for mode, want := range map[string]float64{Warm: 2, Cold: 9, InPlace: 2} {
		if got := MediansIn(mode, rows); len(got) != 1 || got[0].NsPerElem != want || got[0].Mode != mode {
			t.Errorf("%s: %+v, want one of %v ns", mode, got, want)
		}
	}
}
