# Fills by numpy and PyTorch, timed from outside: reads lines "library fill n times", fills an array
# of n float32 so many times over on one thread, and answers "done", or "error: why".
# With times 0 it answers the library's version.
import sys

arrays = {}


def numpy_fills():
    import numpy

    generator = numpy.random.Generator(numpy.random.SFC64(1))  # the fastest of its bit generators

    def out(n):
        return arrays.setdefault(("numpy", n), numpy.ones(n, numpy.float32))

    return numpy.__version__, {
        "uniform": lambda n: generator.random(dtype=numpy.float32, out=out(n)),
        "normal": lambda n: generator.standard_normal(dtype=numpy.float32, out=out(n)),
    }


def torch_fills():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(1)

    def out(n):
        return arrays.setdefault(("torch", n), torch.ones(n, dtype=torch.float32))

    return torch.__version__, {
        "uniform": lambda n: out(n).uniform_(-1, 1),
        "normal": lambda n: out(n).normal_(0, 1),
        "truncated_normal": lambda n: torch.nn.init.trunc_normal_(out(n)),
        "bernoulli": lambda n: out(n).bernoulli_(0.5),
    }


libraries = {}
for line in sys.stdin:
    library, fill, n, times = (line.rstrip("\n").split(" ") + [""] * 4)[:4]
    try:
        if library not in libraries:
            libraries[library] = {"numpy": numpy_fills, "torch": torch_fills}[library]()
        version, fills = libraries[library]
        for _ in range(int(times)):
            fills[fill](int(n))
        print("done" if int(times) else version, flush=True)
    except Exception as e:
        print("error:", repr(e), flush=True)
