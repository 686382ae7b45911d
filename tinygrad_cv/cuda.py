"""The GPU, as far as a program asks about it. Tensors get there by `.to("cuda")` or `device="cuda"`."""

from .backend import cuda_is_available, default_generator, get_backend


def is_available():
    """True if CuPy is installed and sees a GPU."""
    return cuda_is_available()


def synchronize():
    """Wait until the GPU has done all that was asked of it; needed only to measure time."""
    get_backend("cuda").synchronize()


def device_count():
    """How many GPUs there are."""
    if not is_available():
        return 0
    return get_backend("cuda").xp.cuda.runtime.getDeviceCount()


def manual_seed(seed):
    """Seed the random numbers if there is a GPU; one generator serves all devices."""
    if is_available():
        default_generator.manual_seed(seed)


manual_seed_all = manual_seed


def empty_cache():
    """Give the memory that CuPy keeps for the next arrays back to the GPU."""
    if is_available():
        get_backend("cuda").xp.get_default_memory_pool().free_all_blocks()
