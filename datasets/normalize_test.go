package datasets

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		text string
		how  Normalization
		want string
	}{
		{"2\n4\n6\n", NormalizeMinMax, "[0 0.5 1]"},
		{"2\n4\n6\n", NormalizeStandard, fmt.Sprint([]float64{-2 / math.Sqrt(8./3), 0, 2 / math.Sqrt(8./3)})},
		{"2\n4\n6\n", NormalizeNone, "[2 4 6]"},
		{"7\n7\nInf\n", NormalizeMinMax, fmt.Sprint([]float64{0, 0, inf})},
		{"7\n7\nNaN\n", NormalizeStandard, fmt.Sprint([]float64{0, 0, nan})},
		{"-1.5e308\n1.5e308\n", NormalizeMinMax, "[0 1]"},
		{"-1.5e308\n1.5e308\n", NormalizeStandard, "[-1 1]"},
		{"5e-324\n1e-323\n", NormalizeMinMax, "[0 1]"},
		{"NaN\n", NormalizeMinMax, "[NaN]"},
		{"0\n5e-324\n", NormalizeStandard, "[-1 1]"},
		{"0\n5e-324\n", NormalizeMinMax, "[0 1]"},
		{"0\n1e-310\nInf\n", NormalizeStandard, fmt.Sprint([]float64{-1, 1, inf})},
		{"0\n1e-310\n-Inf\n", NormalizeMinMax, fmt.Sprint([]float64{0, 1, -inf})},
		{"Inf\n-Inf\n", NormalizeStandard, fmt.Sprint([]float64{inf, -inf})},
		{"Inf\n-Inf\n", NormalizeMinMax, fmt.Sprint([]float64{inf, -inf})},
	} {
		path := writeFile(t, []byte(test.text))
		b, err := Normalize(func() (*Batches, error) { return OpenBatches(path, Options{}) }, test.how)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		table, err := gather(b, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if got := column(t, table, "c1"); got != "float64"+test.want {
			t.Errorf("%s of %q: %s, want %s", test.how, test.text, got, test.want)
		}
	}
}

func TestNormalizeKeepsNulls(t *testing.T) {
	path := writeFile(t, []byte("x\n1\nnull\n3\n"))
	b, err := Normalize(func() (*Batches, error) { return OpenBatches(path, Options{Type: Float32}) }, NormalizeMinMax)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if rows, err := Encode(&text, CSV, b); err != nil || rows != 3 || text.String() != "x\n0\n\"\"\n1\n" {
		t.Errorf("%d rows, %v: %q", rows, err, text.String())
	}
}

func TestNormalizeNeedsAFile(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("1\n2\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("reads a pipe by its name in /dev/fd, which this system has not")
	}
	if _, err := Normalize(func() (*Batches, error) { return OpenBatches(path, Options{}) }, NormalizeMinMax); err == nil || !strings.Contains(err.Error(), "it is a pipe, which cannot be read twice") {
		t.Errorf("%v", err)
	}
}

// TestMomentsOfPieces: moments do not depend on how a column is cut, and neither size nor offset spoils them.
func TestMomentsOfPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, scale := range []float64{1, 0x1p-1000, 0x1p1000} {
		for _, offset := range []float64{0, 1e6} {
			x := make([]float64, 1000)
			exact := 0.
			for i := range x {
				x[i] = (random.NormFloat64()*float64(i) + offset) * scale
				exact += x[i] / scale / 1000
			}
			variance := 0.
			for _, v := range x {
				variance += (v/scale - exact) * (v/scale - exact) / 1000
			}
			var m moments
			for rest := x; len(rest) > 0; {
				n := min(len(rest), 1+random.IntN(300))
				m.add(wrap(rest[:n], nil, 0))
				rest = rest[n:]
			}
			s := m.summary("x", Float64)
			if e := math.Abs(s.Mean/scale - exact); e > 1e-12*(1+math.Abs(exact)) {
				t.Errorf("scale %g, offset %g: mean %g, want %g", scale, offset, s.Mean/scale, exact)
			}
			if e := math.Abs(s.Std/scale/math.Sqrt(variance) - 1); e > 1e-9 {
				t.Errorf("scale %g, offset %g: std %g, want %g", scale, offset, s.Std/scale, math.Sqrt(variance))
			}
		}
	}
}
