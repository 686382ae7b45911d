"""Examples as a user runs them, for the tests.

Python and its imports take longer to start than most of these runs take, so a run has a process of
its own only if it is given options for Python or environment variables, or if it is to be stopped.
"""

import contextlib
import io
import os
import runpy
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

import tinygrad_cv as tg

EXAMPLES = Path(__file__).parents[1] / "examples"

on_the_cpu = pytest.mark.skipif(
    os.environ.get("TINYGRAD_CV_TEST_DEVICE", "cpu") != "cpu",
    reason="processes of their own do not know the test device",
)


def start(script, *arguments, python=(), **environment):
    """A process that runs an example, with options for Python and environment variables."""
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent), **environment}
    command = [sys.executable, *python, str(EXAMPLES / script), *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process):
    """(exit status, standard output, standard error) of a process that should end by itself."""
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, out, err


def call(script, *arguments):
    """(exit status, standard output, standard error) of an example in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), \
            contextlib.redirect_stderr(err):
        patch.setattr(sys, "argv", [str(EXAMPLES / script), *map(str, arguments)])
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
            status = 0
        except SystemExit as stop:
            status = stop.code or 0
    if isinstance(status, str):  # Python prints it
        return 1, out.getvalue(), f"{err.getvalue()}{status}\n"
    return status, out.getvalue(), err.getvalue()


def ended(script, arguments, options):
    return end(start(script, *arguments, **options)) if options else call(script, *arguments)


def run(script, *arguments, **options):
    status, out, err = ended(script, arguments, options)
    assert status == 0, err
    return out


def prepared(statements):
    """Options for Python with which an example runs in a process that was prepared for it."""
    return ["-c", f"""import os, runpy, sys
sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(sys.argv[0])
{statements}
runpy.run_path(sys.argv[0], run_name="__main__")"""]


def fails(script, *arguments, **options):
    """What a failing run says after its progress bar: one line, and no traceback."""
    status, _, err = ended(script, arguments, options)
    assert status != 0 and "Traceback" not in err, err
    said = [line for line in err.replace("\r", "\n").splitlines() if line.strip()]
    lines = [line for line in said if "ex/s" not in line and "digit/s" not in line]
    assert len(lines) == 1, err
    return lines[0]


def picture(path):
    """The size of a picture, once it is known to show more than one colour."""
    with Image.open(path) as image:
        image.load()
        assert image.convert("RGB").getcolors(1) is None
        return image.size


def same_checkpoints(one, two):
    """Bit for bit, but for the arguments and the names of the runs."""
    one, two = (tg.load(folder / "checkpoint.npz") for folder in (one, two))
    assert list(one) == list(two)
    compare({**one, "arguments": None}, {**two, "arguments": None}, "checkpoint")


def compare(a, b, place="it"):
    """Types, the order of keys, dtypes, shapes, and values to the last bit."""
    if isinstance(a, tg.Tensor):
        a, b = (t.detach().cpu().numpy() for t in (a, b))
        assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), place
        return
    assert type(a) is type(b), place
    if isinstance(a, dict):
        assert list(a) == list(b), place
        for key in a:
            compare(a[key], b[key], f"{place}[{key!r}]")
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), place
        for i, (x, y) in enumerate(zip(a, b)):
            compare(x, y, f"{place}[{i}]")
    else:
        assert a == b or (a != a and b != b), place


def interrupted(process, ready, by=signal.SIGINT):
    """Ctrl-C (or another signal) once ready(what it has said so far) is true; all that it said."""
    said, deadline = "", time.monotonic() + 60
    while not ready(said) and process.poll() is None and time.monotonic() < deadline:
        if select.select([process.stderr], [], [], 0.01)[0]:
            said += os.read(process.stderr.fileno(), 4096).decode(errors="replace")
    process.send_signal(by)
    status, _, err = end(process)
    assert status != 0 and "Traceback" not in err and "--resume" in err, err
    return err
