"""The GPU's fused kernels on a CPU: their bodies compiled by g++, on the arrays of the strict stand-in.

fused_backend.py asks a subclass for a compiler. CuPy's makes a thread of every `i`; here the same text stands
in a loop, with the parameters bound as cupy.ElementwiseKernel binds them. So the device "compiled" runs
what a GPU would run, but for CuPy's own code and the product on tensor cores. Outputs that the
kernels allocate hold NaN (strict_array.py), so a number that no thread wrote is seen.

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
from strict import StrictBackend, strict_xp
from strict_array import StrictArray

from tinygrad_cv.backend.cuda_kernels import KERNELS
from tinygrad_cv.backend.device import Device
from tinygrad_cv.backend.fused_backend import FusedBackend

COMPILER = shutil.which("g++")
C_TYPES = {"float32": "float", "float64": "double", "int32": "int", "int64": "long long"}


def parameters(declaration):
    """[(raw?, type, name)] of "raw T x, int32 C"."""
    words = [part.split() for part in declaration.split(",")]
    return [(w[0] == "raw", *w[-2:]) for w in words]


def signature(kernel, T):
    """The C parameters, and the statements that bind those that stand for their place."""
    listed, bound = [], []
    for declaration, const in (kernel.inputs, "const "), (kernel.outputs, ""):
        for raw, type, name in parameters(declaration):
            ctype = T if type == "T" else C_TYPES[type]
            if raw:
                listed.append(f"{const}{ctype}* {name}")
            else:
                listed.append(f"{const}{ctype}* {name}_, ptrdiff_t {name}_step")  # step 0: one number for all
                bound.append(f"{const}{ctype}& {name} = {name}_[i * {name}_step];")
    return ", ".join(listed), " ".join(bound)


def function(name, kernel, T, head, loop):
    listed, bound = signature(kernel, T)
    head = f'extern "C" {head}void {name}_{T}(ptrdiff_t size, {listed})'
    return f"{head} {{\ntypedef {T} T;\n{loop} {{ {bound}\n{kernel.body}\n}} }}\n"


def cpp_source():
    loop = "for (ptrdiff_t i = 0; i < size; ++i)"
    return "#include <cmath>\n#include <cstddef>\n#include <algorithm>\nusing namespace std;\n" + "".join(
        function(name, kernel, T, "", loop) for name, kernel in KERNELS.items() for T in ("float", "double")
    )


def cuda_source():
    loop = "for (ptrdiff_t i = blockIdx.x * blockDim.x + threadIdx.x; i < size; i += gridDim.x * blockDim.x)"
    return "#include <cstddef>\n" + "".join(
        function(name, kernel, T, "__global__ ", loop) for name, kernel in KERNELS.items() for T in ("float", "double")
    )


@functools.cache
def library():
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "kernels.cpp"), Path(folder, "kernels.so")
        source.write_text(cpp_source(), encoding="ascii")
        command = [COMPILER, "-O1", "-ffp-contract=off", "-shared", "-fPIC", source, "-o", target]
        subprocess.run(command, check=True)
        return ctypes.CDLL(str(target))


class CompiledKernel:
    """Called like a cupy.ElementwiseKernel, with its rules on types, broadcasting and size."""

    def __init__(self, name):
        self.name, kernel = name, KERNELS[name]
        self.inputs, self.outputs = parameters(kernel.inputs), parameters(kernel.outputs)

    def __call__(self, *args, size=None):
        listed = self.inputs + self.outputs
        assert len(args) in (len(self.inputs), len(listed)), f"{self.name}: {len(args)} arguments"
        given = [a._array if isinstance(a, StrictArray) else a for a in args]
        assert not any(isinstance(a, np.ndarray) for a in args), f"{self.name}: an array of the host"
        arrays = [(p, a) for p, a in zip(listed, given) if isinstance(a, np.ndarray)]
        (T,) = {a.dtype.name for (_, type, _), a in arrays if type == "T"}
        for (_, type, name), a in arrays:
            assert a.dtype.name == (T if type == "T" else type), f"{self.name}: {name} is {a.dtype}"
        shapes = [a.shape for (raw, *_), a in arrays if not raw]
        assert bool(shapes) != (size is not None), "CuPy takes a size if all arrays are raw, and then needs it"
        shape = np.broadcast_shapes(*shapes) if shapes else (size,)
        if len(given) < len(listed):
            given += [np.full(shape, np.nan, T if type == "T" else type) for _, type, _ in self.outputs]
        outputs = given[len(self.inputs) :]
        for (raw, *_), out in zip(self.outputs, outputs):
            assert out.flags.c_contiguous and (raw or out.shape == shape)
        self.run(T, math.prod(shape), given, shape)
        results = args[len(self.inputs) :] or tuple(map(StrictArray, outputs))
        return results[0] if len(results) == 1 else results

    def run(self, T, size, given, shape):
        passed, kept = [ctypes.c_ssize_t(size)], []
        for (raw, type, _), value in zip(self.inputs + self.outputs, given):
            is_array = isinstance(value, np.ndarray)
            if is_array and not raw and value.shape != shape:
                value = np.broadcast_to(value, shape)
            value = np.require(value, T if type == "T" else type, "C")  # an output is that already
            kept.append(value)
            passed.append(ctypes.c_void_p(value.__array_interface__["data"][0]))  # value.ctypes would leave a cycle
            if not raw:
                passed.append(ctypes.c_ssize_t(int(is_array)))
        name = f"{self.name}_{C_TYPES[T]}"
        getattr(library(), name)(*passed)


class CompiledBackend(FusedBackend):
    def __init__(self):
        super().__init__(strict_xp, Device("compiled"), StrictArray)
        self.kernels = {name: CompiledKernel(name) for name in KERNELS}

    def kernel(self, name):
        return self.kernels[name]

    erf = StrictBackend.erf
