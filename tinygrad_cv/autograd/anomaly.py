"""Where does the NaN come from? Anomaly mode names the operation that made it, and the line that called it.

A NaN in a gradient spreads: everything upstream of it is NaN, and a step later all weights are. Seen
at the end, it says nothing about where it began. While the mode is on, each node notes the line of the
user's program that made it (`Function._record`), and the walk looks at every gradient that a backward
returns (`engine.walk`): the first that is not finite stops the run. Looking costs time; off, it is one
test of a flag for each node.
"""

import linecache
import os
import sys

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class _Anomaly:
    on = False
    check_nan = True


anomaly = _Anomaly()


def is_anomaly_enabled():
    """True while anomaly mode is on."""
    return anomaly.on


class set_detect_anomaly:
    """Switch anomaly mode on or off: as a plain call, or for a `with` block.

    With check_nan=False lines are noted but gradients not looked at.

    >>> import tinygrad_cv as tg
    >>> with tg.autograd.set_detect_anomaly(True):
    ...     tg.is_anomaly_enabled()
    True
    """

    def __init__(self, mode, check_nan=True):
        self.before = anomaly.on, anomaly.check_nan
        anomaly.on, anomaly.check_nan = bool(mode), bool(check_nan)

    def __enter__(self):
        return None

    def __exit__(self, *exception):
        anomaly.on, anomaly.check_nan = self.before


class detect_anomaly(set_detect_anomaly):
    """with detect_anomaly(): the first backward that makes a NaN or an infinity raises RuntimeError.

    The message names the operation and the line that called it, if the forward pass ran in the block, too.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([0.0, 1.0], requires_grad=True)
    >>> with tg.autograd.detect_anomaly():
    ...     try:
    ...         x.sqrt().sum().backward()
    ...     except RuntimeError as error:
    ...         print(str(error)[:59])
    Sqrt: backward returned inf values in its 0th output, shape
    """

    def __init__(self, check_nan=True):
        super().__init__(True, check_nan)


def users_line():
    """(file, line number) of the innermost frame that is not the library's."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def check(node, given, grads):
    """Raise RuntimeError if one of the gradients that `node`, given `given`, returned is not finite."""
    for i, grad in enumerate(grads):
        bad = None if grad is None else _not_finite(node, grad)
        if bad:
            raise RuntimeError(
                f"{node.name()}: backward returned {bad} values in its {i}th output, shape {tuple(grad.shape)}; "
                f"{_given(_not_finite(node, given))}. {_made(node)}"
            )


def _not_finite(node, grad):
    """"nan", "inf" or None."""
    array, xp = getattr(grad, "array", grad), node.backend.xp
    if bool(xp.isfinite(array).all()):
        return None
    return "nan" if bool(xp.isnan(array).any()) else "inf"


def _given(bad):
    return f"the gradient that it was given had {bad} values already" if bad else "it was given a finite gradient"


def _made(node):
    if node.made_at is None:
        return "Run the forward pass inside detect_anomaly(), too, to learn which line called it."
    file, number = node.made_at
    return f"It was called at {file}:{number}: {linecache.getline(file, number).strip()}"
