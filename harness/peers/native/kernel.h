// What the libraries' files have in common: each ends in a table of kernels, and a
// function that describes the library.
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Operands of n elements each, of which a kernel uses those it needs: forward reads x and
// writes out, which may be x; backward reads grad and saved and writes out.
struct operands {
	void *out;
	const void *x, *grad, *saved;
	size_t n;
	double param; // the operation's parameter
};

struct kernel {
	const char *op, *direction, *type;
	const char *isa; // NULL: that of the library

	// run calls the library's function so many times over and returns 0 if that failed.
	int (*run)(void *bound, const struct operands *o, size_t times);

	// bind sets up what a library needs before it can run on the operands, or returns
	// NULL. A kernel without bind needs nothing.
	void *(*bind)(const struct kernel *k, const struct operands *o);
	void (*release)(void *bound);
	int kind; // the library's own number of the operation
};

struct library {
	const char *name; // the variant
	const char *isa;  // portable, avx2 or avx512
	const char *version; // in words, with flags and the code path chosen on this CPU
	const struct kernel *kernels;
	size_t count;
};

// Each returns its library, ready to run, or one without kernels whose version says why.
struct library eigen(void), highway(void), libmvec(void), memcpy_(void), onednn(void), sleef_u10(void), sleef_u35(void), xnnpack(void);

#ifdef __cplusplus
}
#endif

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define FORWARD(op, type, run) {op, "forward", type, NULL, run, NULL, NULL, 0}

// The compiler, which makes the loops around functions of single vectors.
#define COMPILER "gcc " __VERSION__

#endif
