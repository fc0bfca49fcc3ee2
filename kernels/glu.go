package kernels

import (
	"math"
	"sync"
	"unsafe"
)

// A GatedUnit is a product of values a and an activation of gates b, of equal length:
// the gated linear units [Dauphin 2016, Shazeer 2020]. The plain functions (GLU,
// GLUGrad, ...) are the way to call it; a GatedUnit is the way to list its variants and
// to force one. [GatedRows] applies a unit to the halves of rows.
//
// # What all of them keep
//
// Forward, dst[i] = a[i] * f(b[i]): f, correctly rounded in float32 and faithful in
// float64, then the product are rounded: an error of at most 1.5 ULP in float32 and 2.5 in
// float64. dst may be exactly a or b.
//
// Backward, da[i] = grad[i] * f(b[i]), as forward, and db[i] = grad[i] * a[i] * f'(b[i]). In
// float32 f' is within a rounding and the product is rounded once, an error below 1.51 ULP;
// in float64 every product is rounded, an error below 5 ULP. da and db may each be exactly
// one of grad, a and b, and must not overlap each other.
//
// Where f(b[i]) or f'(b[i]) is subnormal, rounding it loses more, which large factors show:
// there the error may be larger by |a|*2^-150 in float32 and |a|*2^-1074 in float64, grad[i] or
// grad[i]*a[i] standing for a in the gradients.
//
// NaN in gives NaN out; a product of 0 and an infinity is NaN.
type GatedUnit struct {
	Name string // as in the harness's table: "glu", "swiglu"

	gate *Operation // f; nil for the identity

	// logistic says that f' is s*(1-s) with s = f(-|b|), and selects that f' is 0 or 1
	// and chooses what passes.
	logistic, selects bool
}

// GatedFunc computes dst[i] = a[i] * f(b[i]).
type GatedFunc[T Float] func(dst, a, b []T)

// GatedGradFunc computes the gradients da and db from grad and the inputs.
type GatedGradFunc[T Float] func(da, db, grad, a, b []T)

var (
	glu      = GatedUnit{Name: "glu", gate: &sigmoid, logistic: true}
	reglu    = GatedUnit{Name: "reglu", gate: &relu, selects: true}
	geglu    = GatedUnit{Name: "geglu", gate: &gelu}
	swiglu   = GatedUnit{Name: "swiglu", gate: &silu}
	bilinear = GatedUnit{Name: "bilinear"}
)

// GatedUnits returns every gated unit of the package.
func GatedUnits() []*GatedUnit { return []*GatedUnit{&bilinear, &geglu, &glu, &reglu, &swiglu} }

// GLU computes the gated linear unit dst[i] = a[i] / (1 + e^-b[i]). See [GatedUnit].
func GLU[T Float](dst, a, b []T) { gated(&glu, dst, a, b) }

// GLUGrad computes da[i] = grad[i]*s and db[i] = grad[i]*a[i]*s*(1-s) with s =
// 1/(1+e^-b[i]). See [GatedUnit].
func GLUGrad[T Float](da, db, grad, a, b []T) { gatedGrad(&glu, da, db, grad, a, b) }

// ReGLU computes dst[i] = a[i] * max(0, b[i]), one rounded product. See [GatedUnit].
func ReGLU[T Float](dst, a, b []T) { gated(&reglu, dst, a, b) }

// ReGLUGrad computes da[i] = grad[i] * max(0, b[i]) and db[i] = grad[i]*a[i] where
// b[i] > 0 and +0 elsewhere, whatever grad[i] and a[i] are but NaN, each one rounded
// product. See [GatedUnit].
func ReGLUGrad[T Float](da, db, grad, a, b []T) { gatedGrad(&reglu, da, db, grad, a, b) }

// GEGLU computes dst[i] = a[i] * gelu(b[i]) with the exact GELU. See [GatedUnit].
func GEGLU[T Float](dst, a, b []T) { gated(&geglu, dst, a, b) }

// GEGLUGrad computes da[i] = grad[i] * gelu(b[i]) and db[i] = grad[i]*a[i]*gelu'(b[i]).
// See [GatedUnit].
func GEGLUGrad[T Float](da, db, grad, a, b []T) { gatedGrad(&geglu, da, db, grad, a, b) }

// SwiGLU computes dst[i] = a[i] * silu(b[i]); transformers call a "up" and b "gate". See
// [GatedUnit].
func SwiGLU[T Float](dst, a, b []T) { gated(&swiglu, dst, a, b) }

// SwiGLUGrad computes da[i] = grad[i] * silu(b[i]) and db[i] = grad[i]*a[i]*silu'(b[i]).
// See [GatedUnit].
func SwiGLUGrad[T Float](da, db, grad, a, b []T) { gatedGrad(&swiglu, da, db, grad, a, b) }

// Bilinear computes dst[i] = a[i] * b[i], one rounded product. See [GatedUnit].
func Bilinear[T Float](dst, a, b []T) { gated(&bilinear, dst, a, b) }

// BilinearGrad computes da[i] = grad[i] * b[i] and db[i] = grad[i] * a[i], each one
// rounded product. See [GatedUnit].
func BilinearGrad[T Float](da, db, grad, a, b []T) { gatedGrad(&bilinear, da, db, grad, a, b) }

// Forward32 returns the float32 kernel through the activation's kernel in variant v, or
// nil if there is none or this CPU cannot run it.
func (u *GatedUnit) Forward32(v Variant) GatedFunc[float32] {
	return gatedForced(u, v, (*Operation).loop32)
}

// Forward64 is Forward32 for float64.
func (u *GatedUnit) Forward64(v Variant) GatedFunc[float64] {
	return gatedForced(u, v, (*Operation).loop64)
}

// Backward32 returns the float32 gradient kernel through the activation's kernels in
// variant v, or nil.
func (u *GatedUnit) Backward32(v Variant) GatedGradFunc[float32] {
	return gatedGradForced(u, v, (*Operation).loop32, (*Operation).gradLoop32)
}

// Backward64 is Backward32 for float64.
func (u *GatedUnit) Backward64(v Variant) GatedGradFunc[float64] {
	return gatedGradForced(u, v, (*Operation).loop64, (*Operation).gradLoop64)
}

func (op *Operation) loop32(v Variant) ForwardFunc[float32]      { return at(&op.forward32, v) }
func (op *Operation) loop64(v Variant) ForwardFunc[float64]      { return at(&op.forward64, v) }
func (op *Operation) gradLoop32(v Variant) BackwardFunc[float32] { return at(&op.backward32, v) }
func (op *Operation) gradLoop64(v Variant) BackwardFunc[float64] { return at(&op.backward64, v) }

func gatedForced[T Float](u *GatedUnit, v Variant, loop func(*Operation, Variant) ForwardFunc[T]) GatedFunc[T] {
	k := gateLoops[T]{product: productUpTo[T](v)}
	if u.gate == nil {
		if productLoop[T](v) == nil {
			return nil
		}
	} else if k.gate = loop(u.gate, v); k.gate == nil {
		return nil
	}
	return func(dst, a, b []T) {
		checkBackward(dst, a, b)
		k.forward(u, dst, a, b)
	}
}

func gatedGradForced[T Float](u *GatedUnit, v Variant, loop func(*Operation, Variant) ForwardFunc[T], gradLoop func(*Operation, Variant) BackwardFunc[T]) GatedGradFunc[T] {
	k := gateLoops[T]{product: productUpTo[T](v)}
	if u.gate == nil {
		if v != Scalar {
			return nil
		}
	} else if k.gate, k.derivative = loop(u.gate, v), gradLoop(u.gate, v); k.gate == nil || k.derivative == nil {
		return nil
	}
	return func(da, db, grad, a, b []T) {
		checkGated(da, db, grad, a, b)
		k.backward(u, da, db, grad, a, b)
	}
}

// gated calls u's best loops for T.
func gated[T Float](u *GatedUnit, dst, a, b []T) {
	checkBackward(dst, a, b)
	k := bestGate[T](u)
	k.forward(u, dst, a, b)
}

func gatedGrad[T Float](u *GatedUnit, da, db, grad, a, b []T) {
	checkGated(da, db, grad, a, b)
	k := bestGate[T](u)
	k.backward(u, da, db, grad, a, b)
}

// checkGated panics unless the slices are of one length, da and db are disjoint, and
// each is exactly one of the inputs or disjoint from it.
func checkGated[T Float](da, db, grad, a, b []T) {
	checkBackward(da, grad, a)
	checkBackward(db, grad, b)
	checkBackward(da, b, b)
	checkBackward(db, grad, a)
	if len(da) > 0 && overlap(da, db) {
		panic(panicGates)
	}
}

const panicGates = "kernels: da overlaps db"

// gateLoops are the loops that a unit's kernels consist of.
type gateLoops[T Float] struct {
	gate       ForwardFunc[T]
	derivative BackwardFunc[T]
	product    BackwardFunc[T] // dst[i] = a[i]*b[i]
}

// bestGate returns the best loops for T.
func bestGate[T Float](u *GatedUnit) (k gateLoops[T]) {
	k.product = productUpTo[T](selected)
	if u.gate == nil {
		return k
	}
	switch k := any(&k).(type) {
	case *gateLoops[float32]:
		k.gate, k.derivative = u.gate.best.forward32, u.gate.best.backward32
	case *gateLoops[float64]:
		k.gate, k.derivative = u.gate.best.forward64, u.gate.best.backward64
	}
	return k
}

// The loops for dst[i] = a[i]*b[i].
var (
	products32 = perVariant[BackwardFunc[float32]]{Scalar: productScalar[float32], AVX2: productAVX2, AVX512: productAVX512}
	products64 = perVariant[BackwardFunc[float64]]{Scalar: productScalar[float64], AVX2: product64AVX2, AVX512: product64AVX512}
)

func productLoop[T Float](v Variant) (loop BackwardFunc[T]) {
	switch loop := any(&loop).(type) {
	case *BackwardFunc[float32]:
		*loop = at(&products32, v)
	case *BackwardFunc[float64]:
		*loop = at(&products64, v)
	}
	return loop
}

// productUpTo returns the last product loop up to variant v.
func productUpTo[T Float](v Variant) BackwardFunc[T] {
	for ; ; v-- { // the scalar loop is always there
		if loop := productLoop[T](v); loop != nil {
			return loop
		}
	}
}

func productScalar[T Float](dst, a, b []T, _ T) {
	for i, b := range b {
		dst[i] = a[i] * b
	}
}

// gateBlock is the number of elements whose activations are computed at a time: they
// stay in the first-level cache.
const gateBlock = 512

// gateScratch is what one call needs. On the stack it would be moved to the heap,
// because the kernels it is handed to are called through variables.
type gateScratch[T Float] struct{ f, d, e, ones [gateBlock]T }

func newGateScratch[T Float]() any {
	s := new(gateScratch[T])
	for i := range s.ones {
		s.ones[i] = 1
	}
	return s
}

var (
	gatePool32 = sync.Pool{New: newGateScratch[float32]}
	gatePool64 = sync.Pool{New: newGateScratch[float64]}
)

// gatePool returns the pool of *gateScratch[T].
func gatePool[T Float]() *sync.Pool {
	var element T
	if _, narrow := any(element).(float32); narrow {
		return &gatePool32
	}
	return &gatePool64
}

func (k *gateLoops[T]) forward(u *GatedUnit, dst, a, b []T) {
	if u.gate == nil {
		k.product(dst, a, b, 0)
		return
	}
	pool := gatePool[T]()
	s := pool.Get().(*gateScratch[T])
	for len(b) > 0 {
		n := min(len(b), gateBlock)
		k.gate(s.f[:n], b[:n], 0)
		k.product(dst[:n], a[:n], s.f[:n], 0)
		dst, a, b = dst[n:], a[n:], b[n:]
	}
	pool.Put(s)
}

func (k *gateLoops[T]) backward(u *GatedUnit, da, db, grad, a, b []T) {
	if u.gate == nil {
		for i, b := range b {
			g, v := grad[i], a[i]
			da[i], db[i] = g*b, g*v
		}
		return
	}
	pool := gatePool[T]()
	s := pool.Get().(*gateScratch[T])
	for len(b) > 0 {
		n := min(len(b), gateBlock)
		k.gate(s.f[:n], b[:n], 0)
		k.product(s.f[:n], grad[:n], s.f[:n], 0)
		s.gateGrad(k, u, grad[:n], a[:n], b[:n])
		copy(da[:n], s.f[:n])
		copy(db[:n], s.d[:n])
		da, db, grad, a, b = da[n:], db[n:], grad[n:], a[n:], b[n:]
	}
	pool.Put(s)
}

// gateGrad computes the gradient of b in s.d.
func (s *gateScratch[T]) gateGrad(k *gateLoops[T], u *GatedUnit, grad, a, b []T) {
	d := s.d[:len(b)]
	switch {
	case u.logistic:
		// s(-|b|) is at most 1/2, so that 1-s loses nothing; and s off by a part e of
		// itself puts s*(1-s) off by e*(1-2s)/(1-s), which is no more.
		for i, b := range b {
			d[i] = -T(math.Abs(float64(b)))
		}
		k.gate(d, d, 0)
		for i, f := range d {
			s := float64(f)
			p := float64(grad[i]) * float64(a[i])
			d[i] = T(p * (s * (1 - s)))
			if outOfRange[T](p) {
				d[i] = T(product3(float64(grad[i]), float64(a[i]), s*(1-s)))
			}
		}
	case u.selects:
		// Before they are multiplied: an infinity times 0 is NaN, and selected away.
		e := s.e[:len(b)]
		k.derivative(d, grad, b, 0)
		k.derivative(e, a, b, 0)
		k.product(d, d, e, 0)
	default:
		k.derivative(d, s.ones[:len(b)], b, 0)
		for i, f := range d {
			p := float64(grad[i]) * float64(a[i])
			d[i] = T(p * float64(f))
			if outOfRange[T](p) {
				d[i] = T(product3(float64(grad[i]), float64(a[i]), float64(f)))
			}
		}
	}
}

// outOfRange reports whether the product p of two elements may have overflowed or lost
// bits, and be a factor of a product that does neither. Products of float32 are exact.
func outOfRange[T Float](p float64) bool {
	return unsafe.Sizeof(T(0)) == 8 && !(math.Abs(p) >= 0x1p-900 && math.Abs(p) <= math.MaxFloat64)
}

// product3 returns a*b*c, rounded two or three times, neither overflowing nor losing
// bits on the way.
func product3(a, b, c float64) float64 {
	if a == 0 || b == 0 || a-a != 0 || b-b != 0 {
		return a * b * c
	}
	m, e := math.Frexp(a)
	n, f := math.Frexp(b)
	q, h := math.Frexp(c)
	return math.Ldexp(m*n*q, e+f+h)
}

// GatedRows applies a gated unit to rows of 2*width elements, as a matrix product makes
// them of two matrices side by side: the first half of a row of src is a and the second
// is b, and dst has rows of width elements (torch.nn.functional.glu over the last
// dimension). It panics unless width > 0, src has whole rows, dst is half as long, and
// the two are disjoint.
func GatedRows[T Float](unit GatedFunc[T], dst, src []T, width int) {
	checkRows(dst, src, width)
	for ; len(dst) > 0; dst, src = dst[width:], src[2*width:] {
		unit(dst[:width], src[:width], src[width:2*width])
	}
}

// GatedRowsGrad is GatedRows for the gradient: grad has rows of width elements, src and
// dsrc rows of 2*width. dsrc may be exactly src, and is disjoint from grad.
func GatedRowsGrad[T Float](unit GatedGradFunc[T], dsrc, grad, src []T, width int) {
	checkRows(grad, dsrc, width)
	checkForward(dsrc, src)
	for ; len(grad) > 0; dsrc, grad, src = dsrc[2*width:], grad[width:], src[2*width:] {
		unit(dsrc[:width], dsrc[width:2*width], grad[:width], src[:width], src[width:2*width])
	}
}

const panicRows = "kernels: rows of a gated unit need a positive width, and twice as many elements as its results"

func checkRows[T Float](narrow, wide []T, width int) {
	if width <= 0 || len(narrow)%width != 0 || len(wide) != 2*len(narrow) {
		panic(panicRows)
	}
	if len(narrow) > 0 && overlap(narrow, wide) {
		panic(panicOverlap)
	}
}
