"""Functions that scripts and the helpers of courses use, each a few lines of others."""

import contextlib
import functools

import numpy as np

from .. import ops
from ..creation import from_numpy
from ..random import default_generator
from ..serialization import checkpoint
from ..serialization.files import complete_file


def save(obj, f):
    """What the library saves, also in files called .pth, which only `load` here can read then."""
    with contextlib.nullcontext(f) if hasattr(f, "write") else complete_file(f) as file:
        checkpoint.save(obj, file)


def meshgrid(*tensors, indexing="ij"):
    """Coordinates of a grid: element [i, j] of the first is tensors[0][i], of the second [1][j]."""
    grids = np.meshgrid(*(x.cpu().numpy() for x in tensors), indexing=indexing)
    return tuple(from_numpy(grid).to(tensors[0].device) for grid in grids)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """Vectors along `dim`, divided by their norm."""
    return input / ops.norm(input, p, dim, keepdim=True).clamp(min=eps)


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """For each row of weights (N, C), or for one (C,), indices drawn in proportion to them."""
    rows = input.detach().double().cpu().numpy().reshape(-1, input.shape[-1])
    positive = (rows > 0).sum(1).min()
    if rows.min() < 0 or positive < (1 if replacement else num_samples):
        raise RuntimeError("multinomial: weights must be >= 0, and enough of them positive")
    draw = (generator or default_generator).numpy.choice
    drawn = [draw(len(row), num_samples, replacement, row / row.sum()) for row in rows]
    shape = (*input.shape[:-1], num_samples)
    return from_numpy(np.array(drawn, np.int64).reshape(shape)).to(input.device)


def numpy_style(function):
    """The function that may also be given `axis` and `keepdims`, as PyTorch allows."""

    @functools.wraps(function)
    def call(*args, **options):
        return function(*args, **{OURS.get(name, name): x for name, x in options.items()})

    return call


OURS = {"axis": "dim", "keepdims": "keepdim"}
ALONG_A_DIM = """
    all amax amin any argmax argmin cat chunk gather index_select log_softmax logsumexp max mean min
    norm prod softmax split squeeze stack std sum unbind unsqueeze var
"""
NUMPY_STYLE = {name: numpy_style(getattr(ops, name)) for name in ALONG_A_DIM.split()}
FUNCTIONS = dict(
    NUMPY_STYLE, save=save, meshgrid=meshgrid, multinomial=multinomial,
    unique=lambda input: from_numpy(np.unique(input.cpu().numpy())),
    reshape=lambda input, shape: ops.reshape(input, shape),
    sinh=lambda input: (ops.exp(input) - ops.exp(-input)) / 2,
    cosh=lambda input: (ops.exp(input) + ops.exp(-input)) / 2,
)
