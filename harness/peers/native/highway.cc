#define HWY_WANT_AVX3_DL // which -march=native may have for its baseline
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>

#include <cstdio>
#include <cstring>

#include "kernel.h"

HWY_BEFORE_NAMESPACE();
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// A kernel is a loop over whole vectors, and a buffer for the tail.
#define KERNEL(name, expression)                                                                \
	template <typename T> int name(void *, const struct operands *o, size_t times) {        \
		const hn::ScalableTag<T> d;                                                     \
		const size_t lanes = hn::Lanes(d), n = o->n;                                    \
		const T *src = static_cast<const T *>(o->x);                                    \
		T *dst = static_cast<T *>(o->out);                                              \
		const auto one = hn::Set(d, T(1));                                              \
		(void)one;                                                                      \
		for (; times > 0; times--) {                                                    \
			size_t i = 0;                                                           \
			for (; i + lanes <= n; i += lanes) {                                    \
				const auto x = hn::LoadU(d, src + i);                           \
				hn::StoreU(expression, d, dst + i);                             \
			}                                                                       \
			if (i < n) {                                                            \
				HWY_ALIGN T rest[hn::MaxLanes(d)] = {};                         \
				std::memcpy(rest, src + i, (n - i) * sizeof(T));                \
				const auto x = hn::Load(d, rest);                               \
				hn::Store(expression, d, rest);                                 \
				std::memcpy(dst + i, rest, (n - i) * sizeof(T));                \
			}                                                                       \
		}                                                                               \
		return 1;                                                                       \
	}
KERNEL(sigmoid, hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(x)))))
KERNEL(tanh, hn::Tanh(d, x))
KERNEL(exp, hn::Exp(d, x))
KERNEL(elu, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(hn::Set(d, T(o->param)), hn::Expm1(d, x)), x))
KERNEL(relu, hn::Max(x, hn::Zero(d)))
KERNEL(softplus, hn::Add(hn::Max(x, hn::Zero(d)), hn::Log1p(d, hn::Exp(d, hn::Neg(hn::Abs(x))))))

const struct kernel all[] = {
	FORWARD("sigmoid", "float32", sigmoid<float>), FORWARD("tanh", "float32", tanh<float>), FORWARD("exp", "float32", exp<float>),
	FORWARD("elu", "float32", elu<float>), FORWARD("relu", "float32", relu<float>), FORWARD("softplus", "float32", softplus<float>),
	FORWARD("sigmoid", "float64", sigmoid<double>), FORWARD("tanh", "float64", tanh<double>), FORWARD("exp", "float64", exp<double>),
	FORWARD("softplus", "float64", softplus<double>),
};

} // namespace
HWY_AFTER_NAMESPACE();

struct library highway(void) {
	static char version[200];
	std::snprintf(version, sizeof version, "Highway %d.%d.%d, hwy/contrib/math in loops by " COMPILER " -O3 -march=native, static target %s",
		HWY_MAJOR, HWY_MINOR, HWY_PATCH, hwy::TargetName(HWY_TARGET));
	return {"highway", HWY_TARGET <= HWY_AVX3 ? "avx512" : "avx2", version, all, COUNT(all)};
}
