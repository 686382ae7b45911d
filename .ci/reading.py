"""Write the line numbers into docs/reading.md.

    python .ci/reading.py            write them
    python .ci/reading.py --check    only say whether they are up to date
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "reading.md"
LONG = 45  # lines: more don't fit on a screen


def source(file):
    return (ROOT / "tinygrad_cv" / file).read_text(encoding="utf-8")


def count(match):
    """A row of the reading order, with the lines of its files."""
    lines = sum(len(source(file).splitlines()) for file in re.findall("`(.+?)`", match[2]))
    return f"| {match[1]} | {match[2]} | {lines} |"


def place(match):
    """A row of the questions, with the lines of its definitions."""
    question, file, names = match[1], match[2], match[3]
    text = source(file)
    tree, rows = ast.parse(text), text.splitlines()
    lines = ", ".join(lines_of(tree, rows, name) for name in re.findall("`(.+?)`", names))
    return f"| {question} | `{file}` | {names} | {lines} |"


def lines_of(tree, rows, name):
    """The lines of a definition, with the comment above it and beside it: "12-30". Of a long class,
    as far as its first method; of `__doc__`, the file's docstring."""
    if name == "__doc__":
        return f"1-{tree.body[0].end_lineno}"
    *outer, last = name.split(".")
    for part in outer:
        tree = next(node for node in tree.body if getattr(node, "name", None) == part)
    node = next(node for node in tree.body if last in names_of(node))
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    end = node.end_lineno
    if isinstance(node, ast.ClassDef) and end - first > LONG:
        end = next(n.end_lineno for n in node.body if isinstance(n, ast.FunctionDef))
    while first == node.end_lineno and rows[end].lstrip().startswith("#"):
        end += 1
    above = first - 1
    while not rows[above - 1] or rows[above - 1].lstrip().startswith("#"):
        above -= 1
    first = next((n for n in range(above + 1, first) if rows[n - 1]), first)
    return f"{first}-{end}" if first < end else f"{first}"


def names_of(node):
    """What a statement defines."""
    targets = getattr(node, "targets", [])
    names = [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return [getattr(node, "name", None), *names]


before = GUIDE.read_text(encoding="utf-8")
text = re.sub(r"^\| (\d+) \| (.+?) \| (\d+) \|", count, before, flags=re.MULTILINE)
text = re.sub(r"^\| (.+\?) \| `(.+?)` \| (.+?) \|.*$", place, text, flags=re.MULTILINE)
if text != before and "--check" in sys.argv:
    sys.exit("docs/reading.md: line numbers are out of date; run python .ci/reading.py")
if text != before:
    GUIDE.write_text(text, encoding="utf-8")
