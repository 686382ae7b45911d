"""Where does the NaN come from? Anomaly mode names the operation that made it, and its line.

A NaN in a gradient spreads to the gradients of all earlier operations, and one step later to all
weights. Nothing then shows where it began. While the mode is on, each node notes the line of the
user's program that made it (`Function._record`), and the walk raises at the first gradient that
is not finite (`engine.run_backward`). When it is off, each node costs a test of a flag or two.
"""

import linecache
import os
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class anomaly:
    on = False


def is_anomaly_enabled():
    """True while anomaly mode is on."""
    return anomaly.on


class set_detect_anomaly:
    """Switch anomaly mode on or off: as a plain call, or for a `with` block."""

    def __init__(self, mode):
        self.before, anomaly.on = anomaly.on, bool(mode)

    def __enter__(self): return None
    def __exit__(self, *exception): anomaly.on = self.before


def detect_anomaly():
    """with detect_anomaly(): the first backward that makes a NaN or infinity raises RuntimeError.

    If the forward pass ran inside the block, too, the message gives the line of the operation.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([0.0, 1.0], requires_grad=True)
    >>> with tg.autograd.detect_anomaly():
    ...     try:
    ...         x.sqrt().sum().backward()
    ...     except RuntimeError as error:
    ...         print(str(error)[:59])
    Sqrt: backward returned inf values in its 0th output, shape
    """
    return set_detect_anomaly(True)


def line_of_user():
    """(file, line number) of the innermost frame outside the library."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def check_finite(node, given, grads):
    """Refuse the gradients `grads` that `node` made from the gradient `given` if not finite."""
    for i, grad in enumerate(grads):
        bad = None if grad is None else _not_finite(grad)
        if not bad:
            continue
        before, line = _not_finite(given), "unknown; run the forward pass in the mode, too"
        if node.made_at is not None:
            file, number = node.made_at
            line = f"{file}:{number}: {linecache.getline(file, number).strip()}"
        given = f"already had {before} values" if before else "was finite"
        raise RuntimeError(
            f"{node.name()}: backward returned {bad} values in its {i}th output, shape {grad.shape}"
            f"; the gradient that it was given {given}. The line that called it: {line}"
        )


def _not_finite(grad):
    """"nan", "inf" or None (all finite)."""
    return None if grad.isfinite().all() else "nan" if grad.isnan().any() else "inf"
