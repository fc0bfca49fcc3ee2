package main

// A vectors is several f32 that the same operations are done to: an instruction for each in turn, so
// that their chains of dependent instructions run side by side. A constant in memory is a
// single one that stands for all.
type vectors []f32

func (x vectors) part(i int) f32 { return x[min(i, len(x)-1)] }

// inStep is the float32 part of lanes for vectors.
type inStep struct{ m lanes }

func forwardInStep(f func(m inStep) func(x vectors) vectors) description {
	return description{of: float32s, inputs: forwardInputs, setup: func(m lanes) func(in []vector) vector {
		body := f(inStep{m})
		return func(in []vector) (out vector) {
			var x vectors
			for _, register := range in[0] {
				x = append(x, f32{register})
			}
			for _, y := range body(x) {
				out = append(out, y.Op)
			}
			return out
		}
	}}
}

func (s inStep) constant(x float32) vectors { return vectors{s.m.const32(x)} }
func (s inStep) bits(u uint32) vectors      { return vectors{s.m.constBits(u)} }
func (s inStep) keep(x vectors) vectors     { return vectors{s.m.keep32(x[0])} }

func (s inStep) each(do func(a f32) f32, a vectors) vectors {
	var r vectors
	for i := range a {
		r = append(r, do(a[i]))
	}
	return r
}

func (s inStep) both(do func(a, b f32) f32, a, b vectors) vectors {
	var r vectors
	for i := range max(len(a), len(b)) {
		r = append(r, do(a.part(i), b.part(i)))
	}
	return r
}

func (s inStep) all(do func(a, b, c f32) f32, a, b, c vectors) vectors {
	var r vectors
	for i := range max(len(a), len(b), len(c)) {
		r = append(r, do(a.part(i), b.part(i), c.part(i)))
	}
	return r
}

func (s inStep) add(a, b vectors) vectors     { return s.both(s.m.add32, a, b) }
func (s inStep) sub(a, b vectors) vectors     { return s.both(s.m.sub32, a, b) }
func (s inStep) mul(a, b vectors) vectors     { return s.both(s.m.mul32, a, b) }
func (s inStep) div(a, b vectors) vectors     { return s.both(s.m.div32, a, b) }
func (s inStep) min(a, b vectors) vectors     { return s.both(s.m.min32, a, b) }
func (s inStep) max(a, b vectors) vectors     { return s.both(s.m.max32, a, b) }
func (s inStep) and(a, b vectors) vectors     { return s.both(s.m.and32, a, b) }
func (s inStep) or(a, b vectors) vectors      { return s.both(s.m.or32, a, b) }
func (s inStep) addBits(a, b vectors) vectors { return s.both(s.m.addBits32, a, b) }
func (s inStep) subBits(a, b vectors) vectors { return s.both(s.m.subBits32, a, b) }

// mulAdd is a*b + c. It consumes a.
func (s inStep) mulAdd(a, b, c vectors) vectors { return s.all(s.m.mulAdd32, a, b, c) }

// addMul is c + a*b, and subMul c - a*b. They consume c, but copy a constant.
func (s inStep) addMul(c, a, b vectors) vectors {
	return s.all(s.m.addMul32, s.register(c, len(a)), a, b)
}

func (s inStep) subMul(c, a, b vectors) vectors {
	return s.all(s.m.subMul32, s.register(c, len(a)), a, b)
}

// register returns x, or n copies of it if it is one that stands for n.
func (s inStep) register(x vectors, n int) vectors {
	if len(x) == n && n > 1 {
		return x
	}
	var r vectors
	for i := range n {
		r = append(r, s.m.copy32(x.part(i)))
	}
	return r
}

func (s inStep) copy(x vectors) vectors { return s.each(s.m.copy32, x) }

func (s inStep) shiftBits(x vectors, left uint8) vectors {
	return s.each(func(x f32) f32 { return s.m.shiftBits32(x, left) }, x)
}

func (s inStep) lookup(table, index vectors) vectors { return s.both(s.m.lookup4, table, index) }

// sizeUpTo is min(|x|, highest), and one of NaN and highest where x is NaN.
func (s inStep) sizeUpTo(x, highest vectors) vectors { return s.both(s.m.sizeUpTo32, x, highest) }

// complement is y*down where x < 0 and 1 - y*down where x > 0, y not negative, and NaN where x is.
// It consumes x and y.
func (s inStep) complement(x, y, down vectors) vectors { return s.all(s.m.complement32, x, y, down) }

// orSign is y, and negative where the sign bit of x is set. It consumes y.
func (s inStep) orSign(y, x vectors) vectors { return s.both(s.m.orSign32, y, x) }

// selectNegative is yes where the sign bit of x is set and no elsewhere.
func (s inStep) selectNegative(x, yes, no vectors) vectors {
	return s.all(func(x, yes, no f32) f32 { return s.m.select32(s.m.negative32(x), yes, no) }, x, yes, no)
}

// selectLess is yes where a < b and no elsewhere.
func (s inStep) selectLess(a, b, yes, no vectors) vectors {
	where := s.both(func(a, b f32) f32 { return f32(s.m.less32(a, b)) }, a, b)
	return s.all(func(where, yes, no f32) f32 { return s.m.select32(mask(where), yes, no) }, where, yes, no)
}

// polynomial evaluates Horner's scheme.
func (s inStep) polynomial(x vectors, coefficients []float32) vectors {
	last := len(coefficients) - 1
	y := s.addMul(s.constant(coefficients[last-1]), x, s.constant(coefficients[last]))
	for i := last - 2; i >= 0; i-- {
		y = s.mulAdd(y, x, s.constant(coefficients[i]))
	}
	return y
}
