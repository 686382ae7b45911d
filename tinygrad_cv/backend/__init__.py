"""Backends by device: the one place of the library that knows NumPy or CuPy.

    get_backend("cpu")      NumPy
    get_backend("cuda")     CuPy, imported the first time that somebody asks for it
"""

from . import openblas  # first: it sets what OpenBLAS reads when NumPy is imported
from .base import storage_order
from .convolution import output_size
from .device import Device
from .numpy_backend import NumpyBackend
from .quiet import quiet_context
from .random import Generator, default_generator, get_rng_state, set_rng_state

_backends = {}
_default = None
tf32 = {"convolution": True, "matmul": False}  # PyTorch's defaults


def register(name, backend):
    """Make `backend` the one of the device called `name`."""
    _backends[str(Device(name))] = backend
    return backend


def get_backend(device=None):
    """The backend of a device (its name or a Device); of the default device if None."""
    if device is None:
        return _default
    name = str(device if isinstance(device, Device) else Device(device))
    if name not in _backends:
        return register(name, _start(Device(name)))
    return _backends[name]


def _start(device):
    if device.type != "cuda":
        known = ", ".join(sorted({*_backends, "cuda"}))
        raise RuntimeError(f"device {str(device)!r} is not known; the devices are {known}")
    if not cuda_is_available():
        raise RuntimeError(
            "device 'cuda' needs CuPy and a CUDA GPU, and one of them is missing here: install "
            "tinygrad_cv[cuda12] or [cuda13] to match the driver, or stay on device='cpu'"
        )
    from .cupy_backend import CupyBackend

    backend = CupyBackend(device)
    backend.use_tf32(**tf32)
    return backend


def set_default_device(device):
    """Make `device` the one on which tensors are created when no device is named."""
    global _default
    _default = get_backend(device)


def cuda_is_available():
    """True if CuPy is installed and sees a GPU; never raises."""
    try:
        import cupy

        return bool(cupy.is_available())
    except Exception:  # a CuPy without its libraries, or something else of that name
        return False


def set_tf32(products, allowed):
    """Whether "convolution" or "matmul" may round float32 factors to TF32 on a GPU."""
    tf32[products] = allowed
    for backend in _backends.values():
        backend.use_tf32(**tf32)


_default = register("cpu", NumpyBackend())
