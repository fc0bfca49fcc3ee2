package matrix

import (
	"math"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
)

// variants are the routines that this CPU runs.
func variants() map[string]routines {
	all := map[string]routines{"portable": portable}
	for v := kernels.Unrolled; v <= kernels.AVX512; v++ {
		if r, has := routinesIn(v); has {
			all[v.String()] = r
		}
	}
	return all
}

func TestChosen(t *testing.T) {
	for v := kernels.Unrolled; v <= kernels.AVX512; v++ {
		want := kernels.Unrolled
		if _, has := routinesIn(v); has {
			want = v
		}
		if got := chosen(v.ISA()).variant; got != want {
			t.Errorf("%s: chosen are those of %s", v, got)
		}
	}
}

// space hands out slices that end, or begin, where nothing may be touched.
type space interface {
	Piece(n int) []float64
}

type heap struct{}

func (heap) Piece(n int) []float64 { return make([]float64, n) }

func normals(random *rand.Rand, s []float64) []float64 {
	for i := range s {
		s[i] = random.NormFloat64()
	}
	return s
}

func sameBits(a, b []float64) (int, bool) {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return i, false
		}
	}
	return 0, len(a) == len(b)
}

// testTile holds tiles to their definition, for A by rows and by columns and any distances between
// rows: what lies between the rows of C is not written.
func testTile(t *testing.T, space space) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, use := range variants() {
		for range 300 {
			k := 1 + random.IntN(40)
			cRow, bRow := StripWidth+random.IntN(5), StripWidth+random.IntN(5)
			aRow, aStep := 1, tileRows+random.IntN(5)
			if random.IntN(2) == 0 {
				aRow, aStep = k+random.IntN(5), 1
			}
			a := normals(random, space.Piece((tileRows-1)*aRow+(k-1)*aStep+1))
			b := normals(random, space.Piece((k-1)*bRow+StripWidth))
			c := normals(random, space.Piece((tileRows-1)*cRow+StripWidth))
			want := append([]float64(nil), c...)
			for r := range tileRows {
				for j := range StripWidth {
					for i := range k {
						want[r*cRow+j] = math.FMA(a[r*aRow+i*aStep], b[i*bRow+j], want[r*cRow+j])
					}
				}
			}
			use.tile(view{c, cRow, 1}, view{a, aRow, aStep}, view{b, bRow, 1}, k, &c[0])
			if i, same := sameBits(c, want); !same {
				t.Fatalf("%s: %d products, rows %d, %d, %d apart: element %d is %x, want %x", name, k, cRow, aRow, bRow, i, c[i], want[i])
			}
		}
	}
}

func TestTile(t *testing.T) { testTile(t, heap{}) }

// A slice that is too short is a panic, not a read beyond it.
func TestTileChecks(t *testing.T) {
	for name, use := range variants() {
		for short := range 3 {
			c, a, b := make([]float64, tileRows*StripWidth), make([]float64, tileRows*9), make([]float64, StripWidth*9)
			switch short {
			case 0:
				c = c[1:]
			case 1:
				a = a[1:]
			case 2:
				b = b[1:]
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: a slice too short is no panic: %d, %d, %d elements", name, len(c), len(a), len(b))
					}
				}()
				use.tile(rowMajor(c, StripWidth), rowMajor(a, tileRows).transposed(), rowMajor(b, StripWidth), 9, &c[0])
			}()
		}
	}
}

func testReflect(t *testing.T, space space) {
	random := rand.New(rand.NewPCG(3, 4))
	for name, use := range variants() {
		for range 300 {
			rows, x, y := random.IntN(20), random.IntN(StripWidth), random.IntN(StripWidth)
			strip := normals(random, space.Piece(rows*StripWidth))
			want := append([]float64(nil), strip...)
			var w, sums [StripWidth]float64
			normals(random, w[:])
			wantSums := sums
			normals(random, sums[:])
			copy(wantSums[:], sums[:])
			for row := want; len(row) > 0; row = row[StripWidth:] {
				before := row[x]
				for j := y / 8 * 8; j < StripWidth; j++ {
					row[j] = math.FMA(-before, w[j], row[j])
				}
				for j := y / 8 * 8; j < StripWidth; j++ {
					wantSums[j] = math.FMA(row[y], row[j], wantSums[j])
				}
			}
			use.reflect(strip, x, &w, y, &sums)
			if i, same := sameBits(strip, want); !same {
				t.Fatalf("%s: %d rows, columns %d and %d: element %d is %x, want %x", name, rows, x, y, i, strip[i], want[i])
			}
			if i, same := sameBits(sums[:], wantSums[:]); !same {
				t.Fatalf("%s: %d rows, columns %d and %d: sum %d is %x, want %x", name, rows, x, y, i, sums[i], wantSums[i])
			}
		}
	}
}

func TestReflect(t *testing.T) { testReflect(t, heap{}) }

// More rows than assembly is given at a time.
func TestReflectManyRows(t *testing.T) {
	const rows = 1<<14 + 5
	var w, want [StripWidth]float64
	w[3] = .25
	random := rand.New(rand.NewPCG(5, 6))
	input := normals(random, make([]float64, rows*StripWidth))
	wantStrip := append([]float64(nil), input...)
	portable.reflect(wantStrip, 2, &w, 3, &want)
	for name, use := range variants() {
		strip := append([]float64(nil), input...)
		var sums [StripWidth]float64
		use.reflect(strip, 2, &w, 3, &sums)
		if i, same := sameBits(strip, wantStrip); !same {
			t.Errorf("%s: element %d is %x, want %x", name, i, strip[i], wantStrip[i])
		}
		if i, same := sameBits(sums[:], want[:]); !same {
			t.Errorf("%s: sum %d is %x, want %x", name, i, sums[i], want[i])
		}
	}
}

// BenchmarkTile tells what the arithmetic of the machine allows: all is in the first-level cache.
func BenchmarkTile(b *testing.B) {
	const k = 96
	c, x, y := make([]float64, tileRows*StripWidth), make([]float64, tileRows*k), make([]float64, StripWidth*k)
	for name, use := range variants() {
		b.Run("variant="+name, func(b *testing.B) {
			for b.Loop() {
				use.tile(rowMajor(c, StripWidth), rowMajor(x, tileRows).transposed(), rowMajor(y, StripWidth), k, &c[0])
			}
			b.ReportMetric(2*tileRows*StripWidth*k*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
