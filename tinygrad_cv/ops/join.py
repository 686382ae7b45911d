"""Joining tensors and cutting them apart: each of the two is the other's gradient."""

import builtins

from ..autograd import Function
from ..backend import dtypes
from .arithmetic import cast
from .checks import check_tensor, integer, one_dim
from .shape import unsqueeze


class Cat(Function):
    """Tensors joined along `dim`; each gets its own slice of the gradient."""

    def __init__(self, dim):
        self.dim = dim

    def forward(self, *arrays):
        self.ends = [0]
        for x in arrays:
            self.ends.append(self.ends[-1] + x.shape[self.dim])
        return self.backend.xp.concatenate(arrays, self.dim)

    def backward(self, grad):
        return tuple(
            grad.narrow(self.dim, start, end - start) if wanted else None
            for start, end, wanted in zip(self.ends, self.ends[1:], self.needs_input_grad)
        )


# What users call


def _tensors(name, tensors):
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{name}: expected a list or tuple of Tensors, got {type(tensors).__name__}")
    if not tensors:
        raise (ValueError if name == "cat" else RuntimeError)(f"{name}: expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        check_tensor(name, x, f"element {i}")
    return list(tensors)


def cat(tensors, dim=0):
    """Tensors joined along an existing dim; their other sizes must agree.

    >>> import tinygrad_cv as tg
    >>> tg.cat([tg.zeros(1, 2), tg.ones(2, 2)]).shape
    (3, 2)
    """
    tensors = _one_dtype(_tensors("cat", tensors))
    tensors = [x for x in tensors if x.shape != (0,)] or tensors[:1]  # PyTorch lets an empty list element pass
    first = tensors[0]
    if not first.shape:
        raise RuntimeError("cat: 0-d tensors have no dim to be joined along; use stack")
    dim = one_dim("cat", dim, len(first.shape))
    for x in tensors[1:]:
        if len(x.shape) != len(first.shape) or any_differs(x.shape, first.shape, dim):
            raise RuntimeError(
                f"cat: shapes must agree except in dim {dim}, got {', '.join(str(tuple(t.shape)) for t in tensors)}"
            )
    return Cat(dim)(*tensors)


def any_differs(a, b, except_dim):
    """Do two shapes differ anywhere but in one dim?"""
    return builtins.any(m != n for d, (m, n) in enumerate(zip(a, b)) if d != except_dim)


def _one_dtype(tensors):
    dtype = tensors[0].dtype
    for x in tensors[1:]:
        dtype = dtypes.result_dtype(dtype, False, x.dtype, False)
    return [cast(x, dtype) for x in tensors]


def stack(tensors, dim=0):
    """Tensors of one shape joined along a new dim."""
    tensors = _tensors("stack", tensors)
    for x in tensors:
        if x.shape != tensors[0].shape:
            raise RuntimeError(f"stack: shapes must be equal, got {tuple(tensors[0].shape)} and {tuple(x.shape)}")
    dim = one_dim("stack", dim, len(tensors[0].shape) + 1)
    return cat([unsqueeze(x, dim) for x in tensors], dim)


def narrow(input, dim, start, length):
    """The `length` places from `start` on along `dim`."""
    check_tensor("narrow", input)
    if not input.shape:
        raise RuntimeError("narrow: a 0-d tensor has no dim to be narrowed")
    dim = one_dim("narrow", dim, len(input.shape))
    size = input.shape[dim]
    if hasattr(start, "grad_fn") and (start.shape or start.dtype.kind not in "iu"):
        raise RuntimeError(f"narrow: start must be an integer or a 0-d integer tensor, got {start.dtype} {tuple(start.shape)}")
    start, length = integer("narrow", start, "start"), integer("narrow", length, "length")
    start = start + size if start < 0 else start
    if not 0 <= start <= start + length <= size:
        error = RuntimeError if 0 <= start <= size else IndexError
        raise error(f"narrow: start {start} and length {length} don't fit into dim {dim} of size {size}")
    return input[(slice(None),) * dim + (slice(start, start + length),)]


def split(input, split_size_or_sections, dim=0):
    """Pieces of a given size (the last may be smaller), or of the listed sizes, as a tuple."""
    check_tensor("split", input)
    if not input.shape:
        raise RuntimeError("split: a 0-d tensor has no dim to be cut along")
    dim = one_dim("split", dim, len(input.shape))
    size, lengths = input.shape[dim], split_size_or_sections
    if not isinstance(lengths, (tuple, list)):
        step = integer("split", lengths, "split size")
        if step < 0 or (step == 0 and size > 0):
            raise RuntimeError(f"split: the split size must be positive, got {step}")
        lengths = [builtins.min(step, size - start) for start in range(0, size, step)] if size else [0]
    lengths = [integer("split", n, "every size") for n in lengths]
    if builtins.sum(lengths) != size:
        raise RuntimeError(f"split: the sizes {list(lengths)} must add up to {size}, the size of dim {dim}")
    starts = [builtins.sum(lengths[:i]) for i in range(len(lengths))]
    return tuple(narrow(input, dim, start, length) for start, length in zip(starts, lengths))


def chunk(input, chunks, dim=0):
    """About `chunks` pieces of equal size, the last one perhaps smaller, as a tuple."""
    check_tensor("chunk", input)
    if integer("chunk", chunks, "chunks") < 1:
        raise RuntimeError(f"chunk: the number of chunks must be positive, got {chunks}")
    if not input.shape:
        raise RuntimeError("chunk: a 0-d tensor has no dim to be cut along")
    size = input.shape[one_dim("chunk", dim, len(input.shape))]
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


def unbind(input, dim=0):
    """The slices along `dim`, without it, as a tuple."""
    check_tensor("unbind", input)
    if not input.shape:
        raise IndexError("unbind: a 0-d tensor has no dim to be cut along")
    dim = one_dim("unbind", dim, len(input.shape))
    return tuple(input[(slice(None),) * dim + (i,)] for i in range(input.shape[dim]))
