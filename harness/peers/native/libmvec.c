#include "loops.h"
#include <gnu/libc-version.h>
#include <stdio.h>

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
DOUBLE4(exp4d, _ZGVdN4v_exp(x))
FLOAT16(sigmoid16, SIGMOID16(_ZGVeN16v_expf))
FLOAT16(tanh16, _ZGVeN16v_tanhf(x))
FLOAT16(elu16, ELU16(_ZGVeN16v_expm1f))
FLOAT16(exp16, _ZGVeN16v_expf(x))
DOUBLE8(sigmoid8d, SIGMOID8D(_ZGVeN8v_exp))
DOUBLE8(tanh8d, _ZGVeN8v_tanh(x))
DOUBLE8(exp8d, _ZGVeN8v_exp(x))

static const struct kernel all[2][7] = {
	{FORWARD("sigmoid", "float32", sigmoid8), FORWARD("tanh", "float32", tanh8), FORWARD("elu", "float32", elu8), FORWARD("exp", "float32", exp8),
		FORWARD("sigmoid", "float64", sigmoid4d), FORWARD("tanh", "float64", tanh4d), FORWARD("exp", "float64", exp4d)},
	{FORWARD("sigmoid", "float32", sigmoid16), FORWARD("tanh", "float32", tanh16), FORWARD("elu", "float32", elu16), FORWARD("exp", "float32", exp16),
		FORWARD("sigmoid", "float64", sigmoid8d), FORWARD("tanh", "float64", tanh8d), FORWARD("exp", "float64", exp8d)},
};

struct library libmvec(void) {
	static char version[200];
	snprintf(version, sizeof version, "glibc %s, functions %s, loops around them by " COMPILER " -O3",
		gnu_get_libc_version(), wide() ? "_ZGVeN16v_* and _ZGVeN8v_* (AVX-512)" : "_ZGVdN8v_* and _ZGVdN4v_* (AVX2)");
	return (struct library){"libmvec", wide() ? "avx512" : "avx2", version, all[wide()], COUNT(all[0])};
}
