"""Randomness: drawn on the host by one NumPy generator, then moved to the device.

A GPU's own generator would be faster, but would give other numbers than the CPU's and a state
that can't be saved. Noise for a GAN is a few thousand numbers a step: the copy costs nothing,
and a run is the same on every device and can be resumed exactly.

Threads that load data draw too, and must not take numbers in the order in which they happen to
run. Inside `own_randomness` the default generator is, for that thread, one started from a key.
"""

import contextlib
import os
import threading

import numpy as np


class Generator:
    """A source of random numbers with a seed and a state.

    >>> import tinygrad_cv as tg
    >>> g = tg.Generator().manual_seed(0)
    >>> state = g.get_state()
    >>> a = tg.randn(3, generator=g)
    >>> g.set_state(state)
    >>> bool((tg.randn(3, generator=g) == a).all())
    True
    """

    def __init__(self, device="cpu"):
        self._local = threading.local()  # what own_randomness puts in the generator's place
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))

    def manual_seed(self, seed):
        """Restart from `seed`, any integer; the same seed gives the same numbers."""
        if not isinstance(seed, (int, np.integer)):
            raise TypeError(f"manual_seed: expected an integer, got {type(seed).__name__}")
        self._seed = int(seed)
        sequence = abs(self._seed) * 2 + (self._seed < 0)  # NumPy's seeds are not negative
        restarted = np.random.Generator(np.random.PCG64(sequence))
        if getattr(self._local, "generator", None) is None:
            self._generator = restarted
        else:
            self._local.generator = restarted  # inside own_randomness, only that one
        return self

    def initial_seed(self):
        """The seed that the numbers follow from."""
        return self._seed

    @property
    def numpy(self):
        """The numpy.random.Generator that draws."""
        return getattr(self._local, "generator", None) or self._generator

    def get_state(self):
        """The state as a dictionary of plain numbers, fit for a checkpoint."""
        return self.numpy.bit_generator.state

    def set_state(self, state):
        """Return to a state that `get_state` gave."""
        try:
            self.numpy.bit_generator.state = state
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f"set_state: not a state from get_state: {error}") from None

    # Draws, as NumPy arrays on the host

    def normal(self, shape, dtype):
        """Standard normal numbers."""
        return self.numpy.standard_normal(shape, dtype)

    def uniform(self, shape, dtype):
        """Uniform numbers in [0, 1)."""
        return self.numpy.random(shape, dtype)

    def integers(self, low, high, shape):
        """Uniform integers in [low, high)."""
        return self.numpy.integers(low, high, shape)

    def permutation(self, n):
        """0 to n - 1 in random order."""
        return self.numpy.permutation(n)


default_generator = Generator()


@contextlib.contextmanager
def own_randomness(*key):
    """Inside, what this thread draws from the default generator follows from the integers `key`."""
    local = default_generator._local
    outer = getattr(local, "generator", None)
    local.generator = np.random.default_rng(key)
    try:
        yield
    finally:
        local.generator = outer


def get_rng_state():
    """The default generator's state, for `set_rng_state`."""
    return default_generator.get_state()


def set_rng_state(state):
    """Restore what `get_rng_state` returned."""
    default_generator.set_state(state)
