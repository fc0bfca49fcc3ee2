#include "loops.h"
#include <sleef.h>
#include <stdio.h>

// sleef.h declares these only where the whole program is compiled for AVX2 or AVX-512.
__m256 Sleef_expf8_u10avx2(__m256);
__m256 Sleef_expm1f8_u10avx2(__m256);
__m256 Sleef_tanhf8_u10avx2(__m256);
__m256 Sleef_tanhf8_u35avx2(__m256);
__m256d Sleef_expd4_u10avx2(__m256d);
__m256d Sleef_tanhd4_u10avx2(__m256d);
__m256d Sleef_tanhd4_u35avx2(__m256d);
__m512 Sleef_expf16_u10avx512f(__m512);
__m512 Sleef_expm1f16_u10avx512f(__m512);
__m512 Sleef_tanhf16_u10avx512f(__m512);
__m512 Sleef_tanhf16_u35avx512f(__m512);
__m512d Sleef_expd8_u10avx512f(__m512d);
__m512d Sleef_tanhd8_u10avx512f(__m512d);
__m512d Sleef_tanhd8_u35avx512f(__m512d);

FLOAT8(sigmoid8, SIGMOID8(Sleef_expf8_u10avx2))
FLOAT8(tanh8, Sleef_tanhf8_u10avx2(x))
FLOAT8(tanh8u35, Sleef_tanhf8_u35avx2(x))
FLOAT8(elu8, ELU8(Sleef_expm1f8_u10avx2))
FLOAT8(exp8, Sleef_expf8_u10avx2(x))
DOUBLE4(sigmoid4d, SIGMOID4D(Sleef_expd4_u10avx2))
DOUBLE4(tanh4d, Sleef_tanhd4_u10avx2(x))
DOUBLE4(tanh4du35, Sleef_tanhd4_u35avx2(x))
DOUBLE4(exp4d, Sleef_expd4_u10avx2(x))
FLOAT16(sigmoid16, SIGMOID16(Sleef_expf16_u10avx512f))
FLOAT16(tanh16, Sleef_tanhf16_u10avx512f(x))
FLOAT16(tanh16u35, Sleef_tanhf16_u35avx512f(x))
FLOAT16(elu16, ELU16(Sleef_expm1f16_u10avx512f))
FLOAT16(exp16, Sleef_expf16_u10avx512f(x))
DOUBLE8(sigmoid8d, SIGMOID8D(Sleef_expd8_u10avx512f))
DOUBLE8(tanh8d, Sleef_tanhd8_u10avx512f(x))
DOUBLE8(tanh8du35, Sleef_tanhd8_u35avx512f(x))
DOUBLE8(exp8d, Sleef_expd8_u10avx512f(x))

static const struct kernel u10[2][7] = {
	{FORWARD("sigmoid", "float32", sigmoid8), FORWARD("tanh", "float32", tanh8), FORWARD("elu", "float32", elu8), FORWARD("exp", "float32", exp8),
		FORWARD("sigmoid", "float64", sigmoid4d), FORWARD("tanh", "float64", tanh4d), FORWARD("exp", "float64", exp4d)},
	{FORWARD("sigmoid", "float32", sigmoid16), FORWARD("tanh", "float32", tanh16), FORWARD("elu", "float32", elu16), FORWARD("exp", "float32", exp16),
		FORWARD("sigmoid", "float64", sigmoid8d), FORWARD("tanh", "float64", tanh8d), FORWARD("exp", "float64", exp8d)},
};
static const struct kernel u35[2][2] = {
	{FORWARD("tanh", "float32", tanh8u35), FORWARD("tanh", "float64", tanh4du35)},
	{FORWARD("tanh", "float32", tanh16u35), FORWARD("tanh", "float64", tanh8du35)},
};

static const char *version(const char *accuracy) {
	static char text[2][200];
	char *t = text[accuracy[1] == '3'];
	snprintf(t, sizeof text[0], "SLEEF %d.%d.%d, functions Sleef_*_%s%s, loops around them by " COMPILER " -O3",
		SLEEF_VERSION_MAJOR, SLEEF_VERSION_MINOR, SLEEF_VERSION_PATCHLEVEL, accuracy, wide() ? "avx512f" : "avx2");
	return t;
}

struct library sleef_u10(void) {
	return (struct library){"sleef-u10", wide() ? "avx512" : "avx2", version("u10"), u10[wide()], COUNT(u10[0])};
}

struct library sleef_u35(void) {
	return (struct library){"sleef-u35", wide() ? "avx512" : "avx2", version("u35"), u35[wide()], COUNT(u35[0])};
}
