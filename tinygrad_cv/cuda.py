"""The GPU, as far as a program asks about it. Tensors get there by `.to("cuda")`."""

from .arrays import cuda_is_available as is_available
from .arrays import find_library


def synchronize():
    """Wait until the GPU has done all that it was asked to do: only timings need this."""
    find_library("cuda").xp.cuda.get_current_stream().synchronize()


def device_count():
    """The number of GPUs."""
    return find_library("cuda").xp.cuda.runtime.getDeviceCount() if is_available() else 0
