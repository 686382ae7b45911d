"""Order: which is the largest, the second largest, and so on.

Sorting moves values: where each came from is worked out on arrays, and the values are gathered from
there, so that every gradient goes back to the place of its value.
"""

from ..autograd import Function
from .checks import check_tensor, flag, integer, one_dim
from .gather import gather
from .join import narrow
from .reduce import ValuesIndices


class ArgSort(Function):
    """The places of the values along `dim` in ascending order, equal ones as they stood; NaN counts as largest."""

    differentiable = False

    def __init__(self, dim, descending):
        self.dim, self.descending = dim, descending

    def forward(self, x):
        xp = self.backend.xp
        if not self.descending:
            return xp.argsort(x, self.dim, kind="stable")
        # Of a row read backwards, the ascending order read backwards: equal ones still as they stood
        backwards = xp.argsort(xp.flip(x, self.dim), self.dim, kind="stable")
        return x.shape[self.dim] - 1 - xp.flip(backwards, self.dim)


# What users call


def argsort(input, dim=-1, descending=False, stable=False):
    """The indices that sort `input` along `dim`; equal values keep their order."""
    return _argsort("argsort", input, dim, descending)


def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices): the values along `dim` in ascending order, and where each one stood.

    >>> import tinygrad_cv as tg
    >>> tg.sort(tg.tensor([3, 1, 2]), descending=True)
    (tensor([3, 2, 1]), tensor([0, 2, 1]))
    """
    indices = _argsort("sort", input, dim, descending)
    return ValuesIndices((gather(input, dim, indices), indices))


def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest (or smallest) along `dim`, the first of them first.

    >>> import tinygrad_cv as tg
    >>> tg.topk(tg.tensor([3.0, 1.0, 2.0]), 2)
    (tensor([3., 2.]), tensor([0, 2]))
    """
    places = _argsort("topk", input, dim, flag("topk", largest, "largest"))
    size = input.shape[dim] if input.shape else 1
    if not 0 <= integer("topk", k, "k") <= size:
        raise RuntimeError(f"topk: k must be between 0 and {size}, the size of dim {dim}, got {k}")
    places = narrow(places, dim, 0, k) if input.shape else places
    return ValuesIndices((gather(input, dim, places), places))


def _argsort(name, input, dim, descending):
    check_tensor(name, input)
    dim = one_dim(name, dim, len(input.shape))
    if not input.shape:
        return input.wrap(input.backend.xp.zeros((), int))
    return ArgSort(dim, flag(name, descending, "descending"))(input)
