"""Randomness: drawn on the host by one NumPy generator, then uploaded.

A GPU's own generator would be faster, but would give other numbers than the CPU's and a state
that can't be saved. Noise for a GAN is a few thousand numbers a step: the copy costs nothing,
and a run is the same on every device and can be resumed exactly.

Threads that load data draw too, and must not take numbers in the order in which they happen to
run: inside `own_chance` the default generator is, in that thread, one started anew from a key.
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
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))

    def manual_seed(self, seed):
        """Restart from `seed`, any integer; the same seed gives the same numbers."""
        if not isinstance(seed, (int, np.integer)):
            raise TypeError(f"manual_seed: expected an integer, got {type(seed).__name__}")
        self._seed = int(seed)
        self.numpy = np.random.Generator(np.random.PCG64(abs(self._seed) * 2 + (self._seed < 0)))
        return self

    def initial_seed(self):
        return self._seed

    def get_state(self):
        """The state as a dictionary of plain numbers, fit for a checkpoint."""
        return self.numpy.bit_generator.state

    def set_state(self, state):
        """Go back to a state that `get_state` returned."""
        try:
            self.numpy.bit_generator.state = state
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f"set_state: not a state returned by get_state: {error}") from None

    # Draws, as NumPy arrays on the host

    def normal(self, shape, dtype):
        """Standard normal numbers."""
        return self.numpy.standard_normal(shape, _precision(dtype)).astype(dtype, copy=False)

    def uniform(self, shape, dtype):
        """Uniform numbers in [0, 1)."""
        return self.numpy.random(shape, _precision(dtype)).astype(dtype, copy=False)

    def integers(self, low, high, shape, dtype):
        """Uniform integers in [low, high)."""
        return self.numpy.integers(low, high, shape).astype(dtype)

    def permutation(self, n):
        """0 to n - 1 in random order."""
        return self.numpy.permutation(n)


def _precision(dtype):
    return np.float32 if dtype == np.float32 else np.float64


class DefaultGenerator(Generator):
    """The library's own: one for the whole program, but inside `own_chance` one for the thread."""

    @property
    def numpy(self):
        source = getattr(_own, "source", None)
        if source is None:
            return self._numpy
        if isinstance(source, tuple):                # started at the first draw, as most items draw nothing
            _own.source = source = np.random.default_rng(source)
        return source

    @numpy.setter
    def numpy(self, source):
        if getattr(_own, "source", None) is None:
            self._numpy = source
        else:
            _own.source = source


_own = threading.local()
default_generator = DefaultGenerator()


@contextlib.contextmanager
def own_chance(*key):
    """Inside, whatever this thread draws from the default generator follows from the integers of `key`."""
    outer = getattr(_own, "source", None)
    _own.source = key
    try:
        yield
    finally:
        _own.source = outer


def seed():
    """Seed the default generator from the operating system; returns the seed."""
    return default_generator.manual_seed(int.from_bytes(os.urandom(8), "little")).initial_seed()


def get_rng_state():
    """The default generator's state, for `set_rng_state`."""
    return default_generator.get_state()


def set_rng_state(state):
    """Restore what `get_rng_state` returned."""
    default_generator.set_state(state)
