"""gather and scatter: an index of its own for every value, along one dim.

For dim = 1 gather reads y[i][j] = x[i][index[i][j]], and scatter writes x[i][index[i][j]] = y[i][j].
Row by row that is what x[index] and x[index] = y do to a vector.
"""

import builtins

from ..autograd import Function
from .checks import check_same_dtype, check_tensor, number, one_dim, stored, unsupported
from .index import Index, Scatter, getitem
from .shape import reshape


class Put(Function):
    """x with y written at `index`: what was written over has no gradient."""

    def __init__(self, index):
        self.index = index

    def forward(self, x, y):
        x = x.copy()
        x[self.index] = y
        return x

    def backward(self, grad):
        by_x, by_y = self.needs_input_grad
        return Put(self.index)(grad, 0.0) if by_x else None, Index(self.index)(grad) if by_y else None


# What users call


def gather(input, dim, index):
    """out[i][j] = input[i][index[i][j]] for dim=1: along `dim`, each place names what it wants.

    >>> import tinygrad_cv as tg
    >>> tg.gather(tg.tensor([[1, 2], [3, 4]]), 1, tg.tensor([[0], [1]]))
    tensor([[1],
            [4]])
    """
    places = _places("gather", input, dim, index)
    if not input.shape or not index.shape or not index.array.size:
        return reshape(getitem(reshape(input, (input.numel(),)), reshape(index.long(), (index.numel(),))), index.shape)
    return Index(places)(input)


def gather_unchecked(input, dim, index):
    """gather for an index that is known to be right: nobody looks at it, so nobody waits for a GPU."""
    return Index(_along(input.backend.xp, dim, index.array, index.shape))(input)


def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """The reverse of `gather`, out[i][index[i][j]] = src[i][j] for dim=1, over a copy of `input`.

    `src` is a number or a tensor no smaller than `index`; of places named twice one source wins.

    >>> import tinygrad_cv as tg
    >>> tg.zeros(2, 3).scatter(1, tg.tensor([[2], [0]]), 1)     # one-hot
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    return scattered("scatter", input, dim, index, value if src is None else src, reduce)


def scattered(name, input, dim, index, src, reduce):
    """`scatter`, under the name of what was called."""
    unsupported(name, reduce=reduce)
    places = _places(name, input, dim, index)
    if not hasattr(src, "grad_fn"):
        src = input.new_tensor(stored(name, number(name, src, "src"), input.dtype))
    elif len(src.shape) != len(index.shape) or builtins.any(m > n for m, n in zip(index.shape, src.shape)):
        raise RuntimeError(f"{name}: index {tuple(index.shape)} must not be larger than src {tuple(src.shape)}")
    else:
        src = getitem(src, tuple(slice(n) for n in index.shape))
    check_same_dtype(name, input, src=src)
    if not input.shape:
        places, src = (...,), reshape(src, ())
    return Put(places)(input, src) if index.array.size else input.clone()


def scatter_add(input, dim, index, src):
    """As `scatter`, but src is added to what is there, and of places named twice all sources count.

    >>> import tinygrad_cv as tg
    >>> tg.zeros(3).scatter_add(0, tg.tensor([0, 2, 2]), tg.ones(3))     # how often is each index there?
    tensor([1., 0., 2.])
    """
    name = "scatter_add"
    places = _places(name, input, dim, index)
    check_tensor(name, src, "src")
    check_same_dtype(name, input, src=src)
    if len(src.shape) != len(index.shape) or builtins.any(m > n for m, n in zip(index.shape, src.shape)):
        raise RuntimeError(f"{name}: index {tuple(index.shape)} must not be larger than src {tuple(src.shape)}")
    if not index.array.size:
        return input.clone()
    src = getitem(src, tuple(slice(n) for n in index.shape))
    added = Scatter(places, input.shape or (1,))(src if input.shape else reshape(src, (1,)))
    return input + reshape(added, input.shape)


def _places(name, input, dim, index):
    """For gather and scatter: the index of every dim as an array, checked."""
    check_tensor(name, input)
    check_tensor(name, index, "index")
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: index must hold integers, got {index.dtype}")
    dim = one_dim(name, dim, len(input.shape))
    if not index.array.size:
        return ()
    shape, limits = index.shape or (1,), input.shape or (1,)
    if len(shape) != len(limits) or builtins.any(m > n and d != dim for d, (m, n) in enumerate(zip(shape, limits))):
        raise RuntimeError(
            f"{name}: index of shape {tuple(index.shape)} must have as many dimensions as the input {tuple(input.shape)}, "
            f"and be no larger except in dim {dim}"
        )
    if not 0 <= int(index.array.min()) <= int(index.array.max()) < limits[dim]:
        raise RuntimeError(f"{name}: an index is out of range for dim {dim} of size {limits[dim]}")
    return _along(input.backend.xp, dim, index.array, shape)


def _along(xp, dim, index, shape):
    rank = len(shape)
    places = [xp.arange(n).reshape([-1 if e == d else 1 for e in range(rank)]) for d, n in enumerate(shape)]
    places[dim] = index
    return tuple(places)
