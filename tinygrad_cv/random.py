"""Randomness: drawn on the host by one NumPy generator, then moved to the device.

A GPU's own generator would be faster, but would give other numbers than the CPU's and a state
that can't be saved. The noise for a GAN is a few thousand numbers per step, so copying it costs
little. In return, a run draws the same numbers on every device and can be resumed exactly.

Threads that load data draw numbers, too, which must not depend on the order in which the threads
happen to run. Inside `own_randomness`, a thread's default generator is a new one, seeded by a key.
"""

import contextlib
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
        self._own = threading.local()  # .generator is the thread's own one, inside own_randomness
        self.manual_seed(np.random.SeedSequence().entropy)

    numpy = property(lambda self: getattr(self._own, "generator", None) or self.generator)

    def manual_seed(self, seed):
        """Restart from `seed`, any integer; the same seed gives the same numbers."""
        if not isinstance(seed, (int, np.integer)):
            raise TypeError(f"manual_seed: expected an integer, got {type(seed).__name__}")
        sequence = abs(int(seed)) * 2 + int(seed < 0)  # NumPy refuses negative seeds
        place = self._own if getattr(self._own, "generator", None) else self
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

    # Standard normal numbers, and uniform ones in [0, 1), as NumPy arrays on the host
    def normal(self, shape, dtype): return self.numpy.standard_normal(shape, dtype)
    def uniform(self, shape, dtype): return self.numpy.random(shape, dtype)


default_generator = Generator()
manual_seed = default_generator.manual_seed
get_rng_state, set_rng_state = default_generator.get_state, default_generator.set_state


@contextlib.contextmanager
def own_randomness(*key):
    """In this block, the integers `key` seed what this thread draws from the default generator."""
    own = default_generator._own
    outer, own.generator = getattr(own, "generator", None), np.random.default_rng(key)
    try:
        yield
    finally:
        own.generator = outer
