"""GPUs as PyTorch's scripts set them up. One generator serves all devices, and one device trains.

Only TF32 changes a result: a GPU multiplies float32 matrices several times faster if it may round
the factors to 10 bits of mantissa. As in PyTorch, convolutions may and other products may not. All
other switches can be set and have no effect.
"""

import sys
from types import SimpleNamespace

from ..arrays import Device, find_library
from ..cuda import is_available, synchronize
from ..nn import Module
from ..random import default_generator

if f"{__package__.rpartition('.')[0]}.fast" in sys.modules:
    from ..fast.cupy.launch import TF32  # {"convolution": allowed?, "matmul": allowed?}
else:  # without fast/ no product is rounded
    TF32 = {"convolution": False, "matmul": False}


class Backend(SimpleNamespace):
    """One of torch.backends."""

    def is_available(self):
        return False  # no cuDNN and no MPS: the kernels are this library's own

    @property
    def allow_tf32(self):
        """May the GPU round the factors of these products?"""
        return TF32[self.products]

    @allow_tf32.setter
    def allow_tf32(self, allowed):
        if not isinstance(allowed, bool):
            raise RuntimeError(f"allow_tf32: expected True or False, got {allowed!r}")
        TF32[self.products] = allowed


cudnn = Backend(products="convolution", enabled=True, benchmark=False, deterministic=False)
matmul, mps = Backend(products="matmul"), Backend()


def set_float32_matmul_precision(precision):
    """ "highest": matrix products are exact; "high" or "medium": on a GPU they may use TF32."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"precision must be 'highest', 'high' or 'medium', got {precision!r}")
    TF32["matmul"] = precision != "highest"


def get_float32_matmul_precision():
    return "high" if TF32["matmul"] else "highest"


def use_deterministic_algorithms(mode, *, warn_only=False):
    """No effect: one seed gives one run, on every device."""


def manual_seed(seed):
    """Seed the random numbers, if there is a GPU."""
    if is_available():
        default_generator.manual_seed(seed)


def empty_cache():
    """Give the memory that CuPy keeps for the next arrays back to the GPU."""
    if is_available():
        find_library("cuda").xp.get_default_memory_pool().free_all_blocks()


def get_device_name(device=None):
    """The name of the GPU."""
    return find_library("cuda").xp.cuda.runtime.getDeviceProperties(0)["name"].decode()


on_gpu = dict(
    manual_seed=manual_seed, manual_seed_all=manual_seed, empty_cache=empty_cache,
    get_device_name=get_device_name, current_device=lambda: 0, set_device=lambda device: None,
)
accelerator = dict(
    is_available=is_available, synchronize=synchronize,
    current_accelerator=lambda: Device("cuda") if is_available() else None,
)


class DataParallel(Module):
    """The module itself, under the name `module` that it has in PyTorch's wrapper."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)


def data_parallel(module, inputs, device_ids=None, output_device=None, dim=0):
    """module(inputs), on the one device that there is."""
    return module(*inputs) if isinstance(inputs, tuple) else module(inputs)
