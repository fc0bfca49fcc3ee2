package moments

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
)

func variants() map[string]routines {
	all := map[string]routines{"portable": portable}
	for v := kernels.AVX2; v <= kernels.AVX512; v++ {
		if r, has := routinesOf(v); has {
			all[v.String()] = r
		}
	}
	return all
}

func TestChosen(t *testing.T) {
	for v := kernels.Unrolled; v <= kernels.AVX512; v++ {
		want := kernels.Unrolled
		if _, has := routinesOf(v); has {
			want = v
		}
		if got := chosen(v.ISA()).variant; got != want {
			t.Errorf("%s: chosen are those of %s", v, got)
		}
	}
}

// A facts is all that the loops say of values; two are equal when their bits are.
type facts struct {
	sums          [4][Partial]uint64
	least, most   uint32
	zeros, inside int
	bins          [Bins]int64
	columns       string // counts of zeros and of what is outside
}

func factsOf(r routines, x []float32, bins []uint8, center, lo, hi float64) facts {
	var f facts
	var sums Sums
	powers(r, &sums, x, center)
	for p := range sums {
		for i, s := range sums[p] {
			f.sums[p][i] = math.Float64bits(s)
			if s != s {
				f.sums[p][i] = math.Float64bits(math.NaN())
			}
		}
	}
	least, most, zeros := extent(r, x)
	f.least, f.most, f.zeros = math.Float32bits(least), math.Float32bits(most), zeros
	f.inside = inside(r, x, float32(lo), float32(hi))
	binsOf(r, bins, x, NewScale[float32](lo, hi))
	count(r, &f.bins, bins)
	zeros32, outside32 := make([]uint32, len(x)), make([]uint32, len(x))
	for range 2 {
		tally(r, zeros32, outside32, x, float32(lo), float32(hi))
	}
	f.columns = fmt.Sprint(zeros32, outside32)
	return f
}

// compare holds all variants against the portable loops, on values without NaN.
func compare(t *testing.T, x []float32, bins []uint8, center, lo, hi float64) {
	t.Helper()
	want := factsOf(portable, x, bins, center, lo, hi)
	wantBins := string(bins)
	total := int64(0)
	for _, n := range want.bins {
		total += n
	}
	if total != int64(len(x)) {
		t.Fatalf("%d values: %d in the histogram", len(x), total)
	}
	for name, r := range variants() {
		if got := factsOf(r, x, bins, center, lo, hi); got != want {
			t.Fatalf("%s, %d values:\n%+v\nportable:\n%+v", name, len(x), got, want)
		}
		if string(bins) != wantBins {
			t.Fatalf("%s, %d values: other bins", name, len(x))
		}
	}
}

var special = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, .5, -.5, .97, -.97, math.MaxFloat32, -math.MaxFloat32,
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-127, 63, 64, -64,
	float32(math.Inf(1)), float32(math.Inf(-1)),
}

var ranges = []struct{ lo, hi float64 }{
	{-1, 1}, {0, 1}, {-4, 4}, {-math.MaxFloat32, math.MaxFloat32}, {-4e-45, 4e-45}, {-8e-40, 8e-40}, {1, 1.0001}, {-3e30, -1},
}

func TestEveryLength(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	bins := make([]uint8, 2*Block)
	for n := 0; n < 2*Block; n += 1 + n/200*random.IntN(20) {
		x := make([]float32, n)
		for i := range x {
			switch random.IntN(4) {
			case 0:
				x[i] = special[random.IntN(len(special))]
			case 1:
				x[i] = float32(random.IntN(64)) / 32 // on the edges between bins
			default:
				x[i] = float32(random.NormFloat64())
			}
		}
		r := ranges[random.IntN(len(ranges))]
		compare(t, x, bins[:n], random.NormFloat64(), r.lo, r.hi)
	}
}

func FuzzVariants(f *testing.F) {
	var seed []byte
	for _, v := range special {
		seed = binary.LittleEndian.AppendUint32(seed, math.Float32bits(v))
	}
	f.Add(seed, uint8(0), float32(0), uint16(3))
	f.Add(seed, uint8(4), float32(1), uint16(400))
	f.Fuzz(func(t *testing.T, data []byte, scale uint8, center float32, repeat uint16) {
		if len(data) < 4 || center != center {
			return
		}
		x := make([]float32, len(data)/4*(1+int(repeat)%512))
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*(i%(len(data)/4)):]))
			if x[i] != x[i] {
				x[i] = 0
			}
		}
		r := ranges[int(scale)%len(ranges)]
		compare(t, x, make([]uint8, len(x)), float64(center), r.lo, r.hi)
	})
}

// The portable loops against the definitions.
func TestDefinitions(t *testing.T) {
	x := []float32{3, -1, 0, float32(math.Copysign(0, -1)), .5}
	var sums Sums
	Powers(&sums, x, .5)
	for p, want := range []float64{0, 6.25 + 2.25 + .25 + .25, 15.625 - 3.375 - .125 - .125, 39.0625 + 5.0625 + .0625 + .0625} {
		if got := sums.Total(p + 1); got != want {
			t.Errorf("sum of the %d. powers %v, want %v", p+1, got, want)
		}
	}
	if least, most, zeros := Extent(x); least != -1 || most != 3 || zeros != 2 {
		t.Errorf("least %v, most %v, %d zeros", least, most, zeros)
	}
	if least, most, zeros := Extent([]float64{}); !math.IsInf(least, 1) || !math.IsInf(most, -1) || zeros != 0 {
		t.Errorf("of nothing: least %v, most %v, %d zeros", least, most, zeros)
	}
	if least, most, _ := Extent(x[3:4]); math.Signbit(float64(least)) || math.Signbit(float64(most)) {
		t.Error("the extent of -0 is not +0")
	}
	zeros32, outside32 := make([]uint32, len(x)), make([]uint32, len(x))
	Tally(zeros32, outside32, x, 0, 3)
	if fmt.Sprint(zeros32, outside32) != "[0 0 1 1 0] [0 1 0 0 0]" {
		t.Errorf("columns have %v zeros, %v outside", zeros32, outside32)
	}
	if got := Inside(x, 0, 3); got != 4 {
		t.Errorf("%d inside, want 4: both ends count", got)
	}
}

// However narrow or wide the range, what is outside is in the outer bins.
func TestOutsideIsInOuterBins(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		anchor := math.Ldexp(random.Float64()*2-1, random.IntN(250)-125)
		lo := anchor
		hi := lo + math.Abs(anchor)*math.Ldexp(random.Float64(), -random.IntN(30))
		if !(lo < hi) || hi > math.MaxFloat32 {
			continue
		}
		s := NewScale[float32](lo, hi)
		at := func(v float32) uint8 {
			var bin [1]uint8
			BinsOf(bin[:], []float32{v}, s)
			return bin[0]
		}
		below, above := RoundDown[float32](lo), RoundUp[float32](hi)
		if float64(below) == lo {
			below = math.Nextafter32(below, float32(math.Inf(-1)))
		}
		if float64(above) == hi {
			above = math.Nextafter32(above, float32(math.Inf(1)))
		}
		for range 3 {
			if b := at(below); b != 0 {
				t.Fatalf("%v is in bin %d of the range %v to %v", below, b, lo, hi)
			}
			if b := at(above); b != Bins-1 {
				t.Fatalf("%v is in bin %d of the range %v to %v", above, b, lo, hi)
			}
			below, above = below-float32(math.Abs(float64(below)))*random.Float32(), above+float32(math.Abs(float64(above)))*random.Float32()
			if float64(below) >= lo || float64(above) <= hi {
				break
			}
		}
	}
}

func TestRound(t *testing.T) {
	if RoundDown[float32](.97) >= RoundUp[float32](.97) || float64(RoundUp[float32](.97)) < .97 || RoundDown[float64](.97) != .97 || RoundUp[float32](.5) != .5 || RoundDown[float32](.5) != .5 {
		t.Errorf(".97 is between %v and %v", RoundDown[float32](.97), RoundUp[float32](.97))
	}
	if RoundDown[float32](1e200) != math.MaxFloat32 || !math.IsInf(float64(RoundUp[float32](1e200)), 1) || !math.IsInf(RoundDown[float64](math.Inf(-1)), -1) {
		t.Error("rounding beyond the range")
	}
}

func TestBins(t *testing.T) {
	for _, r := range ranges {
		width := r.hi/64 - r.lo/64
		var x []float32
		var want []uint8
		for bin := range Bins {
			v := float32(r.lo + (float64(bin)+.5)*width)
			// The bin of a rounded value is known where it is far from an edge.
			if at := (float64(v) - r.lo) / width; at > 0 && at < Bins && math.Abs(at-math.Floor(at)-.5) < .4 {
				x, want = append(x, v), append(want, uint8(at))
			}
		}
		x, want = append(x, float32(r.lo), float32(r.hi), -math.MaxFloat32, math.MaxFloat32), append(want, 0, Bins-1, 0, Bins-1)
		got := make([]uint8, len(x))
		BinsOf(got, x, NewScale[float32](r.lo, r.hi))
		double, x64 := make([]uint8, len(x)), make([]float64, len(x))
		for i, v := range x {
			x64[i] = float64(v)
		}
		BinsOf(double, x64, NewScale[float64](r.lo, r.hi))
		for i := range x {
			if got[i] != want[i] || double[i] != want[i] {
				t.Errorf("range %v: %v is in bin %d, in float64 in %d; want %d", r, x[i], got[i], double[i], want[i])
			}
		}
	}
	for _, r := range []struct{ lo, hi float64 }{{1, 1}, {2, 1}, {math.NaN(), 1}, {0, math.Inf(1)}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is a range", r)
				}
			}()
			NewScale[float32](r.lo, r.hi)
		}()
	}
}

// What is not finite shows in the fourth powers, whatever else is there.
func TestNotFiniteShows(t *testing.T) {
	for name, r := range variants() {
		for at := range 100 {
			x := make([]float32, 100)
			for i := range x {
				x[i] = math.MaxFloat32 * float32(1-2*(i&1))
			}
			var sums Sums
			powers(r, &sums, x, -math.MaxFloat32)
			if s := sums.Total(4); s-s != 0 {
				t.Fatalf("%s: finite values have %v", name, s)
			}
			for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x[at] = float32(v)
				sums = Sums{}
				powers(r, &sums, x, 0)
				if s := sums.Total(4); s-s == 0 {
					t.Errorf("%s: %v at %d is not seen", name, v, at)
				}
			}
		}
	}
}

// BenchmarkLoops tells the cost of each part, all in the first-level cache.
func BenchmarkLoops(b *testing.B) {
	random := rand.New(rand.NewPCG(3, 4))
	x, bins := make([]float32, Block), make([]uint8, Block)
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	scale := NewScale[float32](-4, 4)
	var sums Sums
	var counts [Bins]int64
	zeros32, outside32 := make([]uint32, Block), make([]uint32, Block)
	for name, r := range variants() {
		for part, do := range map[string]func(){
			"powers": func() { powers(r, &sums, x, 0) },
			"extent": func() { extent(r, x) },
			"inside": func() { inside(r, x, -1, 1) },
			"bins":   func() { binsOf(r, bins, x, scale) },
			"tally":  func() { tally(r, zeros32, outside32, x, -1, 1) },
			"count":  func() { count(r, &counts, bins) },
		} {
			b.Run(fmt.Sprintf("part=%s/variant=%s", part, name), func(b *testing.B) {
				for b.Loop() {
					do()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/Block, "ns/value")
			})
		}
	}
}
