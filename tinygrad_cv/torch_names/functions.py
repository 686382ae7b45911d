"""A few functions that scripts and the helpers of courses use, each a few lines of others."""

import functools

import numpy as np

from .. import ops
from ..creation import from_numpy
from ..random import default_generator


def sinh(input):
    """(e^x - e^-x) / 2."""
    return (ops.exp(input) - ops.exp(-input)) / 2


def cosh(input):
    """(e^x + e^-x) / 2."""
    return (ops.exp(input) + ops.exp(-input)) / 2


def meshgrid(*tensors, indexing="ij"):
    """Coordinates of a grid: element [i, j] of the first is tensors[0][i], of the second [1][j]."""
    if indexing == "xy":  # as NumPy counts: the first two dims exchanged
        first, second, *rest = meshgrid(tensors[1], tensors[0], *tensors[2:])
        return (second, first, *rest)
    shape = tuple(len(x) for x in tensors)
    columns = [x.reshape((-1,) + (1,) * (len(shape) - 1 - i)) for i, x in enumerate(tensors)]
    return tuple(x.expand(shape) for x in columns)


def reshape(input, shape):
    """The library's reshape, under PyTorch's names of the arguments."""
    return ops.reshape(input, shape)


def unique(input):
    """The different values, in order."""
    return from_numpy(np.unique(input.detach().cpu().numpy())).to(input.device)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """Vectors along `dim`, divided by their norm."""
    return input / ops.norm(input, p, dim, keepdim=True).clamp(min=eps)


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """For each row of weights (N, C), or for one (C,), indices drawn in proportion to them."""
    rows = input.detach().double().cpu().numpy().reshape(-1, input.shape[-1])
    draw = (generator or default_generator).numpy.choice
    drawn = [draw(len(row), num_samples, replacement, row / row.sum()) for row in rows]
    shape = (*input.shape[:-1], num_samples)
    return from_numpy(np.array(drawn, np.int64).reshape(shape)).to(input.device)


def numpy_style(function):
    """The function that may also be given `axis` and `keepdims`, as PyTorch allows."""

    @functools.wraps(function)
    def call(*args, **options):
        if "axis" in options:
            options["dim"] = options.pop("axis")
        if "keepdims" in options:
            options["keepdim"] = options.pop("keepdims")
        return function(*args, **options)

    return call


ALONG_A_DIM = """
    all amax amin any argmax argmin cat chunk gather index_select log_softmax logsumexp max mean min
    norm prod softmax split squeeze stack std sum unbind unsqueeze var
"""
NUMPY_STYLE = {name: numpy_style(getattr(ops, name)) for name in ALONG_A_DIM.split()}
FUNCTIONS = dict(
    NUMPY_STYLE, sinh=sinh, cosh=cosh, meshgrid=meshgrid, reshape=reshape, unique=unique,
    multinomial=multinomial,
)
