"""Checkpoints: nested dicts and lists of tensors and plain values, in one file.

The file is a NumPy archive (.npz): the numbers of each array in a row, in the order in which they
are stored, and a JSON text for the structure around them. Reading it can't execute code, whoever
made it; reading PyTorch's pickles can.
"""

import contextlib
import io
import json
import math
import os

import numpy as np

from .. import dtypes
from ..arrays import as_array, storage_order, to_numpy
from ..tensor import Tensor
from .archive import numbers, tensor_of
from .files import complete_file
from .safetensors import write_safetensors


def save(obj, file):
    """Write dicts, lists, tuples, numbers, strings, None and Tensors, nested in any way.

    `file` is a path, or a binary file that is open for writing. A path has its old content until
    the new one is complete: see files.py. A path that ends in .safetensors gets a file for PyTorch
    and others, which can only hold {name: Tensor}: see safetensors.py. .pth and .pt are refused.

    Kept are values, dtypes, shapes, `requires_grad`, and that two places hold the same tensor, or
    tensors with the same array, as x and x.detach(). Not kept: devices, gradients, the class
    Parameter (it becomes a Tensor), and what is a view of what: a view is stored as a tensor of
    its own.

    >>> import tinygrad_cv as tg, io
    >>> file = io.BytesIO()
    >>> tg.save({"epoch": 3, "weight": tg.ones(2)}, file)
    >>> tg.load(io.BytesIO(file.getvalue()))
    {'epoch': 3, 'weight': tensor([1., 1.])}
    """
    tensors = {}  # {id: its number}
    arrays = {}   # {id: (name in the file, row, strides)}

    def encode(value, place):
        """`value` as JSON: itself, or [kind, content]."""
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, np.generic):
            return encode(value.item(), place)
        if isinstance(value, Tensor):
            number, array = tensors.setdefault(id(value), len(tensors)), value.array
            if id(array) not in arrays:
                arrays[id(array)] = f"t{len(arrays)}", *stored_row(array)
            name, _, strides = arrays[id(array)]
            content = [number, name, 0, array.shape, strides]
            return ["parameter" if value.requires_grad else "tensor", content]
        if isinstance(value, dict):
            pairs = [(encode(k, place), encode(v, f"{place}[{k!r}]")) for k, v in value.items()]
            return ["dict", pairs]
        if isinstance(value, (list, tuple)):
            parts = [encode(part, f"{place}[{i}]") for i, part in enumerate(value)]
            return ["list" if isinstance(value, list) else "tuple", parts]
        raise TypeError(
            f"save: {place} is a {type(value).__name__}; a checkpoint holds dicts, lists, tuples, "
            "numbers, strings, None and Tensors (of a module, save its state_dict())"
        )

    path = None if hasattr(file, "write") else os.fsdecode(file)
    ending = os.path.splitext(str(path))[1].lower()
    if ending in (".pth", ".pt"):
        raise ValueError(
            f"save: {file} is a name for PyTorch's own format, which is not written here; a "
            "state_dict() goes to .safetensors, which PyTorch can read, everything else to .npz"
        )
    try:
        tree = json.dumps(encode(obj, "obj"))
    except RecursionError:
        raise ValueError("save: it is nested too deeply, or contains itself") from None
    rows = {name: row for name, row, _ in arrays.values()}
    try:
        with contextlib.nullcontext(file) if path is None else complete_file(path) as target:
            if ending == ".safetensors":
                write_safetensors(obj, target)
            else:
                np.savez(target, tree=np.frombuffer(tree.encode(), np.uint8), **rows)
    except OSError as error:
        raise OSError(
            f"save: could not write {file}: {error}; an older file of that name is unchanged"
        ) from error


def stored_row(array):
    """The numbers of an array in the order in which they are stored, and how far apart those of
    neighbours along each axis are."""
    order, back = storage_order(array)
    stored = np.asarray(to_numpy(array).transpose(order), order="C").transpose(back)
    return stored.ravel(order="K"), [step // stored.itemsize for step in stored.strides]


def read_checkpoint(archive, device):
    """What `save` wrote, from its archive."""
    tensors, storages = {}, {}

    def decode(value):
        if not isinstance(value, list):
            return value
        kind, content = value
        if kind in ("tensor", "parameter"):
            return decode_tensor(content).requires_grad_(kind == "parameter")
        if kind == "dict":
            return {decode(key): decode(part) for key, part in content}
        return {"list": list, "tuple": tuple}[kind](map(decode, content))

    def decode_tensor(content):
        if isinstance(content, str):  # of an older version: the name of the whole array
            return Tensor(as_array(_read_array(archive, content), device))
        number, name, *seen = content
        if name not in storages:
            row = _read_array(archive, name).reshape(-1)
            storages[name] = Tensor(as_array(row, device))
        if number not in tensors:
            tensors[number] = tensor_of(storages[name], *seen)
        return tensors[number]

    return decode(json.loads(_read_array(archive, "tree").tobytes()))


def _read_array(archive, name):
    """A member NAME.npy. (np.load would first take the memory that it declares.)"""
    raw = archive.read(f"{name}.npy")
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
