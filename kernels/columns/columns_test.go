package columns_test

import (
	"math"
	"runtime"
	"testing"
	"unsafe"

	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"
)

// triple is a kernel whose result is easy to check.
func triple[T float32 | float64](dst, src []T) {
	for i, v := range src {
		dst[i] = 3 * v
	}
}

// drawArray draws an array of element type T with NaN under its nulls, sliced
// from a longer one.
func drawArray[T float32 | float64](t *rapid.T, dtype arrow.DataType) arrow.Array {
	values := make([]T, rapid.IntRange(0, 200).Draw(t, "n"))
	valid := make([]byte, (len(values)+7)/8)
	withNulls := rapid.Bool().Draw(t, "with nulls")
	nulls := 0
	for i := range values {
		values[i] = T(rapid.Float32Range(-1e30, 1e30).Draw(t, "value"))
		if withNulls && rapid.Bool().Draw(t, "null") {
			values[i] = T(math.NaN())
			nulls++
		} else {
			valid[i/8] |= 1 << (i % 8)
		}
	}
	var zero T
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(zero)))
	buffers := []*memory.Buffer{memory.NewBufferBytes(valid), memory.NewBufferBytes(bytes)}
	whole := array.MakeFromData(array.NewData(dtype, len(values), buffers, nil, nulls, 0))
	from := rapid.IntRange(0, len(values)).Draw(t, "from")
	to := rapid.IntRange(from, len(values)).Draw(t, "to")
	return array.NewSlice(whole, int64(from), int64(to))
}

func TestApply(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testApply[float32](t, arrow.PrimitiveTypes.Float32) })
	t.Run("float64", func(t *testing.T) { testApply[float64](t, arrow.PrimitiveTypes.Float64) })
}

func testApply[T float32 | float64](t *testing.T, dtype arrow.DataType) {
	var pool columns.Pool
	rapid.Check(t, func(t *rapid.T) {
		mem := memory.NewCheckedAllocator(&pool)
		chunks := []arrow.Array{drawArray[T](t, dtype), drawArray[T](t, dtype)}
		in := arrow.NewChunked(dtype, chunks)
		out, err := columns.ApplyChunked(mem, triple[T], in)
		if err != nil {
			t.Fatal(err)
		}
		if out.Len() != in.Len() || out.NullN() != in.NullN() || len(out.Chunks()) != 2 {
			t.Fatalf("%d rows, %d nulls, %d chunks, want %d, %d, 2", out.Len(), out.NullN(), len(out.Chunks()), in.Len(), in.NullN())
		}
		for k, a := range out.Chunks() {
			src, _ := columns.Values[T](chunks[k])
			got, _ := columns.Values[T](a)
			for i := range a.Len() {
				if a.IsNull(i) != chunks[k].IsNull(i) {
					t.Fatalf("chunk %d, row %d: null %t, want %t", k, i, a.IsNull(i), chunks[k].IsNull(i))
				}
				if a.IsValid(i) && got[i] != 3*src[i] {
					t.Fatalf("chunk %d, row %d: %g, want %g", k, i, got[i], 3*src[i])
				}
			}
		}
		out.Release()
		mem.AssertSize(t, 0)
	})
}

// The bits of a result's bitmap past its end do not depend on what the memory held.
func TestApplyLeavesNoRest(t *testing.T) {
	var pool columns.Pool
	b := array.NewFloat32Builder(memory.DefaultAllocator)
	b.AppendValues([]float32{1, 2, 3}, []bool{true, false, true})
	in := b.NewArray()
	for range 20 {
		used := [2][]byte{pool.Allocate(64), pool.Allocate(64)}
		for _, memory := range used {
			for i := range memory {
				memory[i] = 0xff
			}
			pool.Free(memory)
		}
		out, err := columns.Apply(&pool, triple[float32], in)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.NullBitmapBytes()[0]; got != 0b101 {
			t.Fatalf("the bitmap of three rows is %08b, want 00000101", got)
		}
		out.Release()
	}
}

func TestApplyRefusesOtherTypes(t *testing.T) {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	b.Append(1)
	in := b.NewArray()
	const want = "a kernel over float32 cannot run on a column of int32"
	if _, err := columns.Apply(memory.DefaultAllocator, triple[float32], in); err == nil || err.Error() != want {
		t.Errorf("Apply: %v, want %s", err, want)
	}
	chunked := arrow.NewChunked(in.DataType(), nil)
	if _, err := columns.ApplyChunked(memory.DefaultAllocator, triple[float32], chunked); err == nil || err.Error() != want {
		t.Errorf("ApplyChunked: %v, want %s", err, want)
	}
}

// TestPoolReuses holds that later batches lie in the memory of the first. The
// garbage collector may empty the pool now and then, hence the half.
func TestPoolReuses(t *testing.T) {
	const n, batches = 1 << 16, 100
	var pool columns.Pool
	b := array.NewFloat32Builder(memory.DefaultAllocator)
	b.AppendValues(make([]float32, n), nil)
	in := b.NewArray()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range batches {
		out, err := columns.Apply(&pool, triple[float32], in)
		if err != nil {
			t.Fatal(err)
		}
		out.Release()
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > batches/2*4*n {
		t.Errorf("%d bytes allocated for %d batches of %d", got, batches, 4*n)
	}
}

func TestPoolSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pool columns.Pool
		size := rapid.IntRange(0, 10000).Draw(t, "size")
		b := pool.Allocate(size)
		if len(b) != size {
			t.Fatalf("%d bytes, want %d", len(b), size)
		}
		for i := range b {
			b[i] = byte(i)
		}
		next := rapid.IntRange(0, 20000).Draw(t, "next")
		c := pool.Reallocate(next, b)
		if len(c) != next {
			t.Fatalf("%d bytes, want %d", len(c), next)
		}
		for i := range min(size, next) {
			if c[i] != byte(i) {
				t.Fatalf("byte %d is %d, want %d", i, c[i], byte(i))
			}
		}
		if cap(c) > 0 && uintptr(unsafe.Pointer(unsafe.SliceData(c)))%64 != 0 {
			t.Fatal("not aligned to a cache line")
		}
		pool.Free(c)
		pool.Free(make([]byte, 100)) // foreign memory is left alone
	})
}
