"""How a tensor prints: its numbers as in PyTorch, then everything that is not the default.

    tensor([1.0000, 2.5000], requires_grad=True)
"""

import numpy as np

from . import dtypes
from .arrays import to_numpy


def tensor_repr(tensor):
    """The text of repr(tensor); of more than 1,000 numbers it shows the edges."""
    array, widths = to_numpy(tensor.array), [0]
    write = _float_style(array) if array.dtype.kind == "f" else str

    def text(x):
        widths.append(len(write(x)))
        return write(x).rjust(max(widths))

    options = dict(formatter={"all": text}, separator=", ", threshold=1000, edgeitems=3)
    np.array2string(array, **options)  # only to learn the width of the widest number shown
    parts = [np.array2string(array, prefix="tensor(", max_line_width=80, **options)]
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


def _float_style(array):
    """Whole numbers as `2.`, others with four digits, and powers of ten where sizes differ much."""
    sizes = np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64))
    small, large = (sizes.min(), sizes.max()) if sizes.size else (1, 1)
    whole = bool((sizes == np.floor(sizes)).all())
    if large / small > 1000 or large > 1e8 or (not whole and small < 1e-4):
        return "{:.4e}".format
    return lambda x: f"{x:.0f}." if whole and np.isfinite(x) else f"{x:.4f}"
