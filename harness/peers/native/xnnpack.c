#include "loops.h"
#include <math.h>
#include <stdio.h>
#include <xnnpack.h>

// Channels, strides in and out, then what the operator is about.
#define OPERATOR(name, ...)                                                                     \
	static void *bind_##name(const struct kernel *k, const struct operands *o) {            \
		xnn_operator_t op = NULL;                                                       \
		(void)k;                                                                        \
		if (xnn_create_##name##_nc_f32(1, 1, 1, ##__VA_ARGS__, 0, &op) != xnn_status_success) return NULL; \
		if (xnn_setup_##name##_nc_f32(op, o->n, o->x, o->out, NULL) == xnn_status_success) return op; \
		xnn_delete_operator(op);                                                        \
		return NULL;                                                                    \
	}
OPERATOR(sigmoid)
OPERATOR(elu, (float)o->param)
OPERATOR(leaky_relu, (float)o->param)
OPERATOR(clamp, 0.0f, INFINITY)
OPERATOR(hardswish)

static int run(void *op, const struct operands *o, size_t times) {
	(void)o;
	for (; times > 0; times--)
		if (xnn_run_operator(op, NULL) != xnn_status_success) return 0;
	return 1;
}

static void release(void *op) { xnn_delete_operator(op); }

#define KERNEL(op, bind) {op, "forward", "float32", NULL, run, bind, release, 0}
static const struct kernel all[] = {
	KERNEL("sigmoid", bind_sigmoid), KERNEL("elu", bind_elu), KERNEL("leakyrelu", bind_leaky_relu),
	KERNEL("relu", bind_clamp), KERNEL("hardswish", bind_hardswish),
};

struct library xnnpack(void) {
	static char version[300];
	if (xnn_initialize(NULL) != xnn_status_success) return (struct library){"xnnpack", "avx2", "does not run on this CPU", NULL, 0};
	snprintf(version, sizeof version, "operators xnn_create_*_nc_f32 on the caller's thread; it chooses its kernels at start and does not tell which, here from all up to %s",
		wide() ? "AVX-512" : "AVX2");
	return (struct library){"xnnpack", wide() ? "avx512" : "avx2", version, all, COUNT(all)};
}
