// Loops over a library's vector functions. A tail shorter than a vector goes through a
// buffer, as the libraries' own documentation does it.
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))

#define LOOP(name, isa, element, vector, lanes, load, store, expression)                 \
	isa static int name(void *bound, const struct operands *o, size_t times) {       \
		(void)bound;                                                              \
		const element *src = o->x;                                                \
		element *dst = o->out;                                                    \
		size_t n = o->n;                                                          \
		for (; times > 0; times--) {                                              \
			size_t i = 0;                                                     \
			for (; i + lanes <= n; i += lanes) {                              \
				vector x = load(src + i);                                 \
				store(dst + i, expression);                               \
			}                                                                 \
			if (i < n) {                                                      \
				element rest[lanes] = {0};                                \
				memcpy(rest, src + i, (n - i) * sizeof(element));         \
				vector x = load(rest);                                    \
				store(rest, expression);                                  \
				memcpy(dst + i, rest, (n - i) * sizeof(element));         \
			}                                                                 \
		}                                                                         \
		return 1;                                                                 \
	}

#define FLOAT8(name, expression) \
	LOOP(name, AVX2, float, __m256, 8, _mm256_loadu_ps, _mm256_storeu_ps, expression)
#define FLOAT16(name, expression) \
	LOOP(name, AVX512, float, __m512, 16, _mm512_loadu_ps, _mm512_storeu_ps, expression)
#define DOUBLE4(name, expression) \
	LOOP(name, AVX2, double, __m256d, 4, _mm256_loadu_pd, _mm256_storeu_pd, expression)
#define DOUBLE8(name, expression) \
	LOOP(name, AVX512, double, __m512d, 8, _mm512_loadu_pd, _mm512_storeu_pd, expression)

// The formulas on top of the exponential, in the shortest form.
#define SIGMOID8(exp) _mm256_div_ps(_mm256_set1_ps(1), _mm256_add_ps(_mm256_set1_ps(1), exp(_mm256_sub_ps(_mm256_setzero_ps(), x))))
#define SIGMOID16(exp) _mm512_div_ps(_mm512_set1_ps(1), _mm512_add_ps(_mm512_set1_ps(1), exp(_mm512_sub_ps(_mm512_setzero_ps(), x))))
#define SIGMOID4D(exp) _mm256_div_pd(_mm256_set1_pd(1), _mm256_add_pd(_mm256_set1_pd(1), exp(_mm256_sub_pd(_mm256_setzero_pd(), x))))
#define SIGMOID8D(exp) _mm512_div_pd(_mm512_set1_pd(1), _mm512_add_pd(_mm512_set1_pd(1), exp(_mm512_sub_pd(_mm512_setzero_pd(), x))))
#define ELU8(expm1) _mm256_blendv_ps(x, _mm256_mul_ps(_mm256_set1_ps((float)o->param), expm1(x)), x)
#define ELU16(expm1) _mm512_mask_blend_ps(_mm512_movepi32_mask(_mm512_castps_si512(x)), x, _mm512_mul_ps(_mm512_set1_ps((float)o->param), expm1(x)))

// wide reports whether the CPU has what AVX512 asks for.
static int wide(void) {
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}
