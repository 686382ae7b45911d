"""Arrays: which library an array belongs to, and on which device it is.

Operations are written once, for NumPy and for CuPy, whose functions have the same names. An
operation asks the array itself which of the two it belongs to:

    xp = namespace(x)      numpy for a numpy.ndarray, cupy for a cupy.ndarray
    y = xp.tanh(x)

A *kernel* is an array function in which training spends its time: a convolution, batch norm.
The plain version is next to its operation and is the definition. `fast/` may register a faster
version for a type of array (see `kernel`). Without `fast/` everything works the same, only slower.
"""

import functools
from typing import Any, NamedTuple

import numpy as np


class Device:
    """Where a tensor's memory is: device("cuda:0").type is "cuda" and .index is 0.

    >>> import tinygrad_cv as tg
    >>> tg.device("cpu")
    device(type='cpu')
    """

    def __init__(self, name, index=None):
        name = str(name) if index is None else f"{name}:{index}"
        self.type, _, index = name.partition(":")
        if not self.type.isidentifier() or (index and not index.isdigit()):
            raise RuntimeError(f"device: expected a name such as 'cpu' or 'cuda:0', got {name!r}")
        self.index = int(index) if index else None if self.type == "cpu" else 0

    def __eq__(self, other): return isinstance(other, Device) and str(self) == str(other)
    def __hash__(self): return hash(str(self))
    def __str__(self): return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"


class Library(NamedTuple):
    """An array library on a device."""

    xp: Any  # the module: numpy or cupy
    device: Device


libraries, _by_device = {}, {}  # by the class of arrays, and by device
_default_device = Device("cpu")
when_cuda_starts = []  # functions to call with the cupy module, such as fast/'s register


def add_library(library):
    """Use `library` for its class of arrays and for its device."""
    libraries[library.xp.ndarray] = _by_device[library.device] = library


add_library(Library(np, Device("cpu")))


def namespace(x): return libraries[x.__class__].xp      # the module whose functions take x
def device_of(x): return libraries[x.__class__].device  # the device on which x is
def is_array(x): return x.__class__ in libraries        # is x of a library that is in use?
def on_host(x): return x.__class__ is np.ndarray        # can x be read without waiting for a GPU?


def is_writable(x):
    """False for an array that NumPy locked, or whose elements share memory (expand)."""
    if x.__class__ is np.ndarray:
        return x.flags.writeable
    return x.size == 0 or all(s != 0 or n == 1 for n, s in zip(x.shape, x.strides))


def find_library(device=None):
    """The Library of a device (a Device or its name; None is the default device)."""
    device = _default_device if device is None else Device(device)
    if device not in _by_device:
        _start(device)
    return _by_device[device]


def _start(device):
    if device.type != "cuda" or any(started.type == "cuda" for started in _by_device):
        known = ", ".join(sorted({str(d) for d in _by_device} | {"cuda"}))
        raise RuntimeError(f"device {str(device)!r} is not known; the devices are {known}")
    if not cuda_is_available():
        raise RuntimeError(
            "device 'cuda' needs CuPy and a CUDA GPU, and one of them is missing here: install "
            "tinygrad_cv[cuda12] or [cuda13] to match the driver, or stay on device='cpu'"
        )
    import cupy

    cupy.cuda.Device(device.index).use()
    add_library(Library(cupy, device))
    for start in when_cuda_starts:
        start(cupy)


def cuda_is_available():
    """True if CuPy is installed and sees a GPU; never raises."""
    try:
        import cupy

        return bool(cupy.is_available())
    except Exception:  # a CuPy without its libraries, or another module of this name
        return False


def set_default_device(device):
    """Make `device` the one on which tensors are created when no device is given."""
    global _default_device
    _default_device = find_library(device).device


def kernel(plain):
    """Decorate a plain array function, so that a faster version runs where one is registered.

    The class of the first argument decides. The modules of `fast/`, which `import tinygrad_cv`
    loads last (unless the environment has TINYGRAD_CV_FAST=0), register them. For NumPy's arrays
    `conv2d_output.dispatch(np.ndarray)` runs (its `__module__` says where it is), and it may pass
    hard cases on to the plain one, `conv2d_output.dispatch(object)`. Python's singledispatch has
    the same names, but also searches base classes, which takes longer.
    """
    versions = {}

    @functools.wraps(plain)
    def chosen(x, *args):
        return versions.get(x.__class__, plain)(x, *args)

    def register(array_type):  # a decorator: @product.register(np.ndarray)
        def add(function):
            versions[array_type] = function
            return function

        return add

    chosen.register, chosen.dispatch = register, lambda cls: versions.get(cls, plain)
    return chosen


# Moving arrays. CuPy's own transfers keep only C and Fortran order, so both directions transfer the
# axes in the order that they have in memory.


def to_numpy(x):
    """The values of an array as a NumPy array on the host (a NumPy array itself, no copy)."""
    if on_host(x):
        return x
    order, back = storage_order(x)
    return x.transpose(order).get().transpose(back)


def as_array(x, device=None):
    """The array x on `device`: itself if it is there, otherwise a copy."""
    xp = find_library(device).xp
    if x.__class__ is xp.ndarray:
        return x
    x = to_numpy(x)
    if xp is np:
        return x
    order, back = storage_order(x)
    return xp.asarray(x.transpose(order)).transpose(back)


# Storage order: the shape gives the order of the axes' meanings, the strides their order in memory


def storage_order(x):
    """The axes of x, the outermost in memory first, and the permutation that undoes it."""
    order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])
    return order, sorted(range(x.ndim), key=order.__getitem__)


def channels_last(x):
    """The same array (N, C, H, W), stored in the order (N, H, W, C)."""
    return namespace(x).ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


# Warnings of NumPy


@np.errstate(all="ignore")
def quietly(function, *arguments):
    """function(*arguments), with no warning from NumPy about infinities and NaN.

    As in PyTorch, log 0 is -inf and inf - inf is NaN without a warning.
    """
    return function(*arguments)
