"""How fast is this library compared with PyTorch? Ratios of times, measured in turns.

    python benchmarks/run.py                       the main table, about 5 minutes
    python benchmarks/run.py dcgan gaussian        some of it
    python benchmarks/run.py --micro               single convolutions, losses, Adam
    python benchmarks/run.py "conv resnet"         all workloads whose names begin like this
    python benchmarks/run.py --profile             where the time of one DCGAN step goes
    python benchmarks/run.py --scaling             is the cost linear in batch and in pixels?
    python benchmarks/run.py --write               put the table into docs/benchmarks.md

A ratio is PyTorch's time divided by ours: above 1, this library is faster. Each workload
(workloads.py) is the same code for both engines. Each engine runs in a process of its own, and
the two take turns, so that other load on the machine affects both alike. One turn of each is a
round and gives a ratio. The table has the median, the lowest and the highest. PyTorch gets the
layout (channels_last or not) and the threads (one or all) that a short trial finds fastest.
Memory is the peak of the process minus what it had after the import. Without PyTorch only this
library is timed.
"""

import argparse
import datetime
import importlib.metadata
import importlib.util
import itertools
import os
import platform
import statistics
import subprocess
import sys
import time

from processes import HERE, Worker
from tqdm import tqdm

PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: benchmarks/run.py --write -->", "<!-- end of table -->"
HAS_TORCH = importlib.util.find_spec("torch") is not None
TURN = 0.5  # seconds of work in a turn, at least
TRIALS = 5  # short turns of each setting that may be PyTorch's fastest


def best_setting(name, options, threads):
    """PyTorch's fastest (channels_last, threads) of both layouts, with one thread and with all.

    A first step rules out settings that are far from the fastest; the rest take turns.
    """
    many = [threads] if threads or options["device"] != "cpu" else [1, None]
    settings = list(itertools.product((False, True), many))
    workers = {
        (last, threads): Worker("torch", name, {**options, "last": last}, threads)
        for last, threads in settings
    }
    first = {key: min(worker.seconds(1) for _ in range(2)) for key, worker in workers.items()}
    times = {setting: [] for setting in settings if first[setting] < 1.4 * min(first.values())}
    for _ in range(TRIALS if len(times) > 1 else 0):
        for setting in times:
            count = max(1, round(TURN / 2 / first[setting]))
            times[setting].append(workers[setting].seconds(count))
    for worker in workers.values():
        worker.close()
    return min(times, key=lambda setting: min(times[setting], default=0))


def measure(name, args, bar, **more):
    """{engine: seconds, "ratio": (median, lowest, highest), ...}; `more` are further options."""
    bar.set_description(name)
    options = {"device": args.device, "tiny": args.tiny, "tf32": args.tf32, **more}
    workers, setting = {"ours": Worker("tinygrad_cv", name, options)}, ""
    if HAS_TORCH:
        last, threads = best_setting(name, options, args.threads)
        workers["PyTorch"] = Worker("torch", name, {**options, "last": last}, threads)
        setting = "channels_last, " if last else "contiguous, "
        setting += f"threads: {threads}" if threads else "all threads"
    steps = {key: max(1, round(TURN / worker.seconds(1))) for key, worker in workers.items()}
    times = {key: [] for key in workers}
    for _ in range(args.rounds):
        for key, worker in workers.items():
            times[key].append(worker.seconds(steps[key]))
        bar.update()
    result = {key: statistics.median(values) for key, values in times.items()}
    result["memory"] = {
        key: worker.tell(memory=True)["megabytes"] for key, worker in workers.items()
    }
    result["setting"] = setting
    for worker in workers.values():
        worker.close()
    return with_ratio(result, times)


def with_ratio(result, times):
    if "PyTorch" in times:
        ratios = [theirs / ours for theirs, ours in zip(times["PyTorch"], times["ours"])]
        result["ratio"] = statistics.median(ratios), min(ratios), max(ratios)
    return result


def measure_import(args, bar):
    """Times of new processes that import and end, minus that of one that imports nothing.

    The modules are compiled already, as after a first start.
    """
    bar.set_description("import")
    programs = {"nothing": "pass", "ours": "import tinygrad_cv"}
    programs |= {"PyTorch": "import torch"} if HAS_TORCH else {}
    times = {key: [] for key in programs}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    options = dict(check=True, cwd=HERE.parent, env=environment)
    for program in programs.values():
        subprocess.run([sys.executable, "-c", program], **options)
    for _ in range(args.rounds):
        for key, program in programs.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], **options)
            times[key].append(time.perf_counter() - start)
        bar.update()
    base = statistics.median(times.pop("nothing"))
    times = {key: [value - base for value in values] for key, values in times.items()}
    result = {key: statistics.median(values) for key, values in times.items()}
    return with_ratio({**result, "memory": {}, "setting": ""}, times)


def row(title, aim, result):
    ratio = "{:.2f} ({:.2f} to {:.2f})".format(*result["ratio"]) if "ratio" in result else "-"
    peaks = [result["memory"].get(key) for key in ("PyTorch", "ours")]
    memory = " / ".join(f"{peak:.0f}" for peak in peaks if peak is not None)
    times = [span(result[key]) if key in result else "-" for key in ("PyTorch", "ours")]
    cells = title, *times, ratio, aim or "", memory, result["setting"]
    return f"| {' | '.join(map(str, cells))} |"


HEAD = (
    "| workload | PyTorch | ours | ratio | at least | memory, MB (PyTorch / ours) "
    "| PyTorch's setting |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def span(seconds):
    """1.23 s, 45.6 ms or 789 us."""
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.0f} us"


def machine(device="cpu", tf32=False):
    """What this was measured on, in one line."""
    import numpy

    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        lines = open("/proc/cpuinfo", encoding="utf-8")
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        cpu = names[0] if names else cpu
    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    versions = [
        f"Python {platform.python_version()}",
        f"NumPy {numpy.__version__} with {blas['name']} {blas['version']}",
    ]
    if HAS_TORCH:
        versions.append(f"PyTorch {importlib.metadata.version('torch')}")
    if device != "cpu":
        import cupy

        cpu = f"{cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()}; {cpu}"
        versions.append(f"CuPy {cupy.__version__}")
    precision = "float32, products in TF32 in both" if tf32 else "float32"
    cores, versions = os.cpu_count(), ", ".join(versions)
    return f"{datetime.date.today()}: {cpu}, {cores} cores; {versions}; {precision}."


def write(text):
    """Put the table between its two marks in docs/benchmarks.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    page = before + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1]
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE}")


def command(doc):
    """An ArgumentParser whose help is a docstring, the first paragraph before the options."""
    description, epilog = doc.split("\n\n", 1)
    return argparse.ArgumentParser(
        description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def parse():
    parser = command(__doc__)
    parser.add_argument("names", nargs="*",
                        help="workloads, or how their names begin (default: the main table)")
    parser.add_argument("--list", action="store_true", help="the names of all workloads")
    parser.add_argument("--micro", action="store_true", help="all single operations")
    parser.add_argument("--rounds", type=int, default=7,
                        help="turns of each engine (default %(default)s)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default %(default)s)")
    parser.add_argument("--tf32", action="store_true",
                        help="on cuda: products in TF32, in both engines")
    parser.add_argument("--threads", type=int,
                        help="PyTorch's threads (default: one or all, whichever is faster)")
    parser.add_argument("--profile", action="store_true",
                        help="where the time of one DCGAN step goes")
    parser.add_argument("--scaling", action="store_true",
                        help="the DCGAN step at several batches and image sizes")
    parser.add_argument("--write", action="store_true",
                        help="write the table into docs/benchmarks.md")
    parser.add_argument("--tiny", action="store_true",
                        help="tiny sizes, to see that everything works")
    return parser.parse_args()


def chosen(args, workloads):
    """The names asked for; of the main table if none."""
    known = {**workloads.WORKLOADS, "import": None, **workloads.MICRO}
    if args.micro:
        return list(workloads.MICRO)
    names = [name for name in known if any(name.startswith(start) for start in args.names)]
    if args.names and not names:
        names = " or ".join(args.names)
        raise SystemExit(f"no workload begins with {names}; --list shows them all")
    return names or [*workloads.WORKLOADS, "import"]


def main(args):
    import workloads

    if args.list:
        print("\n".join([*workloads.WORKLOADS, "import", *workloads.MICRO]))
        return
    if args.profile or args.scaling:
        import profiling

        return profiling.profile(args) if args.profile else profiling.scaling(args)
    names, rows = chosen(args, workloads), []
    with tqdm(total=len(names) * args.rounds, unit="round", leave=False) as bar:
        for name in names:
            aim = 10 if name == "import" else None
            _, title, aim = workloads.WORKLOADS.get(name, (None, name, aim))
            title = "import of the library" if name == "import" else title
            result = measure_import(args, bar) if name == "import" else measure(name, args, bar)
            rows.append(row(title, aim, result))
            bar.write(rows[-1] if len(rows) > 1 else f"{HEAD}\n{rows[-1]}")
    where = machine(args.device, args.tf32)
    print(where)
    if args.write:
        write("\n".join([where, "", HEAD, *rows]))


if __name__ == "__main__":
    main(parse())
