package roofline

import (
	"unsafe"

	"actinit/kernels"
)

// portable are the loops in Go. They have none past the caches.
var portable = loops{
	lanes32: 1, lanes64: 1,
	load: loadGo, store: storeGo, copy: copyGo, add: addGo,
	fused32: fusedGo[float32], fused64: fusedGo[float64],
	quotients32: quotientsGo[float32], quotients64: quotientsGo[float64],
}

func words(p *byte, n int) []uint64 { return unsafe.Slice((*uint64)(unsafe.Pointer(p)), n/8) }

func loadGo(src *byte, n, times int, sums *uint64) {
	all := words(src, n)
	var s0, s1, s2, s3 uint64
	for range times {
		for i := 0; i+4 <= len(all); i += 4 {
			w := (*[4]uint64)(all[i:])
			s0 += w[0]
			s1 += w[1]
			s2 += w[2]
			s3 += w[3]
		}
	}
	*(*[4]uint64)(unsafe.Pointer(sums)) = [4]uint64{s0, s1, s2, s3}
}

func storeGo(dst *byte, value uint64, n, times int) {
	all := words(dst, n)
	for range times {
		for i := range all {
			all[i] = value
		}
	}
}

func copyGo(dst, a *byte, n, times int) {
	to, from := words(dst, n), words(a, n)
	if dst == a { // which copy would leave as it is
		for range times {
			for i := range to {
				to[i] = from[i]
			}
		}
		return
	}
	for range times {
		copy(to, from)
	}
}

func addGo(dst, a, b *byte, n, times int) {
	to, x, y := words(dst, n), words(a, n), words(b, n)
	for range times {
		for i := range to {
			to[i] = x[i] + y[i]
		}
	}
}

// fusedGo need not be rounded once.
func fusedGo[T kernels.Float](state *T, factor, addend T, times int) {
	s := (*[fusedChains]T)(unsafe.Pointer(state))
	x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11]
	for range times {
		x0 = x0*factor + addend
		x1 = x1*factor + addend
		x2 = x2*factor + addend
		x3 = x3*factor + addend
		x4 = x4*factor + addend
		x5 = x5*factor + addend
		x6 = x6*factor + addend
		x7 = x7*factor + addend
		x8 = x8*factor + addend
		x9 = x9*factor + addend
		x10 = x10*factor + addend
		x11 = x11*factor + addend
	}
	*s = [fusedChains]T{x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11}
}

func quotientsGo[T kernels.Float](state *T, dividend T, times int) {
	s := (*[quotientChains]T)(unsafe.Pointer(state))
	x0, x1, x2, x3, x4, x5, x6, x7 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
	for range times {
		x0 = dividend / x0
		x1 = dividend / x1
		x2 = dividend / x2
		x3 = dividend / x3
		x4 = dividend / x4
		x5 = dividend / x5
		x6 = dividend / x6
		x7 = dividend / x7
	}
	*s = [quotientChains]T{x0, x1, x2, x3, x4, x5, x6, x7}
}
