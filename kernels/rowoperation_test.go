package kernels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
)

// rowLayouts lists the functions of rows in one type, in all variants; a slice is a row.
func rowLayouts[T kernels.Float](
	forward func(*kernels.RowOperation, kernels.Variant) kernels.RowForwardFunc[T],
	backward func(*kernels.RowOperation, kernels.Variant) kernels.RowBackwardFunc[T],
) []layout[T] {
	var all []layout[T]
	unary := func(f kernels.RowForwardFunc[T]) func(dst, a, b []T) {
		return func(dst, a, _ []T) { f(dst, a, len(a)) }
	}
	binary := func(f kernels.RowBackwardFunc[T]) func(dst, a, b []T) {
		return func(dst, a, b []T) { f(dst, a, b, len(b)) }
	}
	for _, op := range kernels.RowOperations() {
		for v := kernels.Scalar; v <= kernels.AVX512; v++ {
			if f := forward(op, v); f != nil {
				all = append(all, layout[T]{fmt.Sprintf("%s forward %s", op.Name, v), v, 1, unary(f), unary(forward(op, kernels.Scalar))})
			}
			if f := backward(op, v); f != nil {
				all = append(all, layout[T]{fmt.Sprintf("%s backward %s", op.Name, v), v, 2, binary(f), binary(backward(op, kernels.Scalar))})
			}
		}
	}
	return all
}

func rowLayouts32() []layout[float32] {
	return rowLayouts((*kernels.RowOperation).Forward32, (*kernels.RowOperation).Backward32)
}

func rowLayouts64() []layout[float64] {
	return rowLayouts((*kernels.RowOperation).Forward64, (*kernels.RowOperation).Backward64)
}

// TestRowPlainFunctions holds each plain function to its operation's kernels, and names all of them.
func TestRowPlainFunctions(t *testing.T) {
	t.Run("float32", func(t *testing.T) {
		testRowPlainFunctions(t, (*kernels.RowOperation).Forward32, (*kernels.RowOperation).Backward32)
	})
	t.Run("float64", func(t *testing.T) {
		testRowPlainFunctions(t, (*kernels.RowOperation).Forward64, (*kernels.RowOperation).Backward64)
	})
}

func testRowPlainFunctions[T kernels.Float](t *testing.T,
	forward func(*kernels.RowOperation, kernels.Variant) kernels.RowForwardFunc[T],
	backward func(*kernels.RowOperation, kernels.Variant) kernels.RowBackwardFunc[T]) {
	functions := map[string]struct {
		forward  kernels.RowForwardFunc[T]
		backward kernels.RowBackwardFunc[T]
	}{
		"softmax":    {kernels.Softmax[T], kernels.SoftmaxGrad[T]},
		"logsoftmax": {kernels.LogSoftmax[T], kernels.LogSoftmaxGrad[T]},
	}
	const rows, cols = 5, 100
	random := testSeed()
	x, grad, got, want := make([]T, rows*cols), make([]T, rows*cols), make([]T, rows*cols), make([]T, rows*cols)
	for i := range x {
		x[i], grad[i] = plainValue[T](random), plainValue[T](random)
	}
	for _, op := range kernels.RowOperations() {
		f, named := functions[op.Name]
		if !named {
			t.Errorf("%s: name its plain functions in this test", op.Name)
			continue
		}
		f.forward(got, x, cols)
		forward(op, kernels.Scalar)(want, x, cols)
		if i, same := sameBits(got, want); !same {
			t.Errorf("%s: element %d is %x, want %x", op.Name, i, got[i], want[i])
		}
		y := append([]T(nil), want...)
		f.backward(got, grad, y, cols)
		backward(op, kernels.Scalar)(want, grad, y, cols)
		if i, same := sameBits(got, want); !same {
			t.Errorf("%s: element %d of the gradient is %x, want %x", op.Name, i, got[i], want[i])
		}
	}
}

func TestRowContract(t *testing.T) {
	testContract(t, rowLayouts32())
	testContract(t, rowLayouts64())
}

// TestRowVariants holds every variant to the bits of the plain loop: in rows of all widths about
// steps, blocks and chunks, ordinary ones and ones of special values, alone and in a matrix.
func TestRowVariants(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testRowVariants(t, vectors(rowLayouts32()), (*kernels.RowOperation).Forward32) })
	t.Run("float64", func(t *testing.T) { testRowVariants(t, vectors(rowLayouts64()), (*kernels.RowOperation).Forward64) })
}

func testRowVariants[T kernels.Float](t *testing.T, all []layout[T], forward func(*kernels.RowOperation, kernels.Variant) kernels.RowForwardFunc[T]) {
	random := testSeed()
	widths := []int{100, 1000, 1023, 1024, 1025, 4095, 4096, 4097, 9001, 1<<15 - 1, 1 << 15, 1<<15 + 1, 1<<16 + 5}
	for n := range 70 {
		widths = append(widths, n+1)
	}
	for _, n := range widths {
		a, b, got, want := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
		for kind := range 6 {
			for i := range a {
				a[i], b[i] = plainValue[T](random), -plainValue[T](random)
			}
			switch kind {
			case 1: // a tie at the largest, and others far below
				a[random.IntN(n)], a[random.IntN(n)], a[random.IntN(n)] = 900, 900, -900
				b[random.IntN(n)] = 0
			case 2: // one value that is not finite, or none to speak of
				special := make([]T, 1)
				mixed(random, special)
				a[random.IntN(n)] = special[0]
			case 3:
				special := make([]T, 1)
				mixed(random, special)
				b[random.IntN(n)] = special[0]
			case 4:
				mixed(random, a)
				mixed(random, b)
			case 5: // one value, and subnormal results
				for i := range a {
					a[i], b[i] = 7, -100
				}
				a[random.IntN(n)] = 107
			}
			for _, l := range all {
				l.scalar(want, a, b)
				l.run(got, a, b)
				if i, same := sameBits(got, want); !same {
					t.Fatalf("%s: %d columns, kind %d: element %d of %v, %v is %x, want %x", l.name, n, kind, i, a[i], b[i], got[i], want[i])
				}
			}
		}
	}
	const rows, cols = 60, 50 // so many elements that powers are kept
	x, y, whole, alone := make([]T, rows*cols), make([]T, rows*cols), make([]T, rows*cols), make([]T, rows*cols)
	for i := range x {
		x[i] = plainValue[T](random)
	}
	x[3*cols+1] = T(nan)
	for _, op := range kernels.RowOperations() {
		for v := kernels.AVX2; v <= kernels.AVX512; v++ {
			run := forward(op, v)
			if run == nil {
				continue
			}
			run(whole, x, cols)
			copy(y, x)
			run(y, y, cols)
			for lo := 0; lo < len(x); lo += cols {
				run(alone[lo:lo+cols], x[lo:lo+cols], cols)
			}
			if i, same := sameBits(whole, alone); !same {
				t.Errorf("%s %s: element %d of a matrix is %x, of a row %x", op.Name, v, i, whole[i], alone[i])
			}
			if i, same := sameBits(whole, y); !same {
				t.Errorf("%s %s: element %d in place is %x, want %x", op.Name, v, i, y[i], whole[i])
			}
			if n := testing.AllocsPerRun(5, func() { run(y, x, cols) }); n != 0 {
				t.Errorf("%s %s allocates %v times", op.Name, v, n)
			}
		}
	}
}

func plainValue[T kernels.Float](random *rand.Rand) T { return T(4 * random.NormFloat64()) }
