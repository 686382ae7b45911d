"""Reductions: many numbers into few.

The gradient of a sum is copied to every summand. This mirrors broadcasting, which copies values
and sums gradients. A maximum hands its gradient to the element that it came from. All other
reductions are made of these two and of functions of one variable.

float32 has 24 binary digits: from 16,777,216 on, adding 1 changes nothing. So sums of float32 are
accumulated in float64 and rounded once, at the end. Everything below adds by way of `total`. (The
version in fast/ may add up to 4,096 of them in float32 first.)
"""

import math
from collections import namedtuple

from .. import dtypes
from ..arrays import kernel, namespace
from ..autograd import Function
from ..autograd.function import OUTPUT
from ..checks import check_floating, check_tensor, flag, is_tensor, number, one_dim, some_dims
from .arithmetic import cast, floating
from .comparison import isfinite, isnan, maximum, minimum, where
from .join import cat
from .pointwise import abs, exp, log
from .shape import expand

ValuesIndices = namedtuple("ValuesIndices", "values indices")  # from max and min over a dim


@kernel
def total(x, dims, keepdims):
    """The sum over `dims`, accumulated in float64 if x is float32. (Of a Tensor, the operation.)"""
    if is_tensor(x):
        return Sum(dims, keepdims)(x)
    if x.dtype != dtypes.float32.dtype:
        return x.sum(dims, keepdims=keepdims)
    return x.sum(dims, dtype=dtypes.float64, keepdims=keepdims).astype(dtypes.float32)


@kernel
def spread(y, factor, dims, shape):
    """The transpose of a sum: each value times `factor`, at all positions that were summed."""
    kept = [1 if d in dims else n for d, n in enumerate(shape)]
    if is_tensor(y):
        return expand(y.reshape(kept) * factor, shape)
    return namespace(y).broadcast_to(y.reshape(kept) * factor, shape)


class Reduction(Function):
    """NumPy's `function` over `dims`, which stay as dims of size 1 with keepdim."""

    def __init__(self, dims, keepdim, function=None):
        self.dims, self.keepdim, self.function = dims, keepdim, function

    def forward(self, x):
        return getattr(namespace(x), self.function)(x, self.dims, keepdims=self.keepdim)


class Sum(Reduction):
    """y = the sum of x; every summand gets the gradient of its sum."""

    on_arrays = True
    slope = 1

    def forward(self, x):
        return total(x, self.dims, self.keepdim)

    def backward(self, grad):
        return spread(grad, self.slope, self.dims, self.edges[0].shape)


class Mean(Sum):
    """y = the sum of x / n; dy/dx = 1 / n."""

    def forward(self, x):
        y = total(x, self.dims, self.keepdim)
        n = x.size / y.size if y.size else 0
        self.slope = 1 / n if n else 0.0
        return y / n  # the mean of nothing, 0 / 0, is NaN


class Extremum(Reduction):
    """max or min; elements that tie share its gradient evenly. A NaN counts as the extremum."""

    saves = (0, OUTPUT)

    def backward(self, grad):
        x, y = self.saved()
        chosen = cast((x == spread(y, 1, self.dims, x.shape)) | isnan(x), grad.dtype)
        share = grad / chosen.sum(self.dims, self.keepdim)
        return spread(share, 1, self.dims, x.shape) * chosen


class Answer(Reduction):
    """any, all, argmax or argmin: a truth or a position has no gradient."""

    differentiable = False


def _dims(name, input, dim, keepdim, choose=False):
    """The dims to reduce, checked. To choose one of the elements there must be one."""
    check_tensor(name, input)
    flag(name, keepdim, "keepdim")
    dims = some_dims(name, dim, input.ndim)
    if choose and 0 in [input.shape[d] for d in dims]:
        raise RuntimeError(f"{name}: nothing to choose from in shape {input.shape} over dim {dim}")
    return dims


def _wide(x):
    return x if x.array.dtype.kind == "f" else cast(x, dtypes.int64)


# What users call


def sum(input, dim=None, keepdim=False):
    """The sum over `dim` (an int, a tuple, or None for all); integers and bools sum as int64.

    >>> import tinygrad_cv as tg
    >>> tg.sum(tg.ones(2, 3), dim=1)
    tensor([3., 3.])
    """
    return Sum(_dims("sum", input, dim, keepdim), keepdim)(_wide(input))


def mean(input, dim=None, keepdim=False):
    """The mean over `dim` (an int, a tuple, or None for all) of a floating point tensor."""
    dims = _dims("mean", input, dim, keepdim)
    check_floating("mean", input)
    return Mean(dims, keepdim)(input)


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """sum (x - mean)^2 / (n - correction), computed in float64.

    correction is 1 for a sample (unbiased=True), 0 for a whole population (unbiased=False).
    var(x, False) means var(x, unbiased=False).
    """
    return cast(_variance("var", input, dim, unbiased, keepdim, correction), input.dtype)


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The square root of `var`, rounded after the root; its gradient at 0 is 0."""
    y = _variance("std", input, dim, unbiased, keepdim, correction)
    return cast(root(y, 0.5), input.dtype)


def _variance(name, input, dim, unbiased, keepdim, correction):
    """The variance as float64: float32 would lose that of 1e30 or 1e-30, whose root it can hold."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = int(flag(name, unbiased, "unbiased"))
    dims = _dims(name, input, dim, keepdim)
    check_floating(name, input)
    freedom = math.prod([input.shape[d] for d in dims]) - number(name, correction, "correction")
    x = cast(input, dtypes.float64)
    centred = x - x.mean(dims, keepdim=True)  # mean(x^2) - mean(x)^2 would lose digits far from 0
    return (centred * centred).sum(dims, keepdim) / (freedom if freedom > 0 else 0)


def root(x, power):
    """x^power for x >= 0, with a gradient of 0 at 0, where the slope may be infinite."""
    return where(x == 0, 0.0 if power > 0 else math.inf, where(x == 0, 1.0, x) ** power)


def norm(input, p="fro", dim=None, keepdim=False):
    """The p-norm (sum |x|^p)^(1/p) over `dim`; p may be "fro" (the 2-norm), inf or -inf."""
    dims = _dims("norm", input, dim, keepdim)
    check_floating("norm", input)
    p = 2 if isinstance(p, str) and p == "fro" else number("norm", p, "p")
    if p == 0:
        return where(input == 0, input * 0, 1.0).sum(dims, keepdim)
    if math.isinf(p):
        return (amax if p > 0 else amin)(abs(input), dims, keepdim)
    powers = input * input if p == 2 else root(abs(input), p)
    return root(powers.sum(dims, keepdim), 1 / p)


def logsumexp(input, dim, keepdim=False):
    """log sum exp over `dim`, as m + log sum exp(x - m) with m the maximum: no overflow."""
    dims, x = _dims("logsumexp", input, dim, keepdim), floating(input)
    m = amax(x.detach(), dims, keepdim=True) if x.numel() else x.new_zeros(())
    m = where(isfinite(m), m, 0.0)  # inf - inf would be NaN
    y = log(exp(x - m).sum(dims, keepdim=True)) + m
    return y if keepdim else y.squeeze(dims)


def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product over `dim` (an int, a tuple, or None for all); integers multiply as int64.

    The two halves are multiplied with each other until one factor is left. Dividing the product
    by each factor would give the gradient faster, but NaN where a factor is zero.
    """
    dims = _dims("prod", input, dim, keepdim)
    x = _wide(input) if dtype is None else cast(input, dtypes.as_dtype(dtype))
    for d in dims:
        while x.shape[d] > 1:
            half, odd = divmod(x.shape[d], 2)
            y = x.narrow(d, 0, half) * x.narrow(d, half, half)
            x = cat([y, x.narrow(d, 2 * half, 1)], d) if odd else y
    y = x.sum(dims, keepdim)  # of one factor, or of none: the empty product is 1
    return cast(y if x.numel() else y + 1, x.dtype)


def reduction(cls, name, function, doc):
    """The public function of a Reduction by one of NumPy's functions."""

    def call(input, dim=None, keepdim=False):
        return cls(_dims(name, input, dim, keepdim, cls is Extremum), keepdim, function)(input)

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


amax = reduction(Extremum, "amax", "max", "The maximum over `dim`; ties share the gradient evenly.")
amin = reduction(Extremum, "amin", "min", "The minimum over `dim`; ties share the gradient evenly.")
any = reduction(Answer, "any", "any", "True where one of the elements over `dim` is nonzero.")
all = reduction(Answer, "all", "all", "True where all elements over `dim` are nonzero.")


def position(name, doc):
    """The public function argmax or argmin: over one dim, or in the flattened tensor."""

    def call(input, dim=None, keepdim=False):
        dims = _dims(name, input, dim, keepdim, True)
        axis = None if dim is None or not dims else one_dim(name, dim, input.ndim)
        return Answer(axis, keepdim, name)(input)

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


argmax = position("argmax", "The index of the maximum along `dim` (None: all), the first at ties.")
argmin = position("argmin", "The index of the minimum along `dim` (None: all), the first at ties.")


def max(input, dim=None, keepdim=False):
    """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

    Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

    >>> import tinygrad_cv as tg
    >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
    >>> values, indices
    (tensor([5., 7.]), tensor([1, 0]))
    """
    return _choose(maximum, amax, argmax, input, dim, keepdim)


def min(input, dim=None, keepdim=False):
    """min(x), min(x, dim) and min(x, y), as `max`."""
    return _choose(minimum, amin, argmin, input, dim, keepdim)


def _choose(of_two, of_all, position, input, dim, keepdim):
    if is_tensor(dim):
        return of_two(input, dim)
    if dim is None:
        return of_all(input)
    indices = position(input, dim, keepdim=True)
    values = input.gather(dim, indices)
    if not flag("max or min", keepdim, "keepdim"):
        values, indices = values.squeeze(dim), indices.squeeze(dim)
    return ValuesIndices(values, indices)
