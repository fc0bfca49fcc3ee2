# The lecture's experiment by PyTorch, timed from inside on two threads: reads lines "plain"
# or "statistics", runs a pass forward and backward through a deep tanh net, with the
# statistics of every layer or without, and answers "seconds VALUE", or "error: why".
# The first line is "net depth width batch seed".
import sys
import time

import torch

torch.set_num_threads(2)
bins = 64


def describe(t, limit):
    finite = torch.isfinite(t)
    bad = t.numel() - int(finite.sum())
    if bad:
        t = t[finite]
    mean = t.mean()
    d = t - mean
    d2 = d * d
    variance = d2.mean()
    third, fourth = (d2 * d).mean(), (d2 * d2).mean()
    low, high = t.aminmax()
    edge = float(4 * (variance + mean * mean).sqrt())
    histogram = torch.histc(t, bins, -edge, edge)
    zeros = (t == 0).sum()
    saturated = (t.abs() > limit).sum() if limit else torch.zeros(())
    return [bad, float(mean), float(variance), float(third), float(fourth), float(low), float(high),
            float(zeros), float(saturated), float(t.norm()), histogram.tolist()]


def alike(h):
    h = h[:256]
    g = h @ h.T
    d = g.diagonal().sqrt()
    cosines = g / (d[:, None] * d[None, :])
    n = len(h)
    correlation = float((cosines.sum() - cosines.diagonal().sum()) / (n * (n - 1)))
    c = g - g.mean(0)[None, :] - g.mean(1)[:, None] + g.mean()
    return correlation, float(c.trace() ** 2 / (c * c).sum())


def main():
    _, depth, width, batch, seed = sys.stdin.readline().split()
    depth, width, batch = int(depth), int(width), int(batch)
    torch.manual_seed(int(seed))
    weights = [torch.randn(width, width).mul_(width**-0.5).requires_grad_() for _ in range(depth)]
    x = torch.randn(batch, width).requires_grad_()
    top = torch.randn(batch, width)
    print(torch.__version__, torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else "", flush=True)

    def step(statistics):
        x.grad = None
        for w in weights:
            w.grad = None
        h, zs, hs = x, [], [x]
        for w in weights:
            z = h @ w.T
            h = torch.tanh(z)
            if statistics:
                h.retain_grad()
                zs.append(z.detach())
                hs.append(h)
        h.backward(top)
        if not statistics:
            return
        with torch.no_grad():
            for w in weights:
                describe(w, 0)
                describe(w.grad, 0)
            for z in zs:
                describe(z, 0)
            for h in hs:
                describe(h, 0.97)
                describe(h.grad, 0)
                alike(h)
                int((h != 0).any(0).logical_not().sum())

    for line in sys.stdin:
        try:
            start = time.perf_counter()
            step(line.strip() == "statistics")
            print("seconds", time.perf_counter() - start, flush=True)
        except Exception as e:
            print("error:", repr(e), flush=True)


main()
