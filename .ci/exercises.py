"""The exercises: each must fail while its gap is open, and pass with the solution in its place."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXERCISES = sorted(path.name for path in (ROOT / "exercises").glob("[0-9]*"))


def outcomes(folder):
    """{(exercise, "passed", "failed" or "error"): how many tests}, and what pytest printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "--maxfail=1000", "-c", "setup.cfg", "exercises"],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    lines = re.findall(r"^(PASSED|FAILED|ERROR) exercises/(\w+)", done.stdout, re.MULTILINE)
    return Counter((name, verdict.lower()) for verdict, name in lines), done.stdout


with tempfile.TemporaryDirectory() as folder:
    copy = Path(shutil.copytree(ROOT / "exercises", f"{folder}/exercises"))
    shutil.copy(ROOT / "setup.cfg", folder)
    gaps, _ = outcomes(folder)
    for name in EXERCISES:
        (gap,) = (path for path in (copy / name).glob("*.py") if "test" not in path.name)
        shutil.copy(copy / "solutions" / f"{name}.py", gap)
    solved, report = outcomes(folder)

sound = len(EXERCISES) > 0
for name in EXERCISES:
    open_, closed = gaps[name, "failed"], solved[name, "passed"]
    right = open_ and closed and not any(
        counts[name, verdict] for counts, verdict in
        [(gaps, "error"), (solved, "failed"), (solved, "error")]
    )
    print(f"{name}: {open_} tests fail with the gap, {closed} pass with the solution"
          + ("" if right else "  <- wrong"))
    sound = sound and right
if not sound:
    sys.exit(f"{report}\nAbove: pytest on the solutions. Is a gap closed, or a solution wrong?")
