# A leaky ReLU that actinit times and verifies: actinit bench --peer 'python3 kernel.py'
import mmap
import sys
import time
import numpy

def leaky(out, x, slope):
    numpy.multiply(x, slope, out=scratch[: len(x)])
    numpy.copyto(scratch[: len(x)], x, where=x > 0)
    numpy.copyto(out, scratch[: len(x)])

memory = None
for line in sys.stdin:
    verb, *words = line.split()
    if line == "actinit 1\n":
        answer = "library mine 1.0, three calls of numpy\nkernel leakyrelu forward float32 mine portable\nend"
    elif verb == "memory":
        with open(words[0], "r+b") as file:
            memory = mmap.mmap(file.fileno(), int(words[1]))
        scratch = numpy.empty(int(words[1]) // 4, numpy.float32)
        answer = "ok"
    elif verb == "run" and memory:
        n, warmup, times, out, x = (int(words[i]) for i in (1, 3, 4, 6, 7))
        slope = numpy.float32(words[5])
        at = lambda place: numpy.frombuffer(memory, numpy.float32, n, place)
        out, x = at(out), at(x)
        for _ in range(warmup):
            leaky(out, x, slope)
        start = time.perf_counter_ns()
        for _ in range(times):
            leaky(out, x, slope)
        answer = f"ns {time.perf_counter_ns() - start}"
    else:
        answer = "error want actinit 1, memory or run"
    print(answer, flush=True)
