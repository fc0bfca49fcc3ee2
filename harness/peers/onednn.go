//go:build linux && amd64

package main

/*
#cgo LDFLAGS: -ldnnl -lgomp
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static int start(void) {
	return dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success &&
		dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) == dnnl_success;
}

#define TRY(call) do { if ((call) != dnnl_success) return 0; } while (0)

static int vector(dnnl_memory_desc_t *d, size_t n) {
	dnnl_dims_t dims = {(dnnl_dim_t)n};
	TRY(dnnl_memory_desc_init_by_tag(d, 1, dims, dnnl_f32, dnnl_a));
	return 1;
}

static int forward(int kind, float alpha, float *dst, const float *src, size_t n, size_t times) {
	dnnl_memory_desc_t d;
	dnnl_eltwise_desc_t e;
	dnnl_primitive_desc_t pd;
	dnnl_primitive_t p;
	dnnl_memory_t in, out;
	omp_set_num_threads(1); // of the thread that calls
	if (!vector(&d, n)) return 0;
	TRY(dnnl_eltwise_forward_desc_init(&e, dnnl_forward_inference, kind, &d, alpha, 0));
	TRY(dnnl_primitive_desc_create(&pd, &e, NULL, engine, NULL));
	TRY(dnnl_primitive_create(&p, pd));
	TRY(dnnl_memory_create(&in, &d, engine, (void *)src));
	TRY(dnnl_memory_create(&out, &d, engine, dst));
	dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
	for (; times > 0; times--) TRY(dnnl_primitive_execute(p, stream, 2, args));
	TRY(dnnl_stream_wait(stream));
	dnnl_memory_destroy(in); dnnl_memory_destroy(out);
	dnnl_primitive_destroy(p); dnnl_primitive_desc_destroy(pd);
	return 1;
}

static int backward(int kind, float alpha, float *dst, const float *grad, const float *saved, int from_output, size_t n, size_t times) {
	dnnl_memory_desc_t d;
	dnnl_eltwise_desc_t f, e;
	dnnl_primitive_desc_t hint, pd;
	dnnl_primitive_t p;
	dnnl_memory_t s, g, out;
	omp_set_num_threads(1);
	if (!vector(&d, n)) return 0;
	TRY(dnnl_eltwise_forward_desc_init(&f, dnnl_forward_training, kind, &d, alpha, 0));
	TRY(dnnl_primitive_desc_create(&hint, &f, NULL, engine, NULL));
	TRY(dnnl_eltwise_backward_desc_init(&e, kind, &d, &d, alpha, 0));
	TRY(dnnl_primitive_desc_create(&pd, &e, NULL, engine, hint));
	TRY(dnnl_primitive_create(&p, pd));
	TRY(dnnl_memory_create(&s, &d, engine, (void *)saved));
	TRY(dnnl_memory_create(&g, &d, engine, (void *)grad));
	TRY(dnnl_memory_create(&out, &d, engine, dst));
	dnnl_exec_arg_t args[] = {{from_output ? DNNL_ARG_DST : DNNL_ARG_SRC, s}, {DNNL_ARG_DIFF_DST, g}, {DNNL_ARG_DIFF_SRC, out}};
	for (; times > 0; times--) TRY(dnnl_primitive_execute(p, stream, 3, args));
	TRY(dnnl_stream_wait(stream));
	dnnl_memory_destroy(s); dnnl_memory_destroy(g); dnnl_memory_destroy(out);
	dnnl_primitive_destroy(p); dnnl_primitive_desc_destroy(pd); dnnl_primitive_desc_destroy(hint);
	return 1;
}

static int instructions(void) { return dnnl_get_effective_cpu_isa(); }
*/
import "C"

import (
	"log"

	"actinit/harness/ops"
)

// onednn is oneDNN's element-wise primitives.
func onednn() []ops.Peer {
	if C.start() == 0 {
		log.Fatal("oneDNN does not start")
	}
	isa := "avx2"
	if C.instructions()&C.dnnl_cpu_isa_avx512_core == C.dnnl_cpu_isa_avx512_core {
		isa = "avx512"
	}
	done := func(good C.int) {
		if good == 0 {
			panic("oneDNN refused a primitive")
		}
	}
	f := func(op string, kind C.int, alpha float32) ops.Peer {
		return forward32(op, "onednn", isa, func(dst, src []float32, times int) {
			done(C.forward(kind, C.float(alpha), (*C.float)(&dst[0]), (*C.float)(&src[0]), C.size_t(len(src)), C.size_t(times)))
		})
	}
	b := func(op string, kind C.int, alpha float32, fromOutput C.int) ops.Peer {
		return backward32(op, "onednn", isa, func(dst, grad, saved []float32, times int) {
			done(C.backward(kind, C.float(alpha), (*C.float)(&dst[0]), (*C.float)(&grad[0]), (*C.float)(&saved[0]), fromOutput, C.size_t(len(dst)), C.size_t(times)))
		})
	}
	return []ops.Peer{
		f("sigmoid", C.dnnl_eltwise_logistic, 0),
		f("tanh", C.dnnl_eltwise_tanh, 0),
		f("elu", C.dnnl_eltwise_elu, 1),
		f("relu", C.dnnl_eltwise_relu, 0),
		f("leakyrelu", C.dnnl_eltwise_relu, .01),
		f("gelu", C.dnnl_eltwise_gelu_erf, 0),
		f("gelutanh", C.dnnl_eltwise_gelu_tanh, 0),
		f("silu", C.dnnl_eltwise_swish, 1),
		f("exp", C.dnnl_eltwise_exp, 0),
		b("sigmoid", C.dnnl_eltwise_logistic_use_dst_for_bwd, 0, 1),
		b("tanh", C.dnnl_eltwise_tanh_use_dst_for_bwd, 0, 1),
		b("relu", C.dnnl_eltwise_relu, 0, 0),
		b("leakyrelu", C.dnnl_eltwise_relu, .01, 0),
		b("elu", C.dnnl_eltwise_elu_use_dst_for_bwd, 1, 1),
		b("gelu", C.dnnl_eltwise_gelu_erf, 0, 0),
		b("gelutanh", C.dnnl_eltwise_gelu_tanh, 0, 0),
		b("silu", C.dnnl_eltwise_swish, 1, 0),
	}
}
