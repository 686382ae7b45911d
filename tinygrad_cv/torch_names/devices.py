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

TF32 = {"convolution": False, "matmul": False}  # without fast/ no product is rounded
if f"{__package__.rpartition('.')[0]}.fast" in sys.modules:
    from ..fast.cupy.launch import TF32


class Backend(SimpleNamespace):
    """One of torch.backends. allow_tf32: may the GPU round the factors of these products?"""

    allow_tf32 = property(
        lambda self: TF32[self.products],
        lambda self, allowed: TF32.update({self.products: bool(allowed)}),
    )

    def is_available(self): return False  # no cuDNN and no MPS: the kernels are the library's own


cudnn = Backend(products="convolution", enabled=True, benchmark=False, deterministic=False)
matmul, mps = Backend(products="matmul"), Backend()


def set_float32_matmul_precision(precision):
    """ "highest": matrix products are exact; "high" or "medium": on a GPU they may use TF32."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"precision must be 'highest', 'high' or 'medium', got {precision!r}")
    TF32["matmul"] = precision != "highest"


def manual_seed(seed):
    """Seed the random numbers, if there is a GPU."""
    if is_available():
        default_generator.manual_seed(seed)


def empty_cache():
    """Give the memory that CuPy keeps for the next arrays back to the GPU."""
    if is_available():
        find_library("cuda").xp.get_default_memory_pool().free_all_blocks()


SETTINGS = dict(set_float32_matmul_precision=set_float32_matmul_precision,
                get_float32_matmul_precision=lambda: "high" if TF32["matmul"] else "highest",
                use_deterministic_algorithms=lambda mode, *, warn_only=False: None,  # they are
                set_num_threads=lambda number: None)
CUDA = dict(manual_seed=manual_seed, manual_seed_all=manual_seed, empty_cache=empty_cache,
            current_device=lambda: 0, set_device=lambda device: None)
ACCELERATOR = dict(is_available=is_available, synchronize=synchronize,
                   current_accelerator=lambda: Device("cuda") if is_available() else None)


class DataParallel(Module):
    """The module itself, under the name `module` that it has in PyTorch's wrapper."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module

    def forward(self, *args, **kwargs): return self.module(*args, **kwargs)
