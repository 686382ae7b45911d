"""The size of the library, in lines, docstrings included.

Each part has a bound, which may not be passed (then this exits with 1), and an aim, which the next
bounds approach.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE_CORE = {"fast", "data", "models", "serialization"}
OPTIONAL = {"torch_names": 700, "parallel.py": 200, "viz.py": 300}  # these have bounds of their own
OF_OPTIONAL = {"torch_names", "parallel", "test_viz.py"}  # their tests
BOUNDS = {"core": (7076, 5500), "package": (11144, 9500), "tests": (11866, 11866)}  # (bound, aim)


def lines(folder):
    """{path below the folder: its lines of Python}."""
    return {
        path.relative_to(folder): len(path.read_text(encoding="utf-8").splitlines())
        for path in folder.rglob("*.py")
    }


everything = lines(ROOT / "tinygrad_cv")
package = {p: n for p, n in everything.items() if p.parts[0] not in OPTIONAL}
found = {
    "core": sum(n for p, n in package.items() if p.parts[0] not in OUTSIDE_CORE),
    "package": sum(package.values()),
    "tests": sum(n for p, n in lines(ROOT / "tests").items() if p.parts[0] not in OF_OPTIONAL),
    **{part: sum(n for p, n in everything.items() if p.parts[0] == part) for part in OPTIONAL},
}
BOUNDS.update({part: (bound, bound) for part, bound in OPTIONAL.items()})
for name, (bound, aim) in BOUNDS.items():
    print(f"{name}: {found[name]} lines of at most {bound}; the aim is {aim}")
sys.exit(any(found[name] > bound for name, (bound, _) in BOUNDS.items()))
