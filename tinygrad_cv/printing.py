"""How a tensor prints: its numbers as PyTorch writes them, then what is not the default.

    tensor([1.0000, 2.5000], requires_grad=True)
"""

import math

import numpy as np

from .backend import dtypes


def tensor_repr(tensor):
    """The text of repr(tensor); long tensors show their edges."""
    array = tensor.backend.to_numpy(tensor.array)
    if array.size == 0:
        body = "[]" if array.ndim <= 1 else f"[], size={array.shape}"
    else:
        body = np.array2string(
            array, separator=", ", threshold=1000, edgeitems=3, max_line_width=80,
            prefix="tensor(", formatter={"all": _formatter(array)},
        )
    notes = []
    if tensor.device.type != "cpu":
        notes.append(f"device={str(tensor.device)!r}")
    unsaid = {dtypes.get_default_dtype(), *([dtypes.int64, dtypes.bool_] if array.size else [])}
    if array.dtype not in unsaid:
        notes.append(f"dtype={array.dtype}")
    if tensor.grad_fn is not None:
        notes.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    return f"tensor({', '.join([body, *notes])})"


def _formatter(array):
    """A function that writes each element in the same style and width."""
    if array.dtype.kind != "f":
        write = str
    else:
        write = _float_style(np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64)))
    shown = array if array.size <= 1000 else _edges(array)
    width = max(len(write(x)) for x in shown.ravel().tolist()) if array.ndim else 0
    return lambda x: write(x).rjust(width)


def _edges(array):
    for axis, size in enumerate(array.shape):
        if size > 6:
            array = np.concatenate([array.take(range(3), axis), array.take(range(size - 3, size), axis)], axis)
    return array


def _float_style(sizes):
    """Whole numbers as `2.`, others with four digits, and powers of ten where sizes differ much."""
    if not sizes.size:
        return lambda x: f"{x:.0f}." if math.isfinite(x) else str(x)
    small, large = sizes.min(), sizes.max()
    whole = bool((sizes == np.floor(sizes)).all())
    if large / small > 1000 or large > 1e8 or (not whole and small < 1e-4):
        return lambda x: f"{x:.4e}"
    if whole:
        return lambda x: f"{x:.0f}." if math.isfinite(x) else str(x)
    return lambda x: f"{x:.4f}"
