"""The accelerator, under the name that PyTorch 2.6 gave it: here that is a CUDA GPU or none."""

from .backend import Device
from .cuda import is_available, synchronize


def current_accelerator():
    """Its device, or None."""
    return Device("cuda") if is_available() else None
