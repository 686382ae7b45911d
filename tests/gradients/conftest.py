"""The table that ends `pytest tests/gradients`: how far each operation is from finite differences.

The checks are in the test files. Here gradcheck is watched while it works. The error of a first,
second or third derivative is

    |slope by backward - slope by finite differences| / max(1, |slope by finite differences|)

and that of a layer's output size, in pixels, is its distance from the formula.
"""

from collections import defaultdict

import pytest

from tinygrad_cv.gradcheck import _Check, _dot, _name, gradcheck

COLUMNS = "1st", "2nd", "3rd", "output size"
worst = defaultdict(dict)  # of each operation, in each of the columns
shapes = defaultdict(set)  # that each operation was tried on


def note(operation, column, error):
    line = worst[operation.split()[0]]
    line[column] = max(line.get(column, 0), error)


class Measured(_Check):
    """A check that notes its numbers under the name of the operation."""

    def __init__(self, fn, inputs, *options):
        super().__init__(fn, inputs, *options)
        *gradients, self.operation = _name(fn).split("the gradient of ")
        self.column = COLUMNS[len(gradients)]
        if not gradients:
            shapes[self.operation.split()[0]].add(tuple(x.shape for x in inputs))

    def compare(self, name, x, gradient):
        self.gradient = gradient
        super().compare(name, x, gradient)

    def slopes(self, x, v):
        left, right = super().slopes(x, v)
        if self.close(left, right):  # otherwise a kink
            numerical = (left + right) / 2
            error = abs(_dot([self.gradient], [v]) - numerical) / max(1, abs(numerical))
            note(self.operation, self.column, error)
        return left, right


@pytest.fixture(scope="module")
def table():
    """note(operation, column, error); and what gradcheck finds is noted by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(gradcheck.__globals__, "_Check", Measured)
        yield note


def pytest_terminal_summary(terminalreporter):
    if not any("gradients" in argument for argument in terminalreporter.config.args):
        return  # in a run of the whole suite it would only be long
    failed = [report.nodeid for report in terminalreporter.getreports("failed")]
    failed = {nodeid.partition("[")[2].rstrip("]").split(" ")[0] for nodeid in failed}
    rows = [("operation", "shapes tried", *COLUMNS, "verdict")]
    for name, line in sorted(worst.items()):
        numbers = len(shapes[name]), *(line.get(column, "-") for column in COLUMNS)
        rows.append((name, *numbers, "WRONG" if name in failed else "right"))
    terminalreporter.section("worst errors of 1st, 2nd and 3rd derivatives, and of output sizes")
    for row in rows:
        cells = [f"{cell:.1e}" if isinstance(cell, float) else str(cell) for cell in row]
        terminalreporter.write_line("{:34}{:>13}{:>10}{:>10}{:>10}{:>13}  {}".format(*cells))
    verdict = f"{len(worst)} operations, {len(failed & set(worst))} of them wrong"
    terminalreporter.write_line(f"{verdict}. Finite differences themselves err by about 1e-9.")
