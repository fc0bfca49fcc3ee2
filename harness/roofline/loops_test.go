package roofline

import (
	"math"
	"testing"
	"unsafe"

	"actinit/kernels"
)

// everySet calls test with the loops of each instruction set this CPU has.
func everySet(t *testing.T, test func(t *testing.T, l *loops)) {
	for _, isa := range []string{kernels.Portable, kernels.AVX2.ISA(), kernels.AVX512.ISA()} {
		t.Run(isa, func(t *testing.T) {
			l := loopsOf(isa)
			if l == nil {
				t.Skip("this CPU or build does not have the instruction set of these loops")
			}
			test(t, l)
		})
	}
}

// memoryFor returns n words of memory that begin on a cache line, with guard words around them.
const guardWords = 16

func memoryFor(n int, fill func(i int) uint64) (first *byte, all []uint64) {
	memory := kernels.AlignedSlice[float64](n + 2*guardWords)
	all = unsafe.Slice((*uint64)(unsafe.Pointer(&memory[0])), len(memory))
	for i := range all {
		all[i] = fill(i - guardWords)
	}
	return (*byte)(unsafe.Pointer(&all[guardWords])), all
}

func scrambled(seed uint64) func(i int) uint64 {
	return func(i int) uint64 { return (uint64(i) + seed) * 0x9E3779B97F4A7C15 }
}

// expect compares memory behind and between the guards.
func expect(t *testing.T, what string, all []uint64, old, want func(i int) uint64) {
	t.Helper()
	for i, got := range all {
		expected := old
		if i >= guardWords && i < len(all)-guardWords {
			expected = want
		}
		if got != expected(i-guardWords) {
			t.Fatalf("%s: word %d is %#x, want %#x", what, i-guardWords, got, expected(i-guardWords))
		}
	}
}

const testWords = 3 * block / 8

func TestLoad(t *testing.T) {
	everySet(t, func(t *testing.T, l *loops) {
		const times = 3
		src, all := memoryFor(testWords, scrambled(1))
		var sums [8]uint64
		l.load(src, 8*testWords, times, &sums[0])
		var got, want uint64
		for _, s := range sums {
			got += s
		}
		for _, w := range all[guardWords : len(all)-guardWords] {
			want += times * w
		}
		if got != want {
			t.Errorf("sum %#x, want %#x", got, want)
		}
	})
}

func TestPasses(t *testing.T) {
	everySet(t, func(t *testing.T, l *loops) {
		for _, past := range []bool{false, true} {
			store, copies, add := l.store, l.copy, l.add
			if past {
				store, copies, add = l.storePast, l.copyPast, l.addPast
			}
			if store == nil {
				continue
			}
			dst, all := memoryFor(testWords, scrambled(2))
			store(dst, 77, 8*testWords, 2)
			expect(t, "store", all, scrambled(2), func(int) uint64 { return 77 })

			a, _ := memoryFor(testWords, scrambled(3))
			dst, all = memoryFor(testWords, scrambled(2))
			copies(dst, a, 8*testWords, 2)
			expect(t, "copy", all, scrambled(2), scrambled(3))
			copies(dst, dst, 8*testWords, 1)
			expect(t, "update", all, scrambled(2), scrambled(3))

			b, _ := memoryFor(testWords, scrambled(4))
			dst, all = memoryFor(testWords, scrambled(2))
			add(dst, a, b, 8*testWords, 2)
			expect(t, "add", all, scrambled(2), func(i int) uint64 { return scrambled(3)(i) + scrambled(4)(i) })
		}
	})
}

func TestFused(t *testing.T) {
	everySet(t, func(t *testing.T, l *loops) {
		testFused(t, l.fused32, l.lanes32, func(x, y, z float32) float32 { return float32(math.FMA(float64(x), float64(y), float64(z))) })
		testFused(t, l.fused64, l.lanes64, math.FMA)
	})
}

// testFused computes with numbers of few bits, whose results are exact.
func testFused[T kernels.Float](t *testing.T, do func(state *T, factor, addend T, times int), lanes int, fma func(x, y, z T) T) {
	t.Helper()
	const times = 5
	state := make([]T, fusedChains*lanes+1)
	want := make([]T, len(state))
	for i := range state {
		state[i] = T(i)
		want[i] = T(i)
		for range times {
			if i < fusedChains*lanes {
				want[i] = fma(want[i], .5, 3)
			}
		}
	}
	do(&state[0], .5, 3, times)
	for i := range state {
		if state[i] != want[i] {
			t.Fatalf("element %d: %v, want %v", i, state[i], want[i])
		}
	}
}

func TestQuotients(t *testing.T) {
	everySet(t, func(t *testing.T, l *loops) {
		testQuotients(t, l.quotients32, l.lanes32)
		testQuotients(t, l.quotients64, l.lanes64)
	})
}

func testQuotients[T kernels.Float](t *testing.T, do func(state *T, dividend T, times int), lanes int) {
	t.Helper()
	state := make([]T, quotientChains*lanes+1)
	want := make([]T, len(state))
	for i := range state {
		state[i] = T(i) + 1.25
		want[i] = state[i]
		for range 3 {
			if i < quotientChains*lanes {
				want[i] = 7.5 / want[i]
			}
		}
	}
	do(&state[0], 7.5, 3)
	for i := range state {
		if state[i] != want[i] {
			t.Fatalf("element %d: %v, want %v", i, state[i], want[i])
		}
	}
}

func TestMixed(t *testing.T) {
	everySet(t, func(t *testing.T, l *loops) {
		if l.mixed == nil {
			t.Skip("this instruction set has no loop for the limit, so there is nothing to call")
		}
		const times = 3
		state := make([]float32, mixedRegisters*l.lanes32+1)
		want := make([]float32, len(state))
		addend := float32(2)
		bits := math.Float32bits(addend)
		for i := range state {
			state[i] = float32(i + 1)
			x := state[i]
			for j := range times * mixedFused {
				switch register := i / l.lanes32; {
				case register < mixedFused:
					if j < times {
						x = x*.5 + addend
					}
				case register < mixedFused+mixedSums:
					if j < times {
						x += addend
					}
				case register < mixedFused+mixedSums+mixedIntegers:
					if j%mixedFused%mixedIntegers == register-mixedFused-mixedSums {
						x = math.Float32frombits(math.Float32bits(x) + bits)
					}
				case register < mixedRegisters:
					if j%mixedFused%mixedBits == register-mixedFused-mixedSums-mixedIntegers {
						x = math.Float32frombits(math.Float32bits(x) ^ bits)
					}
				}
			}
			want[i] = x
		}
		l.mixed(&state[0], .5, addend, times)
		for i := range state {
			if math.Float32bits(state[i]) != math.Float32bits(want[i]) {
				t.Errorf("element %d of register %d: %v, want %v", i, i/l.lanes32, state[i], want[i])
			}
		}
	})
}
