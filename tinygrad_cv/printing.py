"""How a tensor prints: its numbers as in PyTorch, then everything that is not the default.

    tensor([1.0000, 2.5000], requires_grad=True)
"""

import numpy as np

from . import dtypes
from .arrays import to_numpy


def tensor_repr(tensor):
    """The text of repr(tensor): four digits, or none if all are whole; of over 1,000 the edges."""
    array = to_numpy(tensor.array)
    whole = bool((np.floor(array) == array)[np.isfinite(array)].all())
    text = np.array2string(
        array, precision=4, floatmode="maxprec" if whole else "fixed", separator=", ",
        prefix="tensor(", max_line_width=80, threshold=1000, edgeitems=3,
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
