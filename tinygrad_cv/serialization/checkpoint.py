"""Checkpoints: nested dicts and lists of tensors and plain values, in one file.

The file is a NumPy archive (.npz): one array per tensor, and a JSON text for the structure around
them. Reading it can't execute code, whoever made it; reading PyTorch's pickles can.
"""

import contextlib
import io
import json
import math
import os

import numpy as np

from .. import dtypes
from ..arrays import as_array, to_numpy
from ..tensor import Tensor
from .archive import numbers
from .files import complete_file


def save(obj, file):
    """Write dicts, lists, tuples, numbers, strings, None and Tensors, nested in any way.

    `file` is a path, or a binary file that is open for writing. A path has its old content until
    the new one is complete: see files.py. Kept are values, dtypes, shapes and `requires_grad`. A
    tensor that occurs twice, such as a weight that two layers share, is stored once and shared
    again after loading. Not kept: devices, gradients, the class Parameter (it becomes a Tensor that
    requires a gradient), and memory that is shared by different views, such as x and x[0].

    >>> import tinygrad_cv as tg, io
    >>> file = io.BytesIO()
    >>> tg.save({"epoch": 3, "weight": tg.ones(2)}, file)
    >>> tg.load(io.BytesIO(file.getvalue()))
    {'epoch': 3, 'weight': tensor([1., 1.])}
    """
    arrays = {}
    tree = json.dumps(_encode(obj, arrays, "obj"))
    content = {name: to_numpy(array) for name, array in arrays.values()}
    is_open = hasattr(file, "write")
    try:
        with contextlib.nullcontext(file) if is_open else complete_file(os.fspath(file)) as target:
            np.savez(target, tree=np.frombuffer(tree.encode(), np.uint8), **content)
    except OSError as error:
        raise OSError(
            f"save: could not write {file}: {error}; an older file of that name is unchanged"
        ) from error


def _encode(value, arrays, place):
    """`value` as JSON: [kind, content]. `arrays` collects {id: (name in the file, array)}."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Tensor):
        name, _ = arrays.setdefault(id(value.array), (f"t{len(arrays)}", value.array))
        return ["parameter" if value.requires_grad else "tensor", name]
    if isinstance(value, dict):
        return ["dict", [
            [_encode(key, arrays, place), _encode(part, arrays, f"{place}[{key!r}]")]
            for key, part in value.items()
        ]]
    if isinstance(value, (list, tuple)):
        parts = [_encode(part, arrays, f"{place}[{i}]") for i, part in enumerate(value)]
        return ["list" if isinstance(value, list) else "tuple", parts]
    raise TypeError(
        f"save: {place} is a {type(value).__name__}; a checkpoint holds dicts, lists, tuples, "
        "numbers, strings, None and Tensors (of a module, save its state_dict())"
    )


def read_checkpoint(archive, device):
    """What `save` wrote, from its archive."""
    tensors = {}

    def decode(value):
        if not isinstance(value, list):
            return value
        kind, content = value
        if kind in ("tensor", "parameter"):
            if content not in tensors:
                array = _read_array(archive.read(f"{content}.npy"))
                tensors[content] = Tensor(as_array(array, device))
            return tensors[content].detach().requires_grad_(kind == "parameter")
        if kind == "dict":
            return {decode(key): decode(part) for key, part in content}
        return {"list": list, "tuple": tuple}[kind](map(decode, content))

    return decode(json.loads(_read_array(archive.read("tree.npy")).tobytes()))


def _read_array(raw):
    """The array in the bytes of an .npy file. (np.load would first take the memory it declares.)"""
    file = io.BytesIO(raw)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("its arrays are of a newer format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype != np.float16:  # which becomes float32
        dtypes.as_dtype(dtype)  # refuses objects, which would be pickled
    content = raw[file.tell() :]
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError(f"an array of shape {shape} has {len(content)} bytes")
    return numbers(content, str(dtype)).reshape(shape, order="F" if fortran else "C")
