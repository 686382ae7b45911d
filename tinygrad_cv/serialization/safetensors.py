"""Files of the library safetensors: one flat dict of tensors, which PyTorch reads and writes too.

The library does the work, and checks what it reads: `pip install safetensors`.
"""

import numpy as np

from ..arrays import as_array, to_numpy
from ..tensor import Tensor
from .archive import numbers

DTYPES = {
    "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "U8": "uint8",
    "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64", "BOOL": "bool",
}


def library():
    """The library, imported only where such a file is read or written."""
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(".safetensors files need `pip install safetensors`") from None
    return safetensors


def read_safetensors(data, device):
    """{name: tensor} of the bytes of a file, sorted by name."""
    try:
        found = sorted(library().deserialize(data))
    except library().SafetensorError as error:
        raise ValueError(f"it is cut off or damaged: {error}") from None
    tensors = {}
    for name, entry in found:
        kind = entry["dtype"]
        if kind not in DTYPES:
            raise ValueError(f"its tensor {name[:100]!r} has dtype {kind}, which is not supported")
        array = numbers(entry["data"], DTYPES[kind]).reshape(entry["shape"])
        tensors[name] = Tensor(as_array(array, device))
    return tensors


def write_safetensors(state, file):
    """Write {name: Tensor} into an open file."""
    flat = isinstance(state, dict) and all(isinstance(name, str) for name in state)
    if not flat or not all(isinstance(x, Tensor) for x in state.values()):
        raise TypeError(
            "save: a .safetensors file holds one dict of {name: Tensor}, such as a state_dict(); "
            "everything else goes to .npz"
        )
    # In order: the library writes an array's memory as it lies there, whatever its strides say
    arrays = {name: np.asarray(to_numpy(x.array), order="C") for name, x in state.items()}
    file.write(library().numpy.save(arrays, {"format": "pt"}))
