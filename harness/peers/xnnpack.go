//go:build linux && amd64

package main

/*
#cgo LDFLAGS: -lXNNPACK -lpthreadpool
#include <math.h>
#include <stddef.h>
#include <xnnpack.h>

// An operator is set up once and run so many times, on the caller's thread.
#define OPERATOR(name, setup, ...)                                                    \
	static int xnn_##name(float *dst, const float *src, size_t n, size_t times) {  \
		xnn_operator_t op = NULL;                                              \
		if (xnn_create_##name##_nc_f32(__VA_ARGS__, 0, &op) != xnn_status_success || \
		    setup(op, n, src, dst, NULL) != xnn_status_success) return 0;      \
		int good = 1;                                                          \
		for (; times > 0; times--) good &= xnn_run_operator(op, NULL) == xnn_status_success; \
		xnn_delete_operator(op);                                               \
		return good;                                                           \
	}
OPERATOR(sigmoid, xnn_setup_sigmoid_nc_f32, 1, 1, 1)
OPERATOR(elu, xnn_setup_elu_nc_f32, 1, 1, 1, 1.0f)
OPERATOR(leaky_relu, xnn_setup_leaky_relu_nc_f32, 1, 1, 1, 0.01f)
OPERATOR(clamp, xnn_setup_clamp_nc_f32, 1, 1, 1, 0.0f, INFINITY)
OPERATOR(hardswish, xnn_setup_hardswish_nc_f32, 1, 1, 1)

static int initialize(void) { return xnn_initialize(NULL) == xnn_status_success; }
*/
import "C"

import (
	"log"

	"actinit/harness/ops"
	"actinit/kernels"
)

// xnnpack is XNNPACK's operators. It chooses its kernels for the CPU at start and
// does not tell which; the best it can choose from is the best set the CPU has, whatever
// ACTINIT_ISA makes of ours.
func xnnpack() []ops.Peer {
	if C.initialize() == 0 {
		log.Fatal("XNNPACK does not run on this CPU")
	}
	best, err := kernels.ParseISA("")
	if err != nil {
		log.Fatal(err)
	}
	isa := best.ISA()
	done := func(good C.int) {
		if good == 0 {
			panic("XNNPACK refused an operator")
		}
	}
	return []ops.Peer{
		forward32("sigmoid", "xnnpack", isa, func(dst, src []float32, times int) {
			done(C.xnn_sigmoid((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times)))
		}),
		forward32("elu", "xnnpack", isa, func(dst, src []float32, times int) {
			done(C.xnn_elu((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times)))
		}),
		forward32("leakyrelu", "xnnpack", isa, func(dst, src []float32, times int) {
			done(C.xnn_leaky_relu((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times)))
		}),
		forward32("relu", "xnnpack", isa, func(dst, src []float32, times int) {
			done(C.xnn_clamp((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times)))
		}),
		forward32("hardswish", "xnnpack", isa, func(dst, src []float32, times int) {
			done(C.xnn_hardswish((*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times)))
		}),
	}
}
