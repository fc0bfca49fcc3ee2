package bench

import (
	"unsafe"

	"actinit/datasets"
	"actinit/kernels"
)

const (
	// inputPeriod is after how many elements inputs repeat. It is beyond what
	// branch predictors remember, and a prime, so that the pieces of maxout,
	// which lie n elements apart, differ.
	inputPeriod = 65521

	// inputScale is the standard deviation of inputs.
	inputScale = 3

	// cacheLine is what operands are aligned to, in bytes.
	cacheLine = 64

	// stagger sets each operand so many bytes further into its page than the
	// one before: operands at the same place in their pages fall into the
	// same sets of a cache, and a load then seems to depend on the store
	// before it (4 KiB aliasing).
	stagger = 5 * cacheLine
)

// operands are the memory that all cells share, for both element types.
type operands struct {
	float32s typedOperands[float32]
	float64s typedOperands[float64]
	argmax   []uint8
}

// typedOperands are the operands of one element type. A cell uses as long a
// beginning of each as it needs.
type typedOperands[T kernels.Float] struct {
	seed       uint64
	x, grad    []T            // inputs and gradients, read only
	saved, out []T            // saved outputs, which each cell puts in place, and results
	outputs    map[string][]T // one period of each operation's outputs, computed when first needed
	sum        float64        // result of a sum
}

// newOperands allocates and fills what the cells need.
func newOperands(cells []Cell, seed uint64) *operands {
	o := &operands{}
	need32, need64 := needs(cells)
	o.float32s.allocate(need32, seed)
	o.float64s.allocate(need64, seed)
	o.argmax = aligned(func(n int) []uint8 { return make([]uint8, n) }, need32.argmax, 4*stagger)
	return o
}

// of returns o's operands of type T.
func of[T kernels.Float](o *operands) *typedOperands[T] {
	if t, ok := any(&o.float32s).(*typedOperands[T]); ok {
		return t
	}
	return any(&o.float64s).(*typedOperands[T])
}

func (o *typedOperands[T]) allocate(need footprint, seed uint64) {
	o.x = aligned(kernels.AlignedSlice[T], need.x, 0)
	o.grad = aligned(kernels.AlignedSlice[T], need.grad, stagger)
	o.saved = aligned(kernels.AlignedSlice[T], need.saved, 2*stagger)
	o.out = aligned(kernels.AlignedSlice[T], need.out, 3*stagger)
	o.seed, o.outputs = seed, make(map[string][]T)
	repeat(o.x, normal[T](seed, inputScale, len(o.x)))
	repeat(o.grad, normal[T](seed+1, 1, len(o.grad)))
}

// output returns one period of what forward computes from the inputs x.
func (o *typedOperands[T]) output(op string, forward func(dst, src []T)) []T {
	if o.outputs[op] == nil {
		period := make([]T, inputPeriod)
		forward(period, normal[T](o.seed, inputScale, inputPeriod))
		o.outputs[op] = period
	}
	return o.outputs[op]
}

// normal returns values of mean 0 and the given standard deviation: n, or one
// period if n is more.
func normal[T kernels.Float](seed uint64, std T, n int) []T {
	values, err := datasets.Generate[T]("normal", seed, min(n, inputPeriod))
	if err != nil {
		panic(err) // the generator's name is a constant
	}
	for i := range values {
		values[i] *= std
	}
	return values
}

// repeat fills dst with period after period.
func repeat[E any](dst, period []E) {
	for len(dst) > 0 {
		dst = dst[copy(dst, period):]
	}
}

// aligned returns n elements that allocate gave, written to, which begin skew bytes after
// a page boundary.
func aligned[E any](allocate func(n int) []E, n, skew int) []E {
	const page = 4096
	var e E
	size := int(unsafe.Sizeof(e))
	raw := allocate(n + (page+skew)/size)
	clear(raw) // touches the pages: memory new from the operating system has none
	past := int(uintptr(unsafe.Pointer(unsafe.SliceData(raw))) % page)
	from := ((page-past)%page + skew) / size
	return raw[from : from+n : from+n]
}
