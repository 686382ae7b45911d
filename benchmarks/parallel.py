"""Does a DCGAN step scale with the processes? And what will it cost on many machines?

    mpiexec -n 2 python benchmarks/parallel.py          about a minute, on an idle machine

Every process has one thread. In each round first one process works alone, with the others asleep,
and then all of them, so that both meet the same noise; a round gives one ratio.

    weak scaling     every process has the whole batch: n times as many images in the same time?
    not averaging    the same without a word to the others: what sharing one machine costs by itself
    strong scaling   every process has 1/n of the batch: the same images in 1/n of the time?

Then it times all_reduce by size, and fits the cost model of docs/parallel.md to the times, with
which it predicts a step of many processes on a network. The prediction is not a measurement.
"""

import argparse
import contextlib
import math
import statistics
import sys
import time
import types

import networks
import numpy as np
import workloads
from threadpoolctl import threadpool_limits

import tinygrad_cv as tg
from tinygrad_cv import parallel

SIZES = [2**k for k in range(10, 27, 2)]  # bytes
NETWORKS = {"10 Gbit/s": 10e9 / 8, "100 Gbit/s": 100e9 / 8}  # bytes per second
LATENCY = 20e-6  # seconds that a message takes over Ethernet, however short it is: assumed


class Averaging(tg.optim.Adam):
    """Adam that averages the gradients of all processes first, and notes how long that takes."""

    together, seconds = True, 0.0

    def step(self):
        start = time.perf_counter()
        if Averaging.together:
            parallel.average_gradients(self.param_groups[0]["params"])
        Averaging.seconds += time.perf_counter() - start
        super().step()


def dcgan_step(batch, features):
    """The benchmark's DCGAN step, with the optimizer above, and the bytes of its gradients."""
    T = types.SimpleNamespace(**{**vars(tg), "optim": types.SimpleNamespace(Adam=Averaging)})
    tg.manual_seed(0)
    nets = networks.dcgan(tg.nn, features, 64)
    step, _ = workloads.gan_step(T, *nets, tg.randn(batch, 3, 64, 64), tg.randn(batch, 100, 1, 1))
    step()  # the first one prepares the kernels
    return step, sum(p.numel() * 4 for net in nets for p in net.parameters())


def meet():
    """Wait for all processes asleep: MPI's own barrier keeps a core busy while it waits."""
    request = parallel._world.Ibarrier()
    while not request.Test():
        time.sleep(0.001)


def timed(step, steps, alone=False, together=True):
    """(seconds of a step, seconds of them in average_gradients), the worst of all processes."""
    Averaging.together, Averaging.seconds, found = together and not alone, 0.0, (0.0, 0.0)
    meet()
    if not alone or parallel.get_rank() == 0:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        found = (time.perf_counter() - start) / steps, Averaging.seconds / steps
    meet()
    return max(parallel.all_gather_object(found))


def scaling(args):
    """Measure the rounds; the seconds of a step alone, and the bytes of its gradients."""
    size = parallel.get_world_size()
    whole, count = dcgan_step(args.batch_size, args.features)
    part, _ = dcgan_step(args.batch_size // size, args.features)
    rounds = []
    for _ in range(args.rounds):
        rounds.append([timed(whole, args.steps, alone=True)[0], *timed(whole, args.steps),
                       timed(whole, args.steps, together=False)[0], *timed(part, args.steps)])
    alone, weak, weak_sum, apart, strong, strong_sum = map(statistics.median, zip(*rounds))

    def efficiency(column):
        found = [row[0] / row[column] for row in rounds]
        return f"efficiency {statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"

    print(f"DCGAN step, 64x64, {args.features} features, one thread each; gradients of "
          f"{count / 1e6:.1f} MB\n")
    print("| | batch in each | step | averaging, waiting included | compared with one |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| 1 process | {args.batch_size} | {1e3 * alone:.0f} ms | | |")
    print(f"| {size}, weak | {args.batch_size} | {1e3 * weak:.0f} ms | {1e3 * weak_sum:.1f} ms | "
          f"{efficiency(1)} |")
    print(f"| {size}, not averaging | {args.batch_size} | {1e3 * apart:.0f} ms | | "
          f"{efficiency(3)} |")
    print(f"| {size}, strong | {args.batch_size // size} | {1e3 * strong:.0f} ms | "
          f"{1e3 * strong_sum:.1f} ms | {alone / strong:.2f} times as fast |\n")
    return alone, count


def messages(repeats=25):
    """Time all_reduce by size, and fit the cost of one message and of one byte."""
    print("| all_reduce of | takes | |\n| --- | --- | --- |")
    times = []
    for size in SIZES:
        x, found = tg.zeros(size // 4), []
        for _ in range(repeats):
            parallel._world.Barrier()
            start = time.perf_counter()
            parallel.all_reduce(x)
            found.append(time.perf_counter() - start)
        times.append(max(parallel.all_gather_object(min(found))))  # the least disturbed one
        speed = size / times[-1] / 1e9
        print(f"| {size / 1e3:.0f} kB | {1e3 * times[-1]:.3f} ms | {speed:.2f} GB/s |")
    n = parallel.get_world_size()
    ring = np.array([[2 * (n - 1), 2 * (n - 1) / n * size] for size in SIZES])
    relative = ring / np.array(times)[:, None]  # small messages count as much as large ones
    (latency, byte), *_ = np.linalg.lstsq(relative, np.ones(len(times)), rcond=None)
    print(f"\nFitted: {1e6 * latency:.0f} us a message, {1e9 * byte:.2f} ns a byte\n")
    return byte


def ring(n, count, bandwidth, byte):
    """Seconds of a ring all_reduce of `count` bytes: messages, the wire, and this host's share."""
    return 2 * (n - 1) * LATENCY + 2 * (n - 1) / n * count * (1 / bandwidth + byte)


def predict(alone, count, byte):
    print(f"Predicted, not measured: {1e3 * LATENCY:.2f} ms a message, no overlap\n")
    print("| network | processes | averaging | efficiency | if the step took 20 ms |")
    print("| --- | --- | --- | --- | --- |")
    for name, bandwidth in NETWORKS.items():
        for n in 8, 64, 512:
            # two sums of gradients, for D and for G, and three short ones: see examples/common.py
            short = 3 * 2 * math.log2(n) * LATENCY
            cost = 2 * ring(n, count / 2, bandwidth, byte) + short
            print(f"| {name} | {n} | {1e3 * cost:.0f} ms | {alone / (alone + cost):.2f} | "
                  f"{0.02 / (0.02 + cost):.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in dict(features=64, batch_size=32, rounds=5, steps=2).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    args = parser.parse_args()
    parallel.init_process_group()
    threadpool_limits(1, "blas")
    if parallel.get_world_size() == 1:
        raise SystemExit("start it with mpiexec -n 2 python benchmarks/parallel.py")
    with contextlib.redirect_stdout(None if parallel.get_rank() else sys.stdout):  # one prints
        alone, count = scaling(args)
        predict(alone, count, messages())


if __name__ == "__main__":
    with parallel.end_together():
        main()
