"""Operations that move values and compute nothing: their gradients move them back.

Each is a linear map with one 1 a row, so its gradient is its transpose: reshape back, permute
by the inverse permutation, sum what was expanded. (Joining and cutting: join.py.)
"""

import builtins
import math

from ..autograd import Function
from .checks import check_tensor, one_dim, sizes


class Reshape(Function):
    """The same values in the same order under another shape. A view wherever strides allow it."""

    on_arrays = True

    is_view = True

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        self.before = x.shape
        return x.reshape(self.shape)

    def backward(self, grad):
        return grad.reshape(self.before)


class Permute(Function):
    """Axis i of the output is axis dims[i] of the input; the inverse permutation undoes it."""

    is_view = True

    def __init__(self, dims):
        self.dims = dims

    def forward(self, x):
        return x.transpose(self.dims)

    def backward(self, grad):
        return grad.permute(sorted(range(len(self.dims)), key=self.dims.__getitem__))


class Expand(Function):
    """Repeat axes of size 1 without copying. Its gradient is the sum over the repeats, which is
    the engine's `unbroadcast`: the gradient is returned in the expanded shape."""

    is_view = True

    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        return self.backend.xp.broadcast_to(x, self.shape)

    def backward(self, grad):
        return grad


class Flip(Function):
    """Reversed along `dims`; reversing again undoes it."""

    def __init__(self, dims):
        self.dims = dims

    def forward(self, x):
        return self.backend.xp.flip(x, self.dims).copy()  # not a view: as in PyTorch

    def backward(self, grad):
        return grad.flip(self.dims)


class Pad(Function):
    """A frame of a constant around x: widths[d] = (before, after). The gradient is cropped."""

    def __init__(self, widths, value):
        self.widths, self.value = widths, value

    def forward(self, x):
        # Not xp.pad, which would give back an image that is stored channels-first
        return self.backend.pad(x, self.widths, self.value)

    def backward(self, grad):
        return grad[tuple(slice(before, n - after) for (before, after), n in zip(self.widths, grad.shape))]


# What users call


def reshape(input, *size, shape=None):
    """The same values under a new shape; one size may be -1, and is then worked out.

    >>> import tinygrad_cv as tg
    >>> tg.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if len(size) == 1 and size[0].__class__ is tuple and -1 not in size[0]:
        shape = size[0]
    else:
        check_tensor("reshape", input)
        shape = _infer("reshape", input.numel(), sizes("reshape", size if shape is None else (shape,)))
    try:  # a reshape is often the cheapest of operations: its checks are made on the way out
        fits = math.prod(shape) == math.prod(input.array.shape)
    except (AttributeError, TypeError):
        check_tensor("reshape", input)
        fits = math.prod(sizes("reshape", (shape,))) == input.numel()
    if not fits:
        raise RuntimeError(f"reshape: {input.numel()} values of shape {tuple(input.shape)} don't fit into {shape}")
    return Reshape(shape)(input)


def _infer(name, count, shape):
    """Replace a -1 in `shape` by the size that makes it hold `count` values."""
    if shape.count(-1) > 1 or builtins.min(shape, default=0) < -1:
        raise RuntimeError(f"{name}: a shape may hold one -1 and no other negative size, got {shape}")
    if -1 not in shape:
        return shape
    known = -math.prod(shape)
    if known == 0 or count % known:
        raise RuntimeError(f"{name}: can't work out the -1 in {shape} for {count} values")
    return tuple(count // known if n == -1 else n for n in shape)


def flatten(input, start_dim=0, end_dim=-1):
    """The dims from start_dim to end_dim made one.

    >>> import tinygrad_cv as tg
    >>> tg.flatten(tg.zeros(2, 3, 4), 1).shape
    (2, 12)
    """
    check_tensor("flatten", input)
    rank = len(input.shape)
    start, end = one_dim("flatten", start_dim, rank), one_dim("flatten", end_dim, rank)
    if start > end:
        raise RuntimeError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}")
    middle = math.prod(input.shape[start : end + 1])
    return reshape(input, (*input.shape[:start], middle, *input.shape[end + 1 :]))


def ravel(input):
    """All dims made one."""
    check_tensor("ravel", input)
    return flatten(input)


def numel(input):
    """How many elements there are, as a Python int."""
    check_tensor("numel", input)
    return input.numel()


def unflatten(input, dim, unflattened_size):
    """One dim split into several; one of their sizes may be -1."""
    check_tensor("unflatten", input)
    dim = one_dim("unflatten", dim, len(input.shape))
    size = _infer("unflatten", input.shape[dim], sizes("unflatten", (unflattened_size,)))
    if math.prod(size) != input.shape[dim]:
        raise RuntimeError(f"unflatten: {size} does not multiply to {input.shape[dim]}, the size of dim {dim}")
    return reshape(input, (*input.shape[:dim], *size, *input.shape[dim + 1 :]))


def permute(input, *order, dims=None):
    """The axes in another order: axis i of the result is axis dims[i] of the input."""
    check_tensor("permute", input)
    dims = sizes("permute", order if dims is None else (dims,))
    rank = len(input.shape)
    order = tuple(one_dim("permute", d, rank) for d in dims)
    if sorted(order) != list(range(rank)):
        raise RuntimeError(f"permute: dims must name each of the {rank} dimensions once, got {dims}")
    return Permute(order)(input)


def transpose(input, dim0, dim1):
    """Two axes swapped."""
    check_tensor("transpose", input)
    rank = len(input.shape)
    dim0, dim1 = one_dim("transpose", dim0, rank), one_dim("transpose", dim1, rank)
    order = list(range(rank))
    if rank:
        order[dim0], order[dim1] = dim1, dim0
    return Permute(tuple(order))(input)


def t(input):
    """A matrix transposed; a vector as it is."""
    check_tensor("t", input)
    if len(input.shape) > 2:
        raise RuntimeError(f"t: expected at most 2 dimensions, got shape {tuple(input.shape)}; use transpose or mT")
    return transpose(input, 0, 1) if len(input.shape) == 2 else input


def squeeze(input, dim=None):
    """Without its dims of size 1: all of them, or those among `dim`."""
    check_tensor("squeeze", input)
    rank = len(input.shape)
    dims = range(rank) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    gone = {one_dim("squeeze", d, rank) for d in dims}
    return reshape(input, tuple(n for d, n in enumerate(input.shape) if n != 1 or d not in gone))


def unsqueeze(input, dim):
    """With a new dim of size 1 at position `dim`."""
    check_tensor("unsqueeze", input)
    dim = one_dim("unsqueeze", dim, len(input.shape) + 1)
    return reshape(input, (*input.shape[:dim], 1, *input.shape[dim:]))


def expand(input, *shape, size=None):
    """Dims of size 1 repeated, and new dims added in front, without copying; -1 keeps a size.

    >>> import tinygrad_cv as tg
    >>> tg.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    shape = shape if size is None else (size,)
    return _expand("expand", input, shape[0] if len(shape) == 1 and shape[0].__class__ is tuple else sizes("expand", shape))


def _expand(name, input, shape):
    if shape == input.shape:
        return input
    lead = len(shape) - len(input.shape)
    if lead < 0:
        raise RuntimeError(f"{name}: {shape} has fewer dimensions than the tensor's shape {tuple(input.shape)}")
    full = tuple(input.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape))
    for have, want in zip(input.shape, full[lead:]):
        if have != want and have != 1:
            raise RuntimeError(f"{name}: only a size of 1 can be repeated; shape {tuple(input.shape)} to {shape}")
    if builtins.min(full, default=0) < 0:
        raise RuntimeError(f"{name}: a new dimension in front needs a size, got {shape}")
    return Expand(full)(input)


def broadcast_to(input, size):
    """`expand` as a function of a shape."""
    check_tensor("broadcast_to", input)
    return _expand("broadcast_to", input, sizes("broadcast_to", (size,)))


def repeat(input, *counts, repeats=None):
    """The whole tensor laid side by side `repeats` times along each dim, copied."""
    repeats = sizes("repeat", counts if repeats is None else (repeats,))
    lead = len(repeats) - len(input.shape)
    if lead < 0 or builtins.min(repeats, default=0) < 0:
        raise RuntimeError(f"repeat: needs a count >= 0 for each dimension of {tuple(input.shape)}, got {repeats}")
    shape = (1,) * lead + tuple(input.shape)
    x = reshape(input, tuple(m for n in shape for m in (1, n)))  # (1, n) for every dim of size n
    x = expand(x, tuple(m for r, n in zip(repeats, shape) for m in (r, n)))
    return reshape(x, tuple(r * n for r, n in zip(repeats, shape)))


def flip(input, *axes, dims=None):
    """The order reversed along each of `dims`, given as flip(x, 0, 1), flip(x, (0, 1)) or dims=(0, 1)."""
    check_tensor("flip", input)
    dims = tuple(one_dim("flip", d, len(input.shape)) for d in sizes("flip", axes if dims is None else (dims,)))
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"flip: dims {dims} name a dimension twice")
    return Flip(dims if input.shape else ())(input)
