"""How a tensor prints: its numbers as in PyTorch, then everything that is not the default.

    tensor([1.0000, 2.5000], requires_grad=True)
"""

import numpy as np

from . import dtypes
from .arrays import to_numpy

MOST, EDGE = 1000, 3  # numbers that are all shown, and how many on each side otherwise

def tensor_repr(tensor):
    """The text of repr(tensor); of more than 1,000 numbers it shows the edges."""
    array = to_numpy(tensor.array)
    edges = [[*range(EDGE), *range(n - EDGE, n)] if n > 2 * EDGE else range(n) for n in array.shape]
    shown = array[np.ix_(*edges)] if array.size > MOST else array
    if array.dtype.kind == "f":
        shown = shown[np.isfinite(shown) & (shown != 0)]  # the others take what room there is
    write = _float_style(shown) if array.dtype.kind == "f" else str
    width = max((len(write(x)) for x in shown.flat), default=0)
    text = np.array2string(
        array, separator=", ", formatter={"all": lambda x: write(x).rjust(width)},
        prefix="tensor(", max_line_width=80, threshold=MOST, edgeitems=EDGE,
    )
    parts = [text.replace(", ...,", ",  ...,")]
    if array.ndim > 1 and not array.size:
        parts = ["[]", f"size={array.shape}"]
    if tensor.device.type != "cpu":
        parts.append(f"device={str(tensor.device)!r}")
    unsaid = (dtypes.int64, dtypes.bool_) if array.size else ()
    if array.dtype not in (dtypes.get_default_dtype(), *unsaid):
        parts.append(f"dtype={array.dtype}")
    if tensor.requires_grad:
        parts.append(f"grad_fn={tensor.grad_fn!r}" if tensor.grad_fn else "requires_grad=True")
    return f"tensor({', '.join(parts)})"


def _float_style(numbers):
    """Whole numbers as `2.`, others with four digits, and powers of ten where sizes differ much."""
    sizes = np.abs(numbers.astype(np.float64))
    small, large = (sizes.min(), sizes.max()) if sizes.size else (1, 1)
    whole = bool((sizes == np.floor(sizes)).all())
    if large / small > 1000 or large > 1e8 or (not whole and small < 1e-4):
        return "{:.4e}".format
    return lambda x: f"{x:.0f}." if whole and np.isfinite(x) else f"{x:.4f}"
