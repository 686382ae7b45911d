"""The GPU, as far as a program asks about it. Tensors get there by `.to("cuda")` or `device="cuda"`."""

from .backend import cuda_is_available, get_backend


def is_available():
    """True if CuPy is installed and sees a GPU."""
    return cuda_is_available()


def synchronize():
    """Wait until the GPU has done all that was asked of it; needed only to measure time."""
    get_backend("cuda").synchronize()
