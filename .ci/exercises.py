"""Are the exercises sound? Every gap must fail, and every solution, in its place, must pass."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted((ROOT / "exercises").glob("[0-9]*"))


def outcomes(place):
    """{exercise: {"passed": 3, "failed": 1}} of a copy of the exercises, run by pytest."""
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-c", "setup.cfg"]
    done = subprocess.run(
        [*command, "exercises"], cwd=place, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    found = {folder.name: {"PASSED": 0, "FAILED": 0, "ERROR": 0} for folder in FOLDERS}
    for verdict, name in re.findall(r"^(PASSED|FAILED|ERROR) exercises/(\w+)", done.stdout, re.M):
        found[name][verdict] += 1
    return found, done.stdout


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(ROOT / "exercises", place / "exercises")
        shutil.copy(ROOT / "setup.cfg", place)
        gaps, _ = outcomes(place)
        for exercise in FOLDERS:
            (gap,) = [p for p in exercise.glob("*.py") if not p.name.startswith("test_")]
            solution = ROOT / "exercises" / "solutions" / f"{exercise.name}.py"
            shutil.copy(solution, place / "exercises" / exercise.name / gap.name)
        solved, report = outcomes(place)
    for name in gaps:
        print(f"{name}: with the gap {gaps[name]}, solved {solved[name]}")
        if not gaps[name]["FAILED"] or gaps[name]["ERROR"]:
            wrong.append(f"{name}: the tests must fail, and be collected, while the gap is open")
        if not solved[name]["PASSED"] or solved[name]["FAILED"] or solved[name]["ERROR"]:
            wrong.append(f"{name}: the solution must pass\n{report}")
    sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
