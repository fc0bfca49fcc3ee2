//go:build linux && amd64

package main

/*
#cgo LDFLAGS: -lsleef
#cgo CFLAGS: -O3 -Wno-psabi
#include "loops.h"

// sleef.h declares these only where the whole program is compiled for AVX2 or AVX-512.
__m256 Sleef_expf8_u10avx2(__m256);
__m256 Sleef_expm1f8_u10avx2(__m256);
__m256 Sleef_tanhf8_u10avx2(__m256);
__m256 Sleef_tanhf8_u35avx2(__m256);
__m256d Sleef_expd4_u10avx2(__m256d);
__m256d Sleef_tanhd4_u10avx2(__m256d);
__m512 Sleef_expf16_u10avx512f(__m512);
__m512 Sleef_expm1f16_u10avx512f(__m512);
__m512 Sleef_tanhf16_u10avx512f(__m512);
__m512 Sleef_tanhf16_u35avx512f(__m512);
__m512d Sleef_expd8_u10avx512f(__m512d);
__m512d Sleef_tanhd8_u10avx512f(__m512d);

FLOAT8(sigmoid8, SIGMOID8(Sleef_expf8_u10avx2))
FLOAT8(tanh8, Sleef_tanhf8_u10avx2(x))
FLOAT8(tanh8fast, Sleef_tanhf8_u35avx2(x))
FLOAT8(elu8, ELU8(Sleef_expm1f8_u10avx2))
FLOAT8(exp8, Sleef_expf8_u10avx2(x))
DOUBLE4(sigmoid4d, SIGMOID4D(Sleef_expd4_u10avx2))
DOUBLE4(tanh4d, Sleef_tanhd4_u10avx2(x))
FLOAT16(sigmoid16, SIGMOID16(Sleef_expf16_u10avx512f))
FLOAT16(tanh16, Sleef_tanhf16_u10avx512f(x))
FLOAT16(tanh16fast, Sleef_tanhf16_u35avx512f(x))
FLOAT16(elu16, ELU16(Sleef_expm1f16_u10avx512f))
FLOAT16(exp16, Sleef_expf16_u10avx512f(x))
DOUBLE8(sigmoid8d, SIGMOID8D(Sleef_expd8_u10avx512f))
DOUBLE8(tanh8d, Sleef_tanhd8_u10avx512f(x))

static int wide(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"); }

#define PICK(name, type, narrow, broad)                                               \
	static void name(type *dst, const type *src, size_t n, size_t times) {         \
		if (wide()) broad(dst, src, n, times); else narrow(dst, src, n, times); \
	}
PICK(sleef_sigmoid, float, sigmoid8, sigmoid16)
PICK(sleef_tanh, float, tanh8, tanh16)
PICK(sleef_tanh_fast, float, tanh8fast, tanh16fast)
PICK(sleef_elu, float, elu8, elu16)
PICK(sleef_exp, float, exp8, exp16)
PICK(sleef_sigmoid64, double, sigmoid4d, sigmoid8d)
PICK(sleef_tanh64, double, tanh4d, tanh8d)
*/
import "C"

import "actinit/harness/ops"

// sleef is SLEEF's functions of at most 1.0 ULP, and the 3.5 ULP tanh.
func sleef() []ops.Peer {
	isa := "avx2"
	if C.wide() != 0 {
		isa = "avx512"
	}
	return []ops.Peer{
		forward32("sigmoid", "sleef-u10", isa, func(dst, src []float32, times int) {
			C.sleef_sigmoid((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("tanh", "sleef-u10", isa, func(dst, src []float32, times int) {
			C.sleef_tanh((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("tanh", "sleef-u35", isa, func(dst, src []float32, times int) {
			C.sleef_tanh_fast((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("elu", "sleef-u10", isa, func(dst, src []float32, times int) {
			C.sleef_elu((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward32("exp", "sleef-u10", isa, func(dst, src []float32, times int) {
			C.sleef_exp((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward64("sigmoid", "sleef-u10", isa, func(dst, src []float64, times int) {
			C.sleef_sigmoid64((*C.double)(&dst[0]), (*C.double)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
		forward64("tanh", "sleef-u10", isa, func(dst, src []float64, times int) {
			C.sleef_tanh64((*C.double)(&dst[0]), (*C.double)(&src[0]), C.size_t(len(src)), C.size_t(times))
		}),
	}
}
