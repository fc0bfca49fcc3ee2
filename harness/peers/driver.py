"""Serves PyTorch's and numpy's kernels by the protocol of package harness/remote.

`actinit bench --peer '/usr/bin/python3 harness/peers/driver.py'` times them beside ours, on
one thread, in the memory that all share, with the clock around the calls and nothing
else: what Python itself takes for a call, about a microsecond, is part of it.
Named after the program, torch or numpy serves that library alone.
"""
import ctypes
import gc
import itertools
import mmap
import os
import sys
import time

CPU = open("/proc/cpuinfo").read()
WIDE = all(feature in CPU for feature in (" avx512f ", " avx512dq ", " avx512bw ", " avx512vl "))
os.environ.setdefault("OMP_NUM_THREADS", "1")
if WIDE:  # else Debian's build takes AVX2, and its OpenBLAS, on a CPU it does not know, AVX2 too
    os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx512")
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")

PROBABILITY = 0.3  # of 1 in the table's Bernoulli fill
ISA = "avx512" if WIDE else "avx2"


class Control:
    """The floating-point environment, of which MXCSR is the last word."""

    libm = ctypes.CDLL("libm.so.6")

    def __init__(self):
        self.environment = (ctypes.c_uint32 * 8)()
        self.libm.fegetenv(self.environment)

    def register(self):
        return self.environment[7] & ~0x3F  # without the exceptions seen

    def restore(self):
        self.libm.fesetenv(self.environment)


def torch_library():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(1)
    torch.set_grad_enabled(False)
    nn, aten = torch._C._nn, torch.ops.aten
    capability = next((line.split(": ")[1] for line in torch.__config__.show().splitlines() if "CPU capability" in line), "unknown")
    forward = {
        "sigmoid": lambda x, o, p: lambda: torch.sigmoid(x, out=o),
        "tanh": lambda x, o, p: lambda: torch.tanh(x, out=o),
        "relu": lambda x, o, p: lambda: torch.clamp_min(x, 0, out=o),  # twice as fast as relu
        "leakyrelu": lambda x, o, p: lambda: nn.leaky_relu(x, p, out=o),
        "elu": lambda x, o, p: lambda: nn.elu(x, p, out=o),
        "gelu": lambda x, o, p: lambda: nn.gelu(x, approximate="none", out=o),
        "gelutanh": lambda x, o, p: lambda: nn.gelu(x, approximate="tanh", out=o),
        "silu": lambda x, o, p: lambda: nn.silu(x, out=o),
        "softplus": lambda x, o, p: lambda: nn.softplus(x, 1, 20, out=o),
        "hardsigmoid": lambda x, o, p: lambda: nn.hardsigmoid(x, out=o),
        "hardswish": lambda x, o, p: lambda: nn.hardswish(x, out=o),
        "mish": lambda x, o, p: lambda: nn.mish(x, out=o),
        "logsigmoid": lambda x, o, p: lambda: nn.log_sigmoid(x, out=o),
        "exp": lambda x, o, p: lambda: torch.exp(x, out=o),
    }
    backward = {
        "sigmoid": lambda g, s, o, p: lambda f=aten.sigmoid_backward.grad_input: f(g, s, grad_input=o),
        "tanh": lambda g, s, o, p: lambda f=aten.tanh_backward.grad_input: f(g, s, grad_input=o),
        "relu": lambda g, s, o, p: lambda f=aten.threshold_backward.grad_input: f(g, s, 0, grad_input=o),
        "leakyrelu": lambda g, s, o, p: lambda f=aten.leaky_relu_backward.grad_input: f(g, s, p, False, grad_input=o),
        "elu": lambda g, s, o, p: lambda f=aten.elu_backward.grad_input: f(g, p, 1, 1, True, s, grad_input=o),
        "gelu": lambda g, s, o, p: lambda f=aten.gelu_backward.grad_input: f(g, s, approximate="none", grad_input=o),
        "gelutanh": lambda g, s, o, p: lambda f=aten.gelu_backward.grad_input: f(g, s, approximate="tanh", grad_input=o),
        "silu": lambda g, s, o, p: lambda f=aten.silu_backward.grad_input: f(g, s, grad_input=o),
        "softplus": lambda g, s, o, p: lambda f=aten.softplus_backward.grad_input: f(g, s, 1, 20, grad_input=o),
        "hardsigmoid": lambda g, s, o, p: lambda f=aten.hardsigmoid_backward.grad_input: f(g, s, grad_input=o),
    }
    fills = {
        "uniform": lambda o: lambda: o.uniform_(-1, 1),
        "normal": lambda o: lambda: o.normal_(0, 1),
        "truncated_normal": lambda o: lambda: torch.nn.init.trunc_normal_(o),
        "bernoulli": lambda o: lambda: o.bernoulli_(PROBABILITY),
    }
    version = (f"PyTorch {torch.__version__}, CPU capability {capability}, 1 thread, functions with out= on tensors over the shared memory, "
               "aten's *_backward, and an in-place fill")
    isa = {"AVX512": "avx512", "AVX2": "avx2"}.get(capability, "portable")
    return version, isa, torch.from_numpy, forward, backward, fills


def numpy_library():
    import numpy

    generator = numpy.random.Generator(numpy.random.SFC64(1))  # the fastest of its bit generators

    def sigmoid(x, o, p):
        one = x.dtype.type(1)

        def run():
            numpy.negative(x, out=o)
            numpy.exp(o, out=o)
            numpy.add(o, one, out=o)
            numpy.reciprocal(o, out=o)

        return run

    def uniform(o):
        two, one = o.dtype.type(2), o.dtype.type(1)

        def run():
            generator.random(dtype=o.dtype, out=o)
            numpy.multiply(o, two, out=o)
            numpy.subtract(o, one, out=o)

        return run

    forward = {
        "sigmoid": sigmoid,
        "tanh": lambda x, o, p: lambda: numpy.tanh(x, out=o),
        "relu": lambda x, o, p: lambda zero=x.dtype.type(0): numpy.maximum(x, zero, out=o),
        "exp": lambda x, o, p: lambda: numpy.exp(x, out=o),
    }
    fills = {
        "uniform": uniform,
        "normal": lambda o: lambda: generator.standard_normal(dtype=o.dtype, out=o),
    }
    found = [f for f in ("AVX2", "AVX512F", "AVX512_SKX") if numpy.core._multiarray_umath.__cpu_features__.get(f)]
    version = f"numpy {numpy.__version__}, functions with out=, dispatched on {' '.join(found)}; fills by SFC64"
    return version, ISA if "AVX512_SKX" in found else "avx2", lambda array: array, forward, {}, fills


def kernels_of(name, library):
    """The library's lines of the greeting, and its kernels with what binds them."""
    version, isa, wrap, forward, backward, fills = library()
    served = []
    for kind in ("float32", "float64"):
        for direction, table in (("forward", forward), ("backward", backward), ("fill", fills)):
            for op, bind in table.items():
                served.append((f"kernel {op} {direction} {kind} {name} {isa}", direction, kind, wrap, bind))
    return f"library {name} {version}", served


def bind(kernel, memory, n, param, out, x, grad, saved):
    """The call of a kernel on operands at their places in the memory."""
    import numpy

    _, direction, kind, wrap, make = kernel

    def at(place):
        return wrap(numpy.frombuffer(memory, dtype=kind, count=n, offset=place))

    if direction == "forward":
        return make(at(x), at(out), param)
    if direction == "backward":
        return make(at(grad), at(saved), at(out), param)
    return make(at(out))


def in_place(kernel, memory, n, places):
    """The places of a kernel that writes over its input, and what copies the input there."""
    import numpy

    _, direction, kind, _, _ = kernel
    if direction not in ("forward", "backward"):
        raise ValueError(f"{direction}: only forward and backward kernels work in place")
    which = 1 if direction == "forward" else 2
    src, dst = (numpy.frombuffer(memory, dtype=kind, count=n, offset=places[i]) for i in (which, 0))
    places = list(places)
    places[which] = places[0]
    return places, lambda: numpy.copyto(dst, src)


def repeat(call, times):
    for _ in itertools.repeat(None, times):
        call()


def timed(call, times, refresh):
    """The time of so many calls; where there is something to refresh, each call is timed on its own, after that."""
    if refresh is None:
        start = time.perf_counter_ns()
        repeat(call, times)
        return time.perf_counter_ns() - start
    elapsed = 0
    for _ in itertools.repeat(None, times):
        refresh()
        start = time.perf_counter_ns()
        call()
        elapsed += time.perf_counter_ns() - start
    return elapsed


def run(call, warmup, iterations, refresh):
    timed(call, warmup, refresh)
    before = Control()
    elapsed = timed(call, iterations, refresh)
    after = Control()
    answer = f"ns {max(elapsed, 1)}"
    if after.register() != before.register():
        before.restore()
        answer += f" mxcsr={before.register():x},{after.register():x}"
    return answer


def main():
    libraries = {"torch": torch_library, "numpy": numpy_library}
    wanted = sys.argv[1:] or list(libraries)
    for name in wanted:
        if name not in libraries:
            sys.exit(f"{name}: want torch, numpy or nothing, which is both")
    answers = os.fdopen(os.dup(1), "w")  # what else is printed goes to standard error
    os.dup2(2, 1)
    gc.disable()
    kernels, memory, bound, call = [], None, None, None
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            if verb == "actinit":
                if words != ["1"]:
                    raise ValueError(f"protocol version {' '.join(words)}, want 1")
                greeting, kernels = [], []
                for name in wanted:
                    version, served = kernels_of(name, libraries[name])
                    greeting += [version] + [k[0] for k in served]
                    kernels += served
                answer = "\n".join(greeting + ["end"])
            elif verb == "memory":
                with open(words[0], "r+b") as file:
                    memory = mmap.mmap(file.fileno(), int(words[1]))
                memory.madvise(mmap.MADV_HUGEPAGE)
                bound, answer = None, "ok"
            elif verb in ("run", "in-place"):
                if [verb] + words[:2] + words[5:] != bound:
                    kernel, n = kernels[int(words[0])], int(words[1])
                    places, refresh = [int(w) for w in words[6:10]], None
                    if verb == "in-place":
                        places, refresh = in_place(kernel, memory, n, places)
                    call = bind(kernel, memory, n, float(words[5]), *places)
                    bound = [verb] + words[:2] + words[5:]
                answer = run(call, int(words[3]), int(words[4]), refresh)
            else:
                raise ValueError(f"{verb}: want actinit, memory, run or in-place")
        except Exception as e:
            bound = None
            answer = "error " + " ".join(f"{type(e).__name__}: {e}".split())
        print(answer, file=answers, flush=True)


main()
