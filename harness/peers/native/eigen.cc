#include <Eigen/Core>

#include "kernel.h"

namespace {

template <typename T> using Out = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>, Eigen::Aligned64>;
template <typename T> using In = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>, Eigen::Aligned64>;

// A kernel assigns an expression of x, which may lie where the result does: Eigen
// evaluates such expressions vector by vector.
#define KERNEL(name, expression)                                                                \
	template <typename T> int name(void *, const struct operands *o, size_t times) {        \
		In<T> x(static_cast<const T *>(o->x), o->n);                                    \
		Out<T> out(static_cast<T *>(o->out), o->n);                                     \
		for (; times > 0; times--) {                                                    \
			out = expression;                                                       \
			asm volatile("" ::: "memory");                                          \
		}                                                                               \
		return 1;                                                                       \
	}
KERNEL(sigmoid, x.logistic())
KERNEL(tanh, x.tanh())
KERNEL(exp, x.exp())
KERNEL(relu, x.cwiseMax(T(0)))
KERNEL(elu, (x < T(0)).select(T(o->param) * x.expm1(), x))

// Backward kernels, from the output.
#define BACKWARD(name, expression)                                                              \
	template <typename T> int name(void *, const struct operands *o, size_t times) {        \
		In<T> grad(static_cast<const T *>(o->grad), o->n), y(static_cast<const T *>(o->saved), o->n); \
		Out<T> out(static_cast<T *>(o->out), o->n);                                     \
		for (; times > 0; times--) {                                                    \
			out = expression;                                                       \
			asm volatile("" ::: "memory");                                          \
		}                                                                               \
		return 1;                                                                       \
	}
BACKWARD(sigmoid_backward, grad * y * (T(1) - y))
BACKWARD(tanh_backward, grad * (T(1) - y.square()))

#define B(op, type, run) {op, "backward", type, NULL, run, NULL, NULL, 0}
const struct kernel all[] = {
	FORWARD("sigmoid", "float32", sigmoid<float>), FORWARD("tanh", "float32", tanh<float>), FORWARD("exp", "float32", exp<float>),
	FORWARD("relu", "float32", relu<float>), FORWARD("elu", "float32", elu<float>),
	FORWARD("sigmoid", "float64", sigmoid<double>), FORWARD("exp", "float64", exp<double>), FORWARD("relu", "float64", relu<double>),
	FORWARD("tanh", "float64", tanh<double>),
	B("sigmoid", "float32", sigmoid_backward<float>), B("tanh", "float32", tanh_backward<float>),
};

} // namespace

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

struct library eigen(void) {
	return {"eigen",
#ifdef __AVX512F__
		"avx512",
#else
		"avx2",
#endif
		"Eigen " NUMBER(EIGEN_WORLD_VERSION) "." NUMBER(EIGEN_MAJOR_VERSION) "." NUMBER(EIGEN_MINOR_VERSION) ", Eigen::Array expressions over maps aligned to 64 bytes, by " COMPILER
#ifdef __AVX512F__
		" -O3 -march=native, which gives vectors of 512 bits",
#else
		" -O3 -march=native, which gives vectors of 256 bits",
#endif
		all, COUNT(all)};
}
