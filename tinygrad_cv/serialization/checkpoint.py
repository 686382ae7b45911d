"""Checkpoints: nested dicts and lists of tensors and plain values, in one file.

The file is a NumPy archive (.npz): an array for each tensor, and a JSON text for everything
around them. Reading it can't execute code, whoever made it; PyTorch's pickles can. It is
written to a temporary file beside it, flushed to the disk and renamed, so that under the name
there is always a whole checkpoint, the old one or the new one, whenever the program dies.
"""

import io
import json
import math
import os

import numpy as np

from ..backend import dtypes
from ..creation import from_numpy
from ..tensor import Tensor
from .archive import numbers


def save(obj, path):
    """Write dicts, lists, tuples, numbers, strings, None, dtypes and Tensors, nested at will, to `path`.

    Raises TypeError, naming the place, for anything else; OSError if the file can't be written,
    and what stood there before is then still whole.

    >>> import tinygrad_cv as tg, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "checkpoint.npz")
    >>> tg.save({"epoch": 3, "weight": tg.ones(2)}, path)
    >>> tg.load(path)
    {'epoch': 3, 'weight': tensor([1., 1.])}
    """
    arrays = {}
    text = json.dumps(_encode(obj, arrays, "obj"))
    path = os.fspath(path)
    temporary = f"{path}.tmp"  # always the same name: what a killed program left is overwritten by the next
    try:
        with open(temporary, "wb") as file:
            np.savez(file, tree=np.frombuffer(text.encode(), np.uint8), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise OSError(f"save: could not write {path}: {error}; what stood there before is unchanged") from error


def read_checkpoint(archive, device):
    """What `save` wrote, from the Archive that it is."""
    unread = dict.fromkeys(archive.names)

    def array(name):
        del unread[f"{name}.npy"]  # a tensor has its array for itself
        return _read_array(archive.read(f"{name}.npy"))

    return _decode(json.loads(array("tree").tobytes()), array, device)


def _read_array(raw):
    """The array in the bytes of an .npy file. (np.load would take the memory that is declared before it reads.)"""
    file = io.BytesIO(raw)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("its arrays are of a newer format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    kind = str(dtypes.as_dtype(dtype))  # and not objects, which would be pickled
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(raw) - file.tell():
        raise ValueError(f"an array of shape {shape} has {len(raw) - file.tell()} bytes")
    return numbers(raw[file.tell():], kind).reshape(shape, order="F" if fortran else "C").copy(order="K")


def _encode(value, arrays, place):
    """`value` as JSON: containers become [kind, contents], tensors the name of their array."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Tensor):
        name = f"t{len(arrays)}"
        arrays[name] = value.backend.to_numpy(value.array)
        return ["tensor", name]
    if isinstance(value, dict):
        pairs = value.items()
        return ["dict", [[_encode(k, arrays, place), _encode(v, arrays, f"{place}[{k!r}]")] for k, v in pairs]]
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [_encode(v, arrays, f"{place}[{i}]") for i, v in enumerate(value)]]
    if isinstance(value, np.dtype):
        return ["dtype", str(value)]
    raise TypeError(
        f"save: {place} is a {type(value).__name__}; a checkpoint holds dicts, lists, tuples, numbers, strings, None, "
        "dtypes and Tensors (of a module, save its state_dict())"
    )


def _decode(value, array, device):
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "tensor":
        return from_numpy(array(content)).to(device)
    if kind == "dict":
        return {_decode(k, array, device): _decode(v, array, device) for k, v in content}
    if kind == "dtype":
        return dtypes.as_dtype(content)
    return {"list": list, "tuple": tuple}[kind](_decode(v, array, device) for v in content)
