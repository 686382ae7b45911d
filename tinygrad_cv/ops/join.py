"""Joining tensors and cutting them apart: each of the two is the other's gradient."""

from itertools import accumulate

from .. import dtypes
from ..arrays import namespace
from ..autograd import Function
from ..checks import check_tensor, integer, one_dim, shown
from .arithmetic import cast
from .index import Index


class Cat(Function):
    """Tensors joined along `dim`; each gets its own piece of the gradient."""

    on_arrays = True

    def __init__(self, dim): self.dim = dim

    def forward(self, *arrays):
        self.ends = list(accumulate(x.shape[self.dim] for x in arrays))
        return namespace(arrays[0]).concatenate(arrays, self.dim)

    def backward(self, grad):
        before = (slice(None),) * self.dim
        return tuple(grad[(*before, slice(a, b))] for a, b in zip([0, *self.ends], self.ends))


class Stack(Function):
    """Tensors of one shape joined along a new `dim`; each gets its own slice of the gradient."""

    on_arrays = True

    def __init__(self, dim): self.dim = dim

    def forward(self, *arrays):
        self.count = len(arrays)
        return namespace(arrays[0]).stack(arrays, self.dim)

    def backward(self, grad):
        before = (slice(None),) * self.dim
        return tuple(grad[(*before, i, ...)] for i in range(self.count))


# What users call


def cat(tensors, dim=0):
    """Tensors joined along an existing dim; their other sizes must agree."""
    tensors = _of_one_dtype("cat", tensors)
    tensors = [x for x in tensors if x.shape != (0,)] or tensors[:1]  # empty ones fit anywhere
    dim = one_dim("cat", dim, tensors[0].ndim)
    others = {(x.ndim, x.shape[:dim], x.shape[dim + 1 :]) for x in tensors}
    if len(others) > 1 or not tensors[0].shape:
        shapes = [x.shape for x in tensors]
        raise RuntimeError(f"cat: shapes must agree except in dim {dim}, got {shapes}")
    return Cat(dim)(*tensors)


def stack(tensors, dim=0):
    """Tensors of one shape joined along a new dim."""
    tensors = _of_one_dtype("stack", tensors)
    if len({x.shape for x in tensors}) > 1:
        raise RuntimeError(f"stack: shapes must be equal, got {[x.shape for x in tensors]}")
    return Stack(one_dim("stack", dim, tensors[0].ndim + 1))(*tensors)


def _of_one_dtype(name, tensors):
    """The tensors, checked, in the widest of their dtypes."""
    if not isinstance(tensors, (tuple, list)) or not tensors:
        raise TypeError(f"{name}: expected a non-empty list of Tensors, got {shown(tensors)}")
    for x in tensors:
        check_tensor(name, x, "every element")
    dtype = tensors[0].dtype
    for x in tensors:
        dtype = dtypes.result_dtype(dtype, False, x.dtype, False)
    return [cast(x, dtype) for x in tensors]


def narrow(input, dim, start, length):
    """The `length` positions from `start` on along `dim`, as a view."""
    dim, size = _dim("narrow", input, dim)
    start, length = integer("narrow", start, "start"), integer("narrow", length, "length")
    start = start + size if start < 0 else start
    if not 0 <= start <= start + length <= size:
        raise IndexError(f"narrow: {length} positions from {start} on don't fit into size {size}")
    return Index((slice(None),) * dim + (slice(start, start + length), ...))(input)


def split(input, split_size_or_sections, dim=0):
    """Pieces of one size (the last may be smaller), or of the listed sizes, as views."""
    (dim, size), lengths = _dim("split", input, dim), split_size_or_sections
    if not isinstance(lengths, (tuple, list)):
        step = integer("split", lengths, "the split size", least=1)
        lengths = [min(step, size - start) for start in range(0, size, step)] or [0]
    lengths = [integer("split", n, "every size", least=0) for n in lengths]
    if sum(lengths) != size:
        raise RuntimeError(f"split: the sizes {lengths} must add up to {size}, that of dim {dim}")
    return tuple(narrow(input, dim, end - n, n) for end, n in zip(accumulate(lengths), lengths))


def chunk(input, chunks, dim=0):
    """`chunks` pieces of equal size (the last may be smaller, or missing), as views."""
    dim, size = _dim("chunk", input, dim)
    chunks = integer("chunk", chunks, "chunks", least=1)
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


def unbind(input, dim=0):
    """The slices along `dim`, without it, as views."""
    dim, size = _dim("unbind", input, dim)
    return tuple(Index((slice(None),) * dim + (i, ...))(input) for i in range(size))


def _dim(name, input, dim):
    check_tensor(name, input)
    if not input.shape:
        raise IndexError(f"{name}: a 0-d tensor has no dim to be cut along")
    dim = one_dim(name, dim, input.ndim)
    return dim, input.shape[dim]
