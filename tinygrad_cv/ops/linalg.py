"""Matrix products.

For Y = A B, entry by entry Y_ij = sum_k A_ik B_kj, so dL/dA_ik = sum_j dL/dY_ij B_kj. That is

    dL/dA = dL/dY B^T        dL/dB = A^T dL/dY

Leading axes are a batch. Where one operand's batch was broadcast, the engine sums its gradient.
"""

import math

from ..arrays import kernel, namespace
from ..autograd import Function
from ..checks import check_broadcast, check_numeric, check_same_dtype, check_tensor, takes
from .reduce import total


@kernel
def product(a, b):
    """The product of two matrices, or of a vector and a matrix. (fast/ has a faster version.)"""
    return a @ b


class MatMul(Function):
    """Y = A B for (..., n, k) and (..., k, m); dL/dA = dL/dY B^T, dL/dB = A^T dL/dY."""

    saves = (0, 1)
    bilinear = True

    def forward(self, a, b):
        return product(a, b) if a.ndim == b.ndim == 2 else namespace(a).matmul(a, b)

    def backward(self, grad):
        a, b = self.saved()
        needs_a, needs_b = self.needs_input_grad
        return MatMul()(grad, b.mT) if needs_a else None, MatMul()(a.mT, grad) if needs_b else None


class Linear(Function):
    """Y = X W^T + b for X (N, I), W (O, I) and b (O,), as one node.

    dL/dX = dL/dY W and dL/dW = (dL/dY)^T X. b was used once for every row, so dL/db is the sum of
    the rows of dL/dY.
    """

    saves = (0, 1)
    bilinear = on_arrays = True

    def forward(self, x, weight, bias):
        y = product(x, weight.T)
        if bias is not None:
            y += bias
        return y

    def backward(self, grad):
        x, weight = self.saved()
        needs_x, needs_weight, needs_bias = self.needs_input_grad
        return (
            product(grad, weight) if needs_x else None,
            product(grad.T, x) if needs_weight else None,
            total(grad, (0,), False) if needs_bias else None,
        )


# What users call


def matmul(input, other):
    """The matrix product. Leading dims are batches, which are broadcast.

    A vector counts as a row on the left and as a column on the right.

    >>> import tinygrad_cv as tg
    >>> tg.matmul(tg.ones(2, 3), tg.ones(3))
    tensor([3., 3.])
    """
    check_numeric("matmul", input)
    check_tensor("matmul", other, "other")
    check_same_dtype("matmul", input, "other", other)
    a = input.unsqueeze(0) if input.ndim == 1 else input  # (1, k)
    b = other.unsqueeze(1) if other.ndim == 1 else other  # (k, 1)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        shapes = f"{input.shape} and {other.shape}"
        raise RuntimeError(f"matmul: expected (..., n, k) and (..., k, m), got shapes {shapes}")
    check_broadcast("matmul", a.shape[:-2], b.shape[:-2])
    if a.ndim > 2 and b.ndim == 2:  # one matrix for the whole batch: a single product
        y = MatMul()(a.reshape(math.prod(a.shape[:-1]), a.shape[-1]), b)
        y = y.reshape(*a.shape[:-1], b.shape[-1])
    else:
        y = MatMul()(a, b)
    y = y.squeeze(-1) if other.ndim == 1 else y
    return y.squeeze(-2 if other.ndim > 1 else -1) if input.ndim == 1 else y


@takes("input (n, k): any", "mat2 (k, m): any")
def mm(input, mat2):
    """The product of two matrices."""
    return matmul(input, mat2)


@takes("input (b, n, k): any", "mat2 (b, k, m): any")
def bmm(input, mat2):
    """The products of two batches of matrices."""
    return matmul(input, mat2)


@takes("input (..., I)", "weight (O, I)", "bias (O)?")
def linear(input, weight, bias=None):
    """input @ weight^T + bias: input (..., I), weight (O, I), bias (O,) -> (..., O)."""
    if input.ndim == 2:
        return Linear()(input, weight, bias)
    rows = input.reshape(math.prod(input.shape[:-1]), input.shape[-1])
    return Linear()(rows, weight, bias).reshape(*input.shape[:-1], weight.shape[0])
