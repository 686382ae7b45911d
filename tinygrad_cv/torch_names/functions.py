"""A few functions that helpers of courses name as they are imported, each in a line of others."""

from .. import ops


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
