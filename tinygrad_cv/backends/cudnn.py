"""torch.backends.cudnn, as far as it means something without cuDNN: TF32 in convolutions.

`enabled`, `benchmark` and `deterministic` can be set and have no effect: there is no cuDNN here, and
one way to compute a convolution on a GPU, which always gives the same result.
"""

import sys
import types

from ..backend import set_tf32, tf32

enabled, benchmark, deterministic = True, False, False


def is_available():
    """False: convolutions are this library's own."""
    return False


class _Module(types.ModuleType):
    @property
    def allow_tf32(self):
        """Whether convolutions on a GPU may use TF32 (default True, as in PyTorch)."""
        return tf32["convolution"]

    @allow_tf32.setter
    def allow_tf32(self, allowed):
        if not isinstance(allowed, bool):
            raise RuntimeError(f"cudnn.allow_tf32: expected a bool, got {type(allowed).__name__}")
        set_tf32("convolution", allowed)


sys.modules[__name__].__class__ = _Module
