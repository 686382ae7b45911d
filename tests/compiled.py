"""The fused kernels of a GPU on a CPU: their text compiled by g++, on the strict stand-in's arrays.

fast/cupy asks for a compiler. CuPy's makes a thread of every `i`; here the same text is the body of
a loop, with its parameters bound as cupy.ElementwiseKernel binds them. So device "compiled" runs
what a GPU would run, except CuPy's own code and TF32. Outputs that the kernels allocate hold NaN
(strict_array.py), so a number that no thread wrote is seen.

`cuda_source` is the same for nvcc, which can say at least whether it compiles.
"""

import ctypes
import functools
import math
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from strict import library
from strict_array import StrictArray

from tinygrad_cv.fast.cupy.kernels import KERNELS
from tinygrad_cv.fast.cupy.launch import register

COMPILER = shutil.which("g++")
C_TYPES = {"float32": "float", "float64": "double", "int32": "int", "int64": "long long"}
LOOP = "for (ptrdiff_t i = 0; i < count; ++i)"
CUDA_LOOP = (
    "for (ptrdiff_t i = blockIdx.x * blockDim.x + threadIdx.x; i < count; "
    "i += gridDim.x * blockDim.x)"
)


class CompiledArray(StrictArray):
    __slots__ = ()


def parameters(declaration):
    """[(raw?, type, name)] of "raw T x, int32 C"."""
    words = [part.split() for part in declaration.split(",")]
    return [(w[0] == "raw", *w[-2:]) for w in words]


def signature(kernel, T):
    """The C parameters, and the statements that bind those that stand for one element."""
    inputs, outputs, _ = KERNELS[kernel]
    listed, bound = [], []
    for declaration, const in (inputs, "const "), (outputs, ""):
        for raw, type, name in parameters(declaration):
            ctype = T if type == "T" else C_TYPES[type]
            if raw:
                listed.append(f"{const}{ctype}* {name}")
            else:  # the step is 0 for a number, which is the same for all elements
                listed.append(f"{const}{ctype}* {name}_, ptrdiff_t {name}_step")
                bound.append(f"{const}{ctype}& {name} = {name}_[i * {name}_step];")
    return ", ".join(listed), " ".join(bound)


def source(head, qualifier, loop):
    """All kernels as C functions, for float and double."""
    functions = []
    for name in KERNELS:
        for T in "float", "double":
            listed, bound = signature(name, T)
            functions.append(
                f'extern "C" {qualifier} void {name}_{T}(ptrdiff_t count, {listed}) {{\n'
                f"typedef {T} T;\n{loop} {{ {bound}\n{KERNELS[name][2]}\n}} }}\n"
            )
    return head + "".join(functions)


def cpp_source():
    head = "#include <algorithm>\n#include <cmath>\n#include <cstddef>\nusing namespace std;\n"
    return source(head, "", LOOP)


def cuda_source():
    return source("#include <cstddef>\n", "__global__", CUDA_LOOP)


@functools.cache
def compiled_library():
    with tempfile.TemporaryDirectory() as folder:
        text, target = Path(folder, "kernels.cpp"), Path(folder, "kernels.so")
        text.write_text(cpp_source(), encoding="ascii")
        command = [COMPILER, "-O1", "-ffp-contract=off", "-shared", "-fPIC", text, "-o", target]
        subprocess.run(command, check=True)
        return ctypes.CDLL(str(target))


class CompiledKernel:
    """Called as a cupy.ElementwiseKernel, with its rules on types, broadcasting and size."""

    def __init__(self, name):
        self.name, (inputs, outputs, _) = name, KERNELS[name]
        self.inputs, self.outputs = parameters(inputs), parameters(outputs)

    def __call__(self, *args, size=None):
        listed = self.inputs + self.outputs
        assert len(args) in (len(self.inputs), len(listed)), f"{self.name}: {len(args)} arguments"
        assert not any(isinstance(a, np.ndarray) for a in args), f"{self.name}: a host array"
        given = [a._array if isinstance(a, StrictArray) else a for a in args]
        arrays = [(p, a) for p, a in zip(listed, given) if isinstance(a, np.ndarray)]
        (T,) = {a.dtype.name for (_, type, _), a in arrays if type == "T"}
        for (_, type, name), a in arrays:
            assert a.dtype.name == (T if type == "T" else type), f"{self.name}: {name} is {a.dtype}"
        shapes = [a.shape for (raw, *_), a in arrays if not raw]
        assert bool(shapes) != (size is not None), "CuPy takes a size if, and only if, all are raw"
        shape = np.broadcast_shapes(*shapes) if shapes else (size,)
        if len(given) < len(listed):
            types = (T if type == "T" else type for _, type, _ in self.outputs)
            given += [np.full(shape, np.nan if "f" in type else 0, type) for type in types]
        outputs = given[len(self.inputs) :]
        for (raw, *_), out in zip(self.outputs, outputs):
            assert raw or out.shape == shape, f"{self.name}: an output has shape {out.shape}"
        self.run(T, math.prod(shape), given, shape)
        results = args[len(self.inputs) :] or tuple(map(CompiledArray, outputs))
        return results[0] if len(results) == 1 else results

    def run(self, T, count, given, shape):
        """Call the C function on C-ordered copies; what is in another order is copied back."""
        passed, kept = [ctypes.c_ssize_t(count)], []
        for (raw, type, _), value in zip(self.inputs + self.outputs, given):
            is_array = isinstance(value, np.ndarray)
            if is_array and not raw and value.shape != shape:
                value = np.broadcast_to(value, shape)
            value = np.require(value, T if type == "T" else type, "C")
            kept.append(value)
            # value.ctypes would leave a reference cycle
            passed.append(ctypes.c_void_p(value.__array_interface__["data"][0]))
            if not raw:
                passed.append(ctypes.c_ssize_t(int(is_array)))
        getattr(compiled_library(), f"{self.name}_{C_TYPES[T]}")(*passed)
        for out, copy in zip(given[len(self.inputs) :], kept[len(self.inputs) :]):
            if copy is not out:
                out[...] = copy


COMPILED = library(CompiledArray, "compiled")
register(CompiledArray, functools.cache(CompiledKernel))
