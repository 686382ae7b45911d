"""Where one DCGAN step spends its time, and whether the cost is linear.

The profile is made by sampling: a thread looks about a thousand times per second at which line
every other thread executes. The line shows the kind of work, and the stack above it shows the
operation. The library needs no hooks for this and runs at full speed.
"""

import collections
import linecache
import re
import sys
import threading
import time

from tinygrad_cv.autograd import Function

KINDS = [  # the first pattern that the line matches
    ("products", re.compile(r"matmul| @ |einsum|\.dot\(")),
    ("copies", re.compile(
        r"copyto|ascontiguousarray|\.copy\(|np\.empty|np\.zeros|\] = |im2col|columns\["
    )),
    ("elementwise", re.compile(r"np\.\w+\(|xp\.\w+\(|[-+*/]=|maximum|sqrt|tanh| [-+*/] ")),
]


def kind_of(frame):
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    if "/tinygrad_cv/" not in frame.f_code.co_filename:
        return "Python"
    return next((kind for kind, pattern in KINDS if pattern.search(line)), "Python")


def operation_of(frame):
    """The Function whose forward or backward is running, or the part of the library."""
    part = "other"
    while frame is not None:
        name, owner = frame.f_code.co_name, frame.f_locals.get("self")
        if name in ("forward", "backward") and isinstance(owner, Function):
            return f"{owner.name()} {name}"
        if part == "other" and "/tinygrad_cv/optim/" in frame.f_code.co_filename:
            part = "optimizer"
        frame = frame.f_back
    return part


class Sampler(threading.Thread):
    """Counts (operation, kind) over all threads but its own, without threads that wait."""

    def __init__(self, main):
        super().__init__(daemon=True)
        self.main, self.counts, self.over = main, collections.Counter(), False
        self.working = {}  # pool threads: the operation that the main thread is in

    def run(self):
        while not self.over:
            frames = sys._current_frames()
            operation = operation_of(frames[self.main])
            for thread, frame in frames.items():
                if thread == threading.get_ident():
                    continue
                if frame.f_code.co_filename.endswith(("threading.py", "queue.py", "thread.py")):
                    continue  # it waits for work or for another thread
                self.counts[operation, kind_of(frame)] += 1
            time.sleep(0.001)


def profile(args):
    """Print a table: each operation's share of the time, divided into kinds of work."""
    import workloads

    import tinygrad_cv as tg

    step, _ = workloads.WORKLOADS["dcgan"][0](tg, tiny=args.tiny)
    step()
    sys.setswitchinterval(0.0005)
    sampler = Sampler(threading.get_ident())
    sampler.start()
    steps, start = max(2, args.rounds), time.perf_counter()
    for _ in range(steps):
        step()
    seconds = (time.perf_counter() - start) / steps
    sampler.over = True
    sampler.join()
    kinds = [name for name, _ in KINDS] + ["Python"]
    total = sum(sampler.counts.values()) or 1
    print(f"one DCGAN step: {seconds:.3f} s; shares of the time of all threads at work, in %\n")
    print(f"{'':<34}{'all':>8}" + "".join(f"{kind:>13}" for kind in kinds))
    operations = collections.Counter()
    for (operation, _), count in sampler.counts.items():
        operations[operation] += count
    for operation, count in [("everything", total), *operations.most_common(16)]:
        cells = [
            sum(n for (o, k), n in sampler.counts.items()
                if k == kind and operation in (o, "everything"))
            for kind in kinds
        ]
        shares = "".join(f"{100 * n / total:13.1f}" for n in cells)
        print(f"{operation:<34}{100 * count / total:8.1f}{shares}")


def scaling(args):
    """Print the time of a DCGAN step, in total and per pixel; with --write, also draw it."""
    from processes import HERE, Worker

    series = {"batch": [(b, 64) for b in (8, 16, 32, 64, 128)],
              "pixels": [(16, s) for s in (16, 32, 64, 128)]}
    lines = {}
    for title, cases in series.items():
        for batch, size in [(2, 16), (4, 16)] if args.tiny else cases:
            worker = Worker("tinygrad_cv", "dcgan", {"batch": batch, "size": size, "features": 32})
            seconds = min(worker.seconds(2) for _ in range(args.rounds))
            memory = worker.tell(memory=True)["megabytes"]
            worker.close()
            place = batch if title == "batch" else size * size
            lines.setdefault(title, []).append((place, seconds))
            per = seconds / batch / size**2 * 1e9
            print(f"batch {batch:4}, {size:3}x{size:<3}: {seconds * 1e3:8.1f} ms, "
                  f"{per:7.0f} ns a pixel, {memory:5.0f} MB")
    if args.write:
        draw(lines, HERE.parent / "docs" / "benchmarks_scaling.png")


def draw(lines, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(lines), figsize=(9, 3.5))
    for axis, (title, points) in zip(axes, lines.items()):
        sizes, seconds = zip(*points)
        axis.loglog(sizes, seconds, marker="o", label="measured")
        linear = [seconds[-1] * size / sizes[-1] for size in sizes]
        axis.loglog(sizes, linear, ":", color="grey", label="linear")
        axis.set(xlabel=title, ylabel="seconds a step")
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    print(f"wrote {path}")
