"""Running sums and products, and the triangles of a matrix.

A running sum y_i = x_1 + ... + x_i is the product with a matrix that has ones on and below its diagonal.
Its gradient is the product with the transpose, ones on and above: the running sum from the other end.

A running product is made by doubling. If y_i is the product of the last k factors up to i, then y_i y_(i-k)
is that of the last 2 k: after log2(n) multiplications all are there. Each has its gradient already, and
nothing is divided, so a factor may be zero.
"""

from ..autograd import Function
from .arithmetic import mul
from .checks import check_tensor, integer, one_dim
from .choice import where
from .join import cat
from .shape import flip


class CumSum(Function):
    """y_i = the sum of x_j for j <= i along `dim`; dL/dx_j = the sum of dL/dy_i for i >= j."""

    def __init__(self, dim):
        self.dim = dim

    def forward(self, x):
        return self.backend.xp.cumsum(x, self.dim, dtype=x.dtype)

    def backward(self, grad):
        return flip(CumSum(self.dim)(flip(grad, self.dim)), self.dim)


# What users call


def cumsum(input, dim, *, dtype=None):
    """The running sum along `dim`; integers and bools sum as int64.

    >>> import tinygrad_cv as tg
    >>> tg.cumsum(tg.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    x, dim = _prepared("cumsum", input, dim, dtype)
    return CumSum(dim)(x) if x.shape else x.clone()


def cumprod(input, dim, *, dtype=None):
    """The running product along `dim`; integers and bools multiply as int64.

    >>> import tinygrad_cv as tg
    >>> tg.cumprod(tg.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 2., 6.])
    """
    x, dim = _prepared("cumprod", input, dim, dtype)
    y, k, n = x.clone(), 1, x.shape[dim] if x.shape else 1
    while k < n:
        y = cat([y.narrow(dim, 0, k), mul(y.narrow(dim, k, n - k), y.narrow(dim, 0, n - k))], dim)
        k *= 2
    return y


def _prepared(name, input, dim, dtype):
    check_tensor(name, input)
    if dtype is None and input.dtype.kind != "f":
        input = input.long()
    return input if dtype is None else input.to(dtype), one_dim(name, dim, len(input.shape))


def tril(input, diagonal=0):
    """The lower triangle of (..., H, W), zeros elsewhere; `diagonal` > 0 takes as many diagonals more.

    >>> import tinygrad_cv as tg
    >>> tg.tril(tg.ones(2, 3))
    tensor([[1., 0., 0.],
            [1., 1., 0.]])
    """
    below = _below("tril", input, diagonal)
    return where(below, input, input.new_zeros(()))


def triu(input, diagonal=0):
    """The upper triangle of (..., H, W), zeros elsewhere; `diagonal` > 0 takes as many diagonals less."""
    below = _below("triu", input, integer("triu", diagonal, "diagonal") - 1)
    return where(below, input.new_zeros(()), input)


def _below(name, input, diagonal):
    """Where an entry is on or below the diagonal: column - row <= diagonal."""
    check_tensor(name, input)
    diagonal = integer(name, diagonal, "diagonal")
    if len(input.shape) < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions, got shape {tuple(input.shape)}")
    xp, (H, W) = input.backend.xp, input.shape[-2:]
    return input.wrap(xp.arange(W) - xp.arange(H)[:, None] <= diagonal)
