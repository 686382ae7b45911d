"""Does the CuPy side work on this machine, and how fast is it? One command, for a CUDA GPU.

    python benchmarks/gpu_check.py             all of it
    python benchmarks/gpu_check.py --quick     without the whole suite on the GPU

It needs tinygrad_cv[cuda12,test] or [cuda13,test], and a PyTorch that sees the GPU to compare with.
The checks are: the tests marked `gpu`; the whole suite with "cuda" as its device; one DCGAN step on
the GPU and on the CPU from the same weights, in float64, where only a mistake makes them differ,
and in float32; two hundred steps, after which CuPy's memory pool must be as large as after twenty.
Then the DCGAN step and PyTorch's are timed in turns (run.py), with TF32 off and with TF32 on in
both engines. (TF32 rounds the factors of a product to 10 bits and is several times as fast. By
default both engines use it for convolutions but not for other products.)

It ends with one table. The exit status is 1 if a check failed.
"""

import os
import subprocess
import sys
import traceback

import run
import workloads
from tqdm import tqdm

import tinygrad_cv as tg

# The largest relative error of a gradient that passes. In float32, rounding moves a few numbers
# across a ReLU's kink, and Adam's first step has the same size however small the gradient is. So
# two correct engines differ by 0.03.
CLOSE = {"float64": 1e-8, "float32": 0.1}
ROOT = run.HERE.parent


def tests(*arguments, **environment):
    """(passed?, pytest's last line) of a pytest run in a process of its own."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True, text=True,
    )
    lines = (result.stdout or result.stderr or "no output from pytest").strip().splitlines()
    if result.returncode:
        tqdm.write(result.stdout + result.stderr)
    return result.returncode == 0, lines[-1]


def numbers_of_a_step(device, **options):
    """The loss of one DCGAN step and every gradient that it leaves, on the CPU."""
    step, nets = workloads.WORKLOADS["dcgan"][0](tg, device=device, **options)
    loss = step()
    return [x.detach().cpu() for x in (loss, *(p.grad for net in nets for p in net.parameters()))]


def relative_error(wanted, got):
    """The largest |a - b| / |a| over pairs of tensors; NaN if there is one anywhere."""
    pairs = zip(wanted, got, strict=True)
    return tg.stack([(a - b).norm() / a.norm() for a, b in pairs]).max().item()


def parity(device, precision, **options):
    """(passed?, text): how far a step on `device` is from the same step on the CPU."""
    before = tg.get_default_dtype()
    tg.set_default_dtype(getattr(tg, precision))
    try:
        wanted = numbers_of_a_step("cpu", **options)
        worst = relative_error(wanted, numbers_of_a_step(device, **options))
    finally:
        tg.set_default_dtype(before)
    return worst <= CLOSE[precision], f"relative error {worst:.1e}"


def growth():
    """(passed?, text): the memory pool after 20 and after 200 steps."""
    import cupy

    step, _ = workloads.WORKLOADS["dcgan"][0](tg, batch=16, features=16, device="cuda")
    sizes = []
    for count in (20, 180):
        for _ in range(count):
            step()
        tg.cuda.synchronize()
        sizes.append(cupy.get_default_memory_pool().total_bytes())
    before, after = (size / 2**20 for size in sizes)
    return before == after, f"{before:.1f} MB, then {after:.1f} MB"


def attempt(check):
    """The result of a check. An error in it counts as failed, and the next checks still run."""
    try:
        return check()
    except Exception as error:
        tqdm.write(traceback.format_exc())
        return False, f"{type(error).__name__}: {error}".splitlines()[0]


def torch_sees_the_gpu():
    program = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0


def speeds(args, bar):
    """(passed?, row of run.py's table): the DCGAN step with TF32 off and on in both engines."""
    for args.tf32 in (False, True):
        title = f"DCGAN step, batch {args.batch}, TF32 {'on' if args.tf32 else 'off'}"
        try:
            yield True, run.row(title, None, run.measure("dcgan", args, bar, batch=args.batch))
        except SystemExit as error:  # of a worker, whose own message is above the table
            yield False, f"| {title} | FAILED: {error} |"


def parse():
    parser = run.command(__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="leave the whole suite on the GPU out")
    add("--batch", type=int, default=128, help="of the step that is timed (default %(default)s)")
    add("--rounds", type=int, default=7, help="turns of each engine (default %(default)s)")
    parser.set_defaults(device="cuda", tiny=False, threads=None)
    return parser.parse_args()


def main(args):
    if not tg.cuda.is_available():
        raise SystemExit(
            "gpu_check.py needs CuPy and a CUDA GPU, and one is missing here: "
            'pip install -e ".[cuda12,test]"'
        )
    checks = {
        "tests marked gpu": lambda: tests("tests", "-m", "gpu"),
        "the whole suite on cuda": lambda: tests("tests", TINYGRAD_CV_TEST_DEVICE="cuda"),
        "DCGAN step, CPU and GPU, float64": lambda: parity("cuda", "float64"),
        "DCGAN step, CPU and GPU, float32": lambda: parity("cuda", "float32"),
        "memory pool, 20 and 200 steps": growth,
    }
    if args.quick:
        del checks["the whole suite on cuda"]
    from tinygrad_cv.fast.cupy.launch import TF32

    TF32["convolution"] = False  # for the checks; the timed processes set their own
    run.HAS_TORCH = torch_sees_the_gpu()
    rows = []
    with tqdm(total=len(checks) + 2 * args.rounds, leave=False) as bar:
        for name, check in checks.items():
            bar.set_description(name)
            rows.append((name, *attempt(check)))
            bar.update()
        times = list(speeds(args, bar))
    print("| check | | what was seen |\n| --- | --- | --- |")
    for name, passed, seen in rows:
        print(f"| {name} | {'ok' if passed else 'FAILED'} | {seen} |")
    print("", run.HEAD, *(row for _, row in times), "", run.machine(args.device), sep="\n")
    if not all(passed for passed, *_ in [*times, *(row[1:] for row in rows)]):
        raise SystemExit(1)


if __name__ == "__main__":
    main(parse())
