package datasets

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
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
		{"1\n1.0000000000000002\n", NormalizeStandard, "[-1 1]"},
		{"Inf\n-Inf\nNaN\n", NormalizeStandard, fmt.Sprint([]float64{inf, -inf, nan})},
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

// TestNormalizeExtremes: finite values become finite ones of mean 0 and std 1, or between 0 and 1, wherever among
// all floating-point numbers they lie, and however they are cut into batches; infinities stay infinite.
func TestNormalizeExtremes(t *testing.T) {
	t.Run("float64", rapid.MakeCheck(func(t *rapid.T) {
		anywhere := rapid.Map(rapid.Uint64(), math.Float64frombits)
		near := rapid.Map(rapid.IntRange(-2, 2), func(n int) float64 { return math.Float64frombits(uint64(0x3ff0000000000002 + n)) })
		edges := rapid.SampledFrom([]float64{0, 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 1, 0x1p-1022})
		checkNormalized(t, rapid.SliceOfN(rapid.OneOf(anywhere, edges), 1, 1000).Draw(t, "anywhere"), 1e-11)
		checkNormalized(t, rapid.SliceOfN(edges, 1, 20).Draw(t, "edges"), 1e-11)
		checkNormalized(t, rapid.SliceOfN(near, 1, 20).Draw(t, "near one another"), 1e-11)
	}))
	t.Run("float32", rapid.MakeCheck(func(t *rapid.T) {
		anywhere := rapid.Map(rapid.Uint32(), math.Float32frombits)
		checkNormalized(t, rapid.SliceOfN(anywhere, 1, 1000).Draw(t, "anywhere"), 1e-6)
	}))
}

func checkNormalized[T Float](t *rapid.T, x []T, bound float64) {
	var m moments
	for rest := x; len(rest) > 0; {
		n := rapid.IntRange(1, len(rest)).Draw(t, "rows")
		m.add(wrap(rest[:n], nil, 0))
		rest = rest[n:]
	}
	standard := values[T](scaled[T](wrap(x, nil, 0), m.scale(NormalizeStandard)))
	unit := values[T](scaled[T](wrap(x, nil, 0), m.scale(NormalizeMinMax)))
	mean, square, finite := 0., 0., 0.
	for i, v := range x {
		switch v, s, u := float64(v), float64(standard[i]), float64(unit[i]); {
		case math.IsNaN(v) && math.IsNaN(s) && math.IsNaN(u):
		case math.IsInf(v, 0) && s == v && u == v:
		case math.IsNaN(v) || math.IsInf(v, 0) || math.IsNaN(s) || math.IsInf(s, 0) || !(u >= 0 && u <= 1):
			t.Fatalf("%g becomes %g and %g", v, s, u)
		default:
			mean, square, finite = mean+s, square+s*s, finite+1
		}
	}
	mean, square = mean/finite, square/finite
	if std := math.Sqrt(square - mean*mean); finite > 0 && (math.Abs(mean) > bound || m.max != m.min && math.Abs(std-1) > bound || m.max == m.min && square != 0) {
		t.Fatalf("mean %g, standard deviation %g", mean, std)
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

// TestPowerOfTwo: the product is math.Ldexp's to the bit, for values below the scale as large as any column's.
func TestPowerOfTwo(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		v := math.Float64frombits(random.Uint64())
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		exponent := min(exponentOf(math.Abs(v))+random.IntN(2100), 1024)
		if got, want := powerOfTwo(-exponent).times(v), math.Ldexp(v, -exponent); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%g by 2^%d: %g, want %g", v, exponent, got, want)
		}
	}
}
