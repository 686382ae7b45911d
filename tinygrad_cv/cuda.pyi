# Written by .ci/stubs.py, for editors and type checkers. The code is in cuda.py.
def device_count() -> int:
    """The number of GPUs."""
def is_available() -> bool:
    """True if CuPy is installed and sees a GPU; never raises."""
def synchronize() -> None:
    """Wait until the GPU has done all that it was asked to do: only timings need this."""
