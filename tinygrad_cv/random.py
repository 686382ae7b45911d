"""Randomness: drawn on the host by one NumPy generator, then moved to the device.

A GPU's own generator would be faster, but would give other numbers than the CPU's and a state
that can't be saved. The noise for a GAN is a few thousand numbers per step, so copying it costs
little. In return, a run draws the same numbers on every device and can be resumed exactly.

Threads that load data draw numbers, too, which must not depend on the order in which the threads
happen to run. Inside `own_randomness`, a thread's default generator is a new one, seeded by a key.
"""

import contextlib
import os
import threading

import numpy as np


class Generator:
    """A source of random numbers with a seed and a state; `numpy` is the generator that draws.

    >>> import tinygrad_cv as tg
    >>> g = tg.Generator().manual_seed(0)
    >>> state = g.get_state()
    >>> a = tg.randn(3, generator=g)
    >>> g.set_state(state)
    >>> bool((tg.randn(3, generator=g) == a).all())
    True
    """

    def __init__(self, device="cpu"):
        self._local = threading.local()  # the thread's own generator, inside own_randomness
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))

    numpy = property(lambda self: getattr(self._local, "generator", None) or self.generator)

    def manual_seed(self, seed):
        """Restart from `seed`, any integer; the same seed gives the same numbers."""
        if not isinstance(seed, (int, np.integer)):
            raise TypeError(f"manual_seed: expected an integer, got {type(seed).__name__}")
        sequence = abs(int(seed)) * 2 + int(seed < 0)  # NumPy refuses negative seeds
        place = self._local if getattr(self._local, "generator", None) else self
        place.generator = np.random.Generator(np.random.PCG64(sequence))
        return self

    def get_state(self):
        """The state as a dictionary of plain numbers, which a checkpoint can hold."""
        return self.numpy.bit_generator.state

    def set_state(self, state):
        """Return to a state that `get_state` gave."""
        try:
            self.numpy.bit_generator.state = state
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f"set_state: not a state from get_state: {error}") from None

    def normal(self, shape, dtype):
        """Standard normal numbers, as a NumPy array on the host."""
        return self.numpy.standard_normal(shape, dtype)

    def uniform(self, shape, dtype):
        """Uniform numbers in [0, 1), as a NumPy array on the host."""
        return self.numpy.random(shape, dtype)


default_generator = Generator()
manual_seed = default_generator.manual_seed
get_rng_state, set_rng_state = default_generator.get_state, default_generator.set_state


@contextlib.contextmanager
def own_randomness(*key):
    """In this block, the integers `key` seed what this thread draws from the default generator."""
    local = default_generator._local
    outer = getattr(local, "generator", None)
    local.generator = np.random.default_rng(key)
    try:
        yield
    finally:
        local.generator = outer
