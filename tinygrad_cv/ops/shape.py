"""Operations that move values and compute nothing: their gradients move them back.

Each is a linear map y = A x with a single 1 in every row of A. Its gradient is the transpose A^T:
reshape back, permute by the inverse permutation, sum over what was repeated. Most are views: they
read the same memory with another shape and other strides, and a write into one is a write into
the original.
"""

import math

from ..arrays import namespace
from ..autograd import Function
from ..checks import check_tensor, one_dim, sizes, some_dims
from .convert import Clone


class Reshape(Function):
    """The same values in the same order under another shape: a view where strides allow it."""

    is_view = True

    def __init__(self, shape): self.new_shape = shape

    def forward(self, x):
        self.before = x.shape
        y = x.reshape(self.new_shape)
        # (An empty array shares no memory, but it is contiguous)
        self.is_view = x.flags.c_contiguous or namespace(x).may_share_memory(x, y)
        return y

    def backward(self, grad):
        return Reshape(self.before)(grad)


class Permute(Function):
    """Axis i of the output is axis dims[i] of the input; the inverse permutation undoes it."""

    is_view = True

    def __init__(self, dims): self.dims = dims

    def forward(self, x):
        return x.transpose(self.dims)

    def backward(self, grad):
        return Permute(sorted(range(len(self.dims)), key=self.dims.__getitem__))(grad)


class Expand(Function):
    """Axes of size 1 repeated. The gradient of a copy is a sum over the copies; the engine does
    it, as it sums every gradient down to the shape of its input (`unbroadcast`)."""

    is_view = True

    def __init__(self, shape): self.new_shape = shape

    def forward(self, x):
        return namespace(x).broadcast_to(x, self.new_shape)

    def backward(self, grad):
        return grad


# What users call


def reshape(input, *shape):
    """The same values under a new shape; one size may be -1 and is then worked out.

    >>> import tinygrad_cv as tg
    >>> tg.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    check_tensor("reshape", input)
    return Reshape(_complete("reshape", shape, input.numel()))(input)


def view(input, *shape):
    """As reshape, but never a copy: RuntimeError where the order in memory asks for one."""
    check_tensor("view", input)
    y = Reshape(_complete("view", shape, input.numel()))(input)
    if y.memory is not input.memory:
        raise RuntimeError(
            f"view: {input.shape} as {y.shape} needs a copy, because of its order in memory; use "
            "reshape()"
        )
    return y


def _complete(name, shape, count):
    """The shape with its -1, if any, replaced by the size that makes it hold `count` values."""
    shape = sizes(name, shape)
    known = -math.prod(shape)
    if shape.count(-1) == 1 and known > 0 and count % known == 0:
        shape = tuple(count // known if n == -1 else n for n in shape)
    if min(shape, default=0) < 0 or math.prod(shape) != count:
        raise RuntimeError(f"{name}: {count} values don't fit into shape {shape}")
    return shape


def flatten(input, start_dim=0, end_dim=-1):
    """The dims from start_dim to end_dim merged into one."""
    check_tensor("flatten", input)
    start, end = (one_dim("flatten", dim, input.ndim) for dim in (start_dim, end_dim))
    if start > end:
        raise RuntimeError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}")
    shape = input.shape
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input, dim, sizes):
    """One dim split into several; one of their sizes may be -1."""
    check_tensor("unflatten", input)
    dim, shape = one_dim("unflatten", dim, input.ndim), input.shape or (1,)
    parts = _complete("unflatten", (sizes,), shape[dim])
    return reshape(input, (*shape[:dim], *parts, *shape[dim + 1 :]))


def permute(input, *dims):
    """The axes in another order: axis i of the result is axis dims[i] of the input."""
    check_tensor("permute", input)
    dims = [one_dim("permute", dim, input.ndim) for dim in sizes("permute", dims)]
    if sorted(dims) != list(range(input.ndim)):
        raise RuntimeError(f"permute: expected each of {input.ndim} dims once, got {dims}")
    return Permute(dims)(input)


def transpose(input, dim0, dim1):
    """Two axes swapped."""
    check_tensor("transpose", input)
    a, b = (one_dim("transpose", dim, input.ndim) for dim in (dim0, dim1))
    return Permute([{a: b, b: a}.get(dim, dim) for dim in range(input.ndim)])(input)


def t(input):
    """A matrix transposed; a vector as it is."""
    check_tensor("t", input)
    if input.ndim > 2:
        raise RuntimeError(f"t: expected a matrix, got shape {input.shape}; use transpose or mT")
    return transpose(input, 0, -1)


def squeeze(input, dim=None):
    """Without its dims of size 1: all of them, or those among `dim`."""
    check_tensor("squeeze", input)
    gone = () if isinstance(dim, tuple) and not dim else some_dims("squeeze", dim, input.ndim)
    return reshape(input, tuple(n for d, n in enumerate(input.shape) if n != 1 or d not in gone))


def unsqueeze(input, dim):
    """With a new dim of size 1 at position `dim`."""
    check_tensor("unsqueeze", input)
    dim = one_dim("unsqueeze", dim, input.ndim + 1)
    return reshape(input, (*input.shape[:dim], 1, *input.shape[dim:]))


def expand(input, *shape):
    """Dims of size 1 repeated, and new ones in front, as a read-only view; -1 keeps a size."""
    check_tensor("expand", input)
    shape = sizes("expand", shape)
    lead = len(shape) - input.ndim
    before = (1,) * lead + input.shape
    after = tuple(m if n == -1 else n for m, n in zip(before, shape))
    fits = all(n >= 0 and m in (1, n) for m, n in zip(before, after))
    if lead < 0 or -1 in shape[:lead] or not fits:
        raise RuntimeError(f"expand: only sizes of 1 can be repeated, got {input.shape} to {shape}")
    return Expand(after)(input) if after != input.shape else input


def repeat(input, *repeats):
    """Copies of the whole tensor side by side: `repeats` of them along each dim."""
    check_tensor("repeat", input)
    repeats = sizes("repeat", repeats)
    lead = len(repeats) - input.ndim
    if lead < 0 or min(repeats, default=0) < 0:
        raise RuntimeError(f"repeat: needs a count for each dim of {input.shape}, got {repeats}")
    shape = (1,) * lead + input.shape
    x = Reshape([m for n in shape for m in (1, n)])(input)  # (1, n) for every dim of size n
    x = Expand([m for pair in zip(repeats, shape) for m in pair])(x)  # (r, n)
    return Reshape([r * n for r, n in zip(repeats, shape)])(Clone("C")(x))  # (r * n)
