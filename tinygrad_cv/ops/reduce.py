"""Reductions: many numbers into few.

A sum's gradient is the gradient, copied to every place that was summed: `expand`. That is the
mirror of broadcasting, whose gradient is a sum. The other reductions weight those copies: mean
by 1/n, a maximum by "was it this one?", logsumexp by the softmax.
"""

import math

from ..autograd import Function
from ..backend import dtypes
from .checks import check_floating, check_numeric, check_tensor, floating, one_dim, some_dims
from .choice import larger, smaller, where
from .join import cat
from .pointwise import abs, exp, log, sign


class Sum(Function):
    """y = the sum of x over `dims`; every summand gets the gradient of its sum.

    Backward returns one value for each sum, and the engine spreads it over the summands.
    """

    reduces = on_arrays = True

    def __init__(self, dims, keepdim):
        self.dims, self.keepdim = dims, keepdim

    def forward(self, x):
        self.before = x.shape
        return self.backend.sum(x, self.dims, self.keepdim)

    def backward(self, grad):
        if self.keepdim or len(self.dims) == len(self.before):
            return grad
        return grad.reshape(tuple([1 if d in self.dims else n for d, n in enumerate(self.before)]))


class Mean(Sum):
    """y = the sum / n."""

    def forward(self, x):
        y = super().forward(x)
        self.share = y.size / x.size if x.size else math.nan
        return y * self.share

    def backward(self, grad):
        return super().backward(grad) * self.share


class Extremum(Function):
    """The maximum (or minimum) over `dims`; places that share it share its gradient evenly. A NaN is
    equal to none: where it is the result the gradient is NaN, unless nan_shares."""

    save_inputs = (0,)
    save_output = True

    def __init__(self, function, dims, keepdim, nan_shares=False):
        self.function, self.dims, self.keepdim, self.nan_shares = function, dims, keepdim, nan_shares

    def forward(self, x):
        return getattr(self.backend.xp, self.function)(x, self.dims, keepdims=self.keepdim)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        y = spread(self.saved_output().detach(), self.dims, self.keepdim, x.shape)
        here = ((x == y) | (x != x) if self.nan_shares else x == y).to(grad.dtype)
        return spread(grad, self.dims, self.keepdim, x.shape) * here / here.sum(self.dims, keepdim=True)


class Arg(Function):
    """The position of the maximum (or minimum) along one dim, the first one at ties."""

    differentiable = False

    def __init__(self, function, dim, keepdim):
        self.function, self.dim, self.keepdim = function, dim, keepdim

    def forward(self, x):
        index = getattr(self.backend.xp, self.function)(x, self.dim)
        return self.backend.xp.expand_dims(index, self.dim) if self.keepdim and self.dim is not None else index


class Truth(Function):
    """any or all: is one of them, or is every one of them, nonzero?"""

    differentiable = False

    def __init__(self, function, dims, keepdim):
        self.function, self.dims, self.keepdim = function, dims, keepdim

    def forward(self, x):
        return getattr(self.backend.xp, self.function)(x, self.dims, keepdims=self.keepdim)


class LogSumExp(Function):
    """y = log sum exp x, computed as m + log sum exp(x - m) with m the maximum: no overflow.

    dy/dx = exp(x - y), which is the softmax.
    """

    save_inputs = (0,)
    save_output = True

    def __init__(self, dims, keepdim):
        self.dims, self.keepdim = dims, keepdim

    def forward(self, x):
        xp = self.backend.xp
        top = x.max(self.dims, keepdims=True)
        top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))  # inf - inf would be NaN
        y = xp.log(xp.exp(x - top).sum(self.dims, keepdims=True)) + top
        return y if self.keepdim else y.squeeze(self.dims)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        y = spread(self.saved_output(), self.dims, self.keepdim, x.shape)
        return spread(grad, self.dims, self.keepdim, x.shape) * (x - y).exp()


class Norm(Function):
    """y = (sum |x|^p)^(1/p); dy/dx = sign(x) (|x| / y)^(p-1), and 0 (a subgradient) where x or y is 0."""

    save_inputs = (0,)
    save_output = True

    def __init__(self, p, dims, keepdim):
        self.p, self.dims, self.keepdim = p, dims, keepdim

    def forward(self, x):
        if self.p == 2:
            return self.backend.xp.sqrt((x * x).sum(self.dims, keepdims=self.keepdim))
        return (self.backend.xp.absolute(x) ** self.p).sum(self.dims, keepdims=self.keepdim) ** (1 / self.p)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        y = self.saved_output()
        share = where(y == 0, 0.0, grad / where(y == 0, 1.0, y) ** (self.p - 1))
        slope = x if self.p == 2 else sign(x) * root(abs(x), self.p - 1)
        return spread(share, self.dims, self.keepdim, x.shape) * slope


def spread(x, dims, keepdim, shape):
    """Copy a reduced tensor back over the dims that were reduced: the transpose of the sum."""
    if not keepdim and len(dims) < len(shape):
        x = x.reshape(tuple(1 if d in dims else n for d, n in enumerate(shape)))
    return x.expand(shape)


# What users call


def sum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum over `dim` (an int, a tuple, or None for all); integers and bools sum as int64.

    >>> import tinygrad_cv as tg
    >>> tg.sum(tg.ones(2, 3), dim=1)
    tensor([3., 3.])
    """
    check_tensor("sum", input)
    if dtype is not None:
        return sum(input.to(dtype), dim, keepdim).to(dtype)
    if input.dtype.kind != "f":
        input = input.long()
    return Sum(some_dims("sum", dim, len(input.shape), keepdim), keepdim)(input)


def mean(input, dim=None, keepdim=False, *, dtype=None):
    """The mean over `dim` (an int, a tuple, or None for all) of a floating point tensor."""
    if dtype is not None:
        check_tensor("mean", input)
        input = input.to(dtype)
    check_floating("mean", input)
    return Mean(some_dims("mean", dim, len(input.shape), keepdim), keepdim)(input)


def amax(input, dim=(), keepdim=False):
    """The maximum over one or several dims; ties share the gradient evenly."""
    return Extremum("max", *_not_empty("amax", input, dim, keepdim), keepdim)(input)


def amin(input, dim=(), keepdim=False):
    """The minimum over one or several dims; ties share the gradient evenly."""
    return Extremum("min", *_not_empty("amin", input, dim, keepdim), keepdim)(input)


def _not_empty(name, input, dim, keepdim=False, whole_error=False):
    check_tensor(name, input)
    dims = some_dims(name, dim, len(input.shape), keepdim)
    if 0 in [input.shape[d] for d in dims]:
        whole = len(dims) == len(input.shape)
        error = RuntimeError if whole and (whole_error or len(input.shape) > 1) else IndexError
        raise error(f"{name}: nothing to choose from in a tensor of shape {tuple(input.shape)} over dim {dim}")
    return (dims,)


class ValuesIndices(tuple):  # what max and min over a dim return: a pair with names
    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])


def max(input, dim=None, keepdim=False, *, other=None):
    """max(x): the maximum. max(x, dim): (values, indices). max(x, y): the larger, element by element.

    >>> import tinygrad_cv as tg
    >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
    >>> values, indices
    (tensor([5., 7.]), tensor([1, 0]))
    """
    if other is not None or hasattr(dim, "grad_fn"):
        return larger("max", input, dim if other is None else other)
    return _of_all("max", input) if dim is None else _with_index("max", input, dim, keepdim)


def min(input, dim=None, keepdim=False, *, other=None):
    """min(x), min(x, dim) and min(x, y), as `max`."""
    if other is not None or hasattr(dim, "grad_fn"):
        return smaller("min", input, dim if other is None else other)
    return _of_all("min", input) if dim is None else _with_index("min", input, dim, keepdim)


def _of_all(name, input):
    return Extremum(name, *_not_empty(name, input, (), whole_error=True), False, nan_shares=True)(input)


def _with_index(name, input, dim, keepdim):
    check_tensor(name, input)
    some_dims(name, dim, len(input.shape), keepdim)
    indices = _arg(name, "arg" + name, input, dim, keepdim=True)
    values = input.gather(dim, indices) if input.shape else input
    if not keepdim and input.shape:
        values, indices = values.squeeze(dim), indices.squeeze(dim)
    return ValuesIndices((values, indices))


def argmax(input, dim=None, keepdim=False):
    """The index of the maximum along `dim` (in the flattened tensor if None), the first at ties."""
    check_numeric("argmax", input)
    return _arg("argmax", "argmax", input, dim, keepdim)


def argmin(input, dim=None, keepdim=False):
    """The index of the minimum along `dim` (in the flattened tensor if None), the first at ties."""
    check_numeric("argmin", input)
    return _arg("argmin", "argmin", input, dim, keepdim)


def _arg(name, function, input, dim, keepdim):
    _not_empty(name, input, dim, keepdim)
    if dim is not None and input.shape:
        return Arg(function, one_dim(name, dim, len(input.shape)), keepdim)(input)
    index = Arg(function, None, False)(input)
    return index.reshape((1,) * len(input.shape)) if keepdim else index


def any(input, dim=None, keepdim=False):
    """True where one of the elements over `dim` is nonzero."""
    return _truth("any", input, dim, keepdim)


def all(input, dim=None, keepdim=False):
    """True where all elements over `dim` are nonzero."""
    return _truth("all", input, dim, keepdim)


def _truth(name, input, dim, keepdim):
    check_tensor(name, input)
    answer = Truth(name, some_dims(name, dim, len(input.shape), keepdim), keepdim)(input)
    return answer.to(input.dtype) if input.dtype == dtypes.uint8 else answer  # uint8 was PyTorch's first bool


def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product over `dim` (an int, or None for all).

    The halves are multiplied with each other until one factor is left. Dividing the product by
    each factor would give the gradient faster, and NaN where a factor is zero.
    """
    check_tensor("prod", input)
    x = input.to(dtype) if dtype is not None else input if input.dtype.kind == "f" else input.long()
    rank = len(x.shape)
    axis = 0 if dim is None else one_dim("prod", dim, rank)
    x = x.flatten() if dim is None or not rank else x.transpose(0, axis)
    if x.shape[0] == 0:
        x = x.sum(0, keepdim=True) + 1  # the empty product
    elif x.shape[0] == 1:
        x = x.clone()  # not the input's memory
    while x.shape[0] > 1:
        if x.shape[0] % 2:  # an odd number of factors: multiply the last one into the first
            x = cat([x[:1] * x[-1:], x[1:-1]])
        x = x[: x.shape[0] // 2] * x[x.shape[0] // 2 :]
    if dim is None or not rank:
        return x.reshape((1,) * rank if keepdim else ())
    x = x.transpose(0, axis)
    return x if keepdim else x.squeeze(axis)


def root(x, power):
    """x^power for x >= 0, and 0 with a gradient of 0 where x is 0: the slope there is infinite."""
    return where(x == 0, 0.0, where(x == 0, 1.0, x) ** power)


def norm(input, p="fro", dim=None, keepdim=False, *, dtype=None):
    """The p-norm (sum |x|^p)^(1/p) over `dim`; p may be "fro" (the 2-norm), inf or -inf."""
    check_tensor("norm", input)
    input = input if dtype is None else input.to(dtype)
    check_floating("norm", input)
    dims = some_dims("norm", dim, len(input.shape), keepdim)
    if not hasattr(p, "grad_fn") and p in (2, "fro", None):
        return Norm(2, dims, keepdim)(input)
    if not isinstance(p, (int, float)):
        raise NotImplementedError(f"norm: p={p!r} is not supported, only numbers and 'fro'")
    size = abs(input)
    if math.isinf(p):
        return Extremum("max" if p > 0 else "min", *_not_empty("norm", size, dims), keepdim, nan_shares=True)(size)
    if p == 0:
        return sign(where(size != size, 1.0, size)).sum(dims, keepdim)
    return size.sum(dims, keepdim) if p == 1 else Norm(p, dims, keepdim)(input)


def logsumexp(input, dim, keepdim=False):
    """log sum exp over `dim`, without overflow."""
    check_tensor("logsumexp", input)
    if isinstance(dim, (tuple, list)) and not dim and input.shape:
        raise RuntimeError("logsumexp: dim must name at least one dimension")
    dims, input = some_dims("logsumexp", dim, len(input.shape), keepdim), floating(input)
    if not input.array.size:  # nothing has no maximum; its logsumexp is log 0
        return log(exp(input).sum(dims, keepdim))
    return LogSumExp(dims, keepdim)(input)
