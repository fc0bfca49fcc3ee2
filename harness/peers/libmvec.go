//go:build linux && amd64

package main

/*
#cgo LDFLAGS: -lmvec -lm
#cgo CFLAGS: -O3 -Wno-psabi
#include "loops.h"

// glibc's vector functions have no header: these are their names in the vector ABI.
__m256 _ZGVdN8v_expf(__m256);
__m256 _ZGVdN8v_expm1f(__m256);
__m256 _ZGVdN8v_tanhf(__m256);
__m256d _ZGVdN4v_exp(__m256d);
__m256d _ZGVdN4v_tanh(__m256d);
__m512 _ZGVeN16v_expf(__m512);
__m512 _ZGVeN16v_expm1f(__m512);
__m512 _ZGVeN16v_tanhf(__m512);
__m512d _ZGVeN8v_exp(__m512d);
__m512d _ZGVeN8v_tanh(__m512d);

FLOAT8(sigmoid8, SIGMOID8(_ZGVdN8v_expf))
FLOAT8(tanh8, _ZGVdN8v_tanhf(x))
FLOAT8(elu8, ELU8(_ZGVdN8v_expm1f))
FLOAT8(exp8, _ZGVdN8v_expf(x))
DOUBLE4(sigmoid4d, SIGMOID4D(_ZGVdN4v_exp))
DOUBLE4(tanh4d, _ZGVdN4v_tanh(x))
FLOAT16(sigmoid16, SIGMOID16(_ZGVeN16v_expf))
FLOAT16(tanh16, _ZGVeN16v_tanhf(x))
FLOAT16(elu16, ELU16(_ZGVeN16v_expm1f))
FLOAT16(exp16, _ZGVeN16v_expf(x))
DOUBLE8(sigmoid8d, SIGMOID8D(_ZGVeN8v_exp))
DOUBLE8(tanh8d, _ZGVeN8v_tanh(x))

static int wide(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"); }

#define PICK(name, type, narrow, broad)                                               \
	static void name(type *dst, const type *src, size_t n, size_t times) {         \
		if (wide()) broad(dst, src, n, times); else narrow(dst, src, n, times); \
	}
PICK(mvec_sigmoid, float, sigmoid8, sigmoid16)
PICK(mvec_tanh, float, tanh8, tanh16)
PICK(mvec_elu, float, elu8, elu16)
PICK(mvec_exp, float, exp8, exp16)
PICK(mvec_sigmoid64, double, sigmoid4d, sigmoid8d)
PICK(mvec_tanh64, double, tanh4d, tanh8d)
*/
import "C"

import "actinit/harness/ops"

// libmvec is glibc's vector functions, of at most 4 ULP, and plain formulas on top.
func libmvec() []ops.Peer {
	isa := "avx2"
	if C.wide() != 0 {
		isa = "avx512"
	}
	return []ops.Peer{
		forward32("sigmoid", "libmvec", isa, func(dst, src []float32, times int) {
			C.mvec_sigmoid((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("tanh", "libmvec", isa, func(dst, src []float32, times int) {
			C.mvec_tanh((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("elu", "libmvec", isa, func(dst, src []float32, times int) {
			C.mvec_elu((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("exp", "libmvec", isa, func(dst, src []float32, times int) {
			C.mvec_exp((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward64("sigmoid", "libmvec", isa, func(dst, src []float64, times int) {
			C.mvec_sigmoid64((*C.double)(&dst[0]), (*C.double)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward64("tanh", "libmvec", isa, func(dst, src []float64, times int) {
			C.mvec_tanh64((*C.double)(&dst[0]), (*C.double)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
	}
}
