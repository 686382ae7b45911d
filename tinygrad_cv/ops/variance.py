"""Variance and standard deviation: how far numbers stand from their mean."""

import math

from ..autograd import Function
from .checks import check_floating, flag, number, some_dims
from .reduce import mean, root, spread


class Var(Function):
    """y = sum (x - mean)^2 / (n - correction); dy/dx = 2 (x - mean) / (n - correction).

    That the mean moves with x adds nothing, because the differences from it sum to zero.
    """

    save_inputs = (0,)

    def __init__(self, dims, keepdim, correction):
        self.dims, self.keepdim, self.correction = dims, keepdim, correction

    def forward(self, x):
        freedom = max(math.prod(x.shape[d] for d in self.dims) - self.correction, 0)
        self.share = 1 / freedom if freedom else math.inf  # one value has no deviation: 0 * inf is NaN
        centred = x - x.mean(self.dims, keepdims=True)
        return (centred * centred).sum(self.dims, keepdims=self.keepdim) * self.share

    def backward(self, grad):
        (x,) = self.saved_inputs()
        grad = spread(grad * (2 * self.share), self.dims, self.keepdim, x.shape)
        return grad * (x - x.mean(self.dims, keepdim=True))


# What users call


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """sum (x - mean)^2 / (n - correction): correction 1 for a sample, 0 for a whole population.

    Without a `correction` it is 1, or 0 with unbiased=False; var(x, False) means var(x, unbiased=False).
    """
    return _var("var", input, dim, unbiased, keepdim, correction)


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The square root of `var`."""
    return root(_var("std", input, dim, unbiased, keepdim, correction), 0.5)


def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """var and mean, as a pair."""
    y = _var("var_mean", input, dim, unbiased, keepdim, correction)
    return y, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def std_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """std and mean, as a pair."""
    y = root(_var("std_mean", input, dim, unbiased, keepdim, correction), 0.5)
    return y, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def _var(name, input, dim, unbiased, keepdim, correction):
    check_floating(name, input)
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    correction = int(flag(name, unbiased, "unbiased")) if correction is None else number(name, correction, "correction")
    return Var(some_dims(name, dim, len(input.shape), keepdim), keepdim, correction)(input)
