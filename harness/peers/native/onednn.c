#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

static dnnl_engine_t engine;
static dnnl_stream_t stream;

// A primitive with its memory objects.
struct primitive {
	dnnl_primitive_t run;
	dnnl_primitive_desc_t desc, hint;
	dnnl_memory_t in, grad, out;
	dnnl_exec_arg_t args[3];
	int arguments;
};

static void release(void *bound) {
	struct primitive *p = bound;
	if (p->run) dnnl_primitive_destroy(p->run);
	if (p->desc) dnnl_primitive_desc_destroy(p->desc);
	if (p->hint) dnnl_primitive_desc_destroy(p->hint);
	if (p->in) dnnl_memory_destroy(p->in);
	if (p->grad) dnnl_memory_destroy(p->grad);
	if (p->out) dnnl_memory_destroy(p->out);
	free(p);
}

static int run(void *bound, const struct operands *o, size_t times) {
	struct primitive *p = bound;
	(void)o;
	for (; times > 0; times--)
		if (dnnl_primitive_execute(p->run, stream, p->arguments, p->args) != dnnl_success) return 0;
	return dnnl_stream_wait(stream) == dnnl_success;
}

// of gives the operation's parameter to the kinds that have one.
static float of(int kind, double param) { return kind == dnnl_eltwise_swish ? 1 : (float)param; }

static int describe(dnnl_memory_desc_t *d, size_t n) {
	dnnl_dims_t dims = {(dnnl_dim_t)n};
	return dnnl_memory_desc_init_by_tag(d, 1, dims, dnnl_f32, dnnl_a) == dnnl_success;
}

static void *bind_forward(const struct kernel *k, const struct operands *o) {
	struct primitive *p = calloc(1, sizeof *p);
	dnnl_memory_desc_t d;
	dnnl_eltwise_desc_t e;
	omp_set_num_threads(1); // of the thread that calls
	if (describe(&d, o->n) &&
		dnnl_eltwise_forward_desc_init(&e, dnnl_forward_inference, k->kind, &d, of(k->kind, o->param), 0) == dnnl_success &&
		dnnl_primitive_desc_create(&p->desc, &e, NULL, engine, NULL) == dnnl_success &&
		dnnl_primitive_create(&p->run, p->desc) == dnnl_success &&
		dnnl_memory_create(&p->in, &d, engine, (void *)o->x) == dnnl_success &&
		dnnl_memory_create(&p->out, &d, engine, o->out) == dnnl_success) {
		p->args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, p->in};
		p->args[1] = (dnnl_exec_arg_t){DNNL_ARG_DST, p->out};
		p->arguments = 2;
		return p;
	}
	release(p);
	return NULL;
}

static int from_output(int kind) {
	return kind == dnnl_eltwise_logistic_use_dst_for_bwd || kind == dnnl_eltwise_tanh_use_dst_for_bwd || kind == dnnl_eltwise_elu_use_dst_for_bwd;
}

static void *bind_backward(const struct kernel *k, const struct operands *o) {
	struct primitive *p = calloc(1, sizeof *p);
	dnnl_memory_desc_t d;
	dnnl_eltwise_desc_t f, e;
	float alpha = of(k->kind, o->param);
	omp_set_num_threads(1);
	if (describe(&d, o->n) &&
		dnnl_eltwise_forward_desc_init(&f, dnnl_forward_training, k->kind, &d, alpha, 0) == dnnl_success &&
		dnnl_primitive_desc_create(&p->hint, &f, NULL, engine, NULL) == dnnl_success &&
		dnnl_eltwise_backward_desc_init(&e, k->kind, &d, &d, alpha, 0) == dnnl_success &&
		dnnl_primitive_desc_create(&p->desc, &e, NULL, engine, p->hint) == dnnl_success &&
		dnnl_primitive_create(&p->run, p->desc) == dnnl_success &&
		dnnl_memory_create(&p->in, &d, engine, (void *)o->saved) == dnnl_success &&
		dnnl_memory_create(&p->grad, &d, engine, (void *)o->grad) == dnnl_success &&
		dnnl_memory_create(&p->out, &d, engine, o->out) == dnnl_success) {
		p->args[0] = (dnnl_exec_arg_t){from_output(k->kind) ? DNNL_ARG_DST : DNNL_ARG_SRC, p->in};
		p->args[1] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_DST, p->grad};
		p->args[2] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_SRC, p->out};
		p->arguments = 3;
		return p;
	}
	release(p);
	return NULL;
}

#define F(op, kind) {op, "forward", "float32", NULL, run, bind_forward, release, kind}
#define B(op, kind) {op, "backward", "float32", NULL, run, bind_backward, release, kind}
static const struct kernel all[] = {
	F("sigmoid", dnnl_eltwise_logistic), F("tanh", dnnl_eltwise_tanh), F("elu", dnnl_eltwise_elu), F("relu", dnnl_eltwise_relu),
	F("leakyrelu", dnnl_eltwise_relu), F("gelu", dnnl_eltwise_gelu_erf), F("gelutanh", dnnl_eltwise_gelu_tanh),
	F("silu", dnnl_eltwise_swish), F("exp", dnnl_eltwise_exp),
	B("sigmoid", dnnl_eltwise_logistic_use_dst_for_bwd), B("tanh", dnnl_eltwise_tanh_use_dst_for_bwd), B("relu", dnnl_eltwise_relu),
	B("leakyrelu", dnnl_eltwise_relu), B("elu", dnnl_eltwise_elu_use_dst_for_bwd), B("gelu", dnnl_eltwise_gelu_erf),
	B("gelutanh", dnnl_eltwise_gelu_tanh), B("silu", dnnl_eltwise_swish),
};

static const char *isa_name(int isa) {
	switch (isa) {
	case dnnl_cpu_isa_sse41: return "SSE4.1";
	case dnnl_cpu_isa_avx: return "AVX";
	case dnnl_cpu_isa_avx2: return "AVX2";
	case dnnl_cpu_isa_avx2_vnni: return "AVX2 with VNNI";
	case dnnl_cpu_isa_avx512_core: return "AVX-512";
	case dnnl_cpu_isa_avx512_core_vnni: return "AVX-512 with VNNI";
	case dnnl_cpu_isa_avx512_core_bf16: return "AVX-512 with bfloat16";
	case dnnl_cpu_isa_avx512_core_amx: return "AVX-512 with AMX";
	}
	return "unnamed";
}

struct library onednn(void) {
	static char version[200];
	if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success || dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) != dnnl_success)
		return (struct library){"onednn", "avx2", "does not start on this CPU", NULL, 0};
	const dnnl_version_t *v = dnnl_version();
	int isa = dnnl_get_effective_cpu_isa(), wide = (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
	snprintf(version, sizeof version, "oneDNN %d.%d.%d, eltwise primitives, effective instruction set %s (0x%x), 1 OpenMP thread",
		v->major, v->minor, v->patch, isa_name(isa), isa);
	return (struct library){"onednn", wide ? "avx512" : "avx2", version, all, COUNT(all)};
}
