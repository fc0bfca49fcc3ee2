package bench

import (
	"unsafe"

	"actinit/datasets"
	"actinit/harness/remote"
	"actinit/kernels"
)

const (
	// page and cacheLine are in bytes. Addresses at the same place in their pages alias (4 KiB aliasing).
	page      = 4096
	cacheLine = 64

	// inputPeriod is after how many elements inputs repeat. It is beyond what
	// branch predictors remember, and a prime, so that the pieces of maxout,
	// which lie n elements apart, differ.
	inputPeriod = 65521

	// inputScale is the standard deviation of inputs.
	inputScale = 3

	// stagger sets each operand so many bytes (five cache lines) further into its page than the
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
	places     remote.Places  // where they lie in the memory
	outputs    map[string][]T // one period of each operation's outputs, computed when first needed
	sum        float64        // result of a sum
}

// A layout is where operands lie in one piece of memory.
type layout struct {
	need32, need64 footprint // elements of each
	float32s       remote.Places
	float64s       remote.Places
	bytes          int // the size of the memory
}

// layoutOf lays out the operands that cells need.
func layoutOf(cells []Cell) layout {
	var l layout
	l.need32, l.need64 = needs(cells)
	l.float32s = l.place(l.need32, 4)
	l.float64s = l.place(l.need64, 8)
	l.float64s.Argmax = l.float32s.Argmax
	return l
}

// place lays out the operands of one type behind those that are there.
func (l *layout) place(need footprint, elementSize int) (p remote.Places) {
	for i, operand := range []struct{ place, elements, size *int }{
		{&p.X, &need.x, &elementSize}, {&p.Grad, &need.grad, &elementSize}, {&p.Saved, &need.saved, &elementSize},
		{&p.Out, &need.out, &elementSize}, {&p.Argmax, &need.argmax, new(1)},
	} {
		*operand.place = (l.bytes+page-1)/page*page + i*stagger
		l.bytes = *operand.place + *operand.elements**operand.size
	}
	return p
}

// moved is the layout with all operands so many bytes further into the memory, which is longer by as much.
func (l layout) moved(by int) layout {
	for _, p := range []*remote.Places{&l.float32s, &l.float64s} {
		for _, place := range []*int{&p.X, &p.Grad, &p.Saved, &p.Out, &p.Argmax} {
			*place += by
		}
	}
	l.bytes += by
	return l
}

// newOperands fills the memory, which is as long as the layout says, with what cells need.
func newOperands(l layout, memory []byte, seed uint64) *operands {
	o := &operands{
		float32s: typed[float32](memory, l.float32s, l.need32),
		float64s: typed[float64](memory, l.float64s, l.need64),
		argmax:   elements[uint8](memory, l.float32s.Argmax, l.need32.argmax),
	}
	o.float32s.fill(seed)
	o.float64s.fill(seed)
	return o
}

// typed returns the operands of one type as they lie in the memory.
func typed[T kernels.Float](memory []byte, p remote.Places, need footprint) typedOperands[T] {
	return typedOperands[T]{
		x: elements[T](memory, p.X, need.x), grad: elements[T](memory, p.Grad, need.grad),
		saved: elements[T](memory, p.Saved, need.saved), out: elements[T](memory, p.Out, need.out),
		places: p, outputs: make(map[string][]T),
	}
}

// elements is remote.Elements where the layout says that they are there.
func elements[T float32 | float64 | uint8](memory []byte, place, n int) []T {
	e, err := remote.Elements[T](memory, place, n)
	if err != nil {
		panic(err)
	}
	return e[:n:n]
}

// goMemory returns zeroed and touched memory of this process that begins on a page, and on huge ones if it is large.
func goMemory(bytes int) []byte {
	const word = 8
	words := kernels.AlignedSlice[float64]((bytes + page) / word)
	clear(words) // touches the pages: memory new from the operating system has none
	memory := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*word)
	past := int(uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % page)
	from := (page - past) % page
	return memory[from : from+bytes : from+bytes]
}

// of returns o's operands of type T.
func of[T kernels.Float](o *operands) *typedOperands[T] {
	if t, ok := any(&o.float32s).(*typedOperands[T]); ok {
		return t
	}
	return any(&o.float64s).(*typedOperands[T])
}

// fill puts inputs and gradients in place.
func (o *typedOperands[T]) fill(seed uint64) {
	o.seed = seed
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
