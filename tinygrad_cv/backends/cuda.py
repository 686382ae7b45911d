"""torch.backends.cuda.matmul.allow_tf32, and the same switch by PyTorch's other name for it."""

import warnings

from ..backend import set_tf32, tf32

_precision = "highest"


class _MatMul:
    """Settings of matrix products outside of convolutions."""

    __slots__ = ()

    @property
    def allow_tf32(self):
        """Whether they may use TF32 on a GPU (default False, as in PyTorch)."""
        return tf32["matmul"]

    @allow_tf32.setter
    def allow_tf32(self, allowed):
        if not isinstance(allowed, bool):
            raise RuntimeError(f"matmul.allow_tf32: expected a bool, got {type(allowed).__name__}")
        set_float32_matmul_precision("high" if allowed else "highest")


matmul = _MatMul()


def set_float32_matmul_precision(precision):
    """How matrix products of float32 on a GPU may round: "highest" not at all, "high" to TF32.

    "medium" means bfloat16 where there is a kernel for it; here there is none, and TF32 is used. A word
    that is none of the three is warned of and ignored, as in PyTorch; RuntimeError for what is no word.

    >>> import tinygrad_cv as tg
    >>> tg.set_float32_matmul_precision("high")
    >>> tg.backends.cuda.matmul.allow_tf32
    True
    >>> tg.set_float32_matmul_precision("highest")
    """
    global _precision
    if not isinstance(precision, str):
        raise RuntimeError(f"set_float32_matmul_precision: expected a str, got {type(precision).__name__}")
    if precision not in ("highest", "high", "medium"):
        warnings.warn(f"set_float32_matmul_precision: {precision!r} is not 'highest', 'high' or 'medium'; ignored")
        return
    _precision = precision
    set_tf32("matmul", precision != "highest")


def get_float32_matmul_precision():
    """What set_float32_matmul_precision was last told; "highest" at the start."""
    return _precision
