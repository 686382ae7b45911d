"""Matrix products.

For Y = A B, entry by entry Y_ij = sum_k A_ik B_kj, so dL/dA_ik = sum_j dL/dY_ij B_kj:

    dL/dA = dL/dY B^T        dL/dB = A^T dL/dY

Leading axes are a batch; where one operand's batch was broadcast, the engine sums.
"""

import math

from ..autograd import Function
from .checks import check_ndim, check_numeric, check_same_dtype, check_tensor
from .arithmetic import check_broadcast


class MatMul(Function):
    """y = a @ b for (..., n, k) and (..., k, m)."""

    save_inputs = (0, 1)
    bilinear = True

    def forward(self, a, b):
        return self.backend.xp.matmul(a, b)

    def backward(self, grad):
        a, b = self.saved_inputs()
        by_a, by_b = self.needs_input_grad
        return grad @ b.mT if by_a else None, a.mT @ grad if by_b else None


class Linear(Function):
    """y = x W^T + b for x (N, I), W (O, I), b (O,): a layer in one node, for speed.

    Each row of x is an example: dL/dx = dL/dy W, dL/dW = dL/dy^T x, dL/db = the sum over rows.
    """

    on_arrays = True
    new_gradients = True
    save_inputs = (0, 1)
    bilinear = True

    def forward(self, x, weight, bias):
        y = x.dot(weight.T)
        if bias is not None:
            if bias.shape != y.shape[1:] or bias.dtype is not y.dtype:
                raise ValueError("bias")
            y += bias
        return y

    def backward(self, grad):
        x, weight = self.saved_inputs()
        by_x, by_weight, by_bias = self.needs_input_grad
        return (
            product(grad, weight) if by_x else None,
            product(grad.T, x) if by_weight else None,
            grad.sum(0) if by_bias else None,
        )


def product(a, b):
    """a @ b for two matrices; of small arrays, `dot` is twice as quick as `@`."""
    return a @ b if hasattr(a, "grad_fn") else a.dot(b)


# What users call


def matmul(input, other):
    """The matrix product, with PyTorch's rules: vectors are rows on the left and columns on the
    right, more than two dims are a batch, and batches are broadcast.

    Raises RuntimeError if the inner sizes differ, or the dtypes.

    >>> import tinygrad_cv as tg
    >>> tg.matmul(tg.ones(2, 3), tg.ones(3))
    tensor([3., 3.])
    """
    check_tensor("matmul", input)
    check_tensor("matmul", other, "other")
    check_same_dtype("matmul", input, other=other)
    check_numeric("matmul", input)
    a, b = input, other
    if not a.shape or not b.shape:
        raise RuntimeError("matmul: both tensors must have at least 1 dimension; use * for a 0-d tensor")
    if a.shape[-1] != b.shape[-2 if len(b.shape) > 1 else 0]:
        raise RuntimeError(
            f"matmul: the last dim of {tuple(a.shape)} must equal the {'second last' if len(b.shape) > 1 else 'only'} "
            f"dim of {tuple(b.shape)}"
        )
    if len(a.shape) == 2 and len(b.shape) == 2:
        return MatMul()(a, b)
    y = _batched(a.unsqueeze(0) if len(a.shape) == 1 else a, b.unsqueeze(1) if len(b.shape) == 1 else b)
    if len(b.shape) == 1:
        y = y.squeeze(-1)
    return y.squeeze(-2 if len(b.shape) > 1 else -1) if len(a.shape) == 1 else y


def _batched(a, b):
    if len(b.shape) == 2 and len(a.shape) > 2:  # one matrix for the whole batch: a single product
        return MatMul()(a.reshape(math.prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[-1])
    check_broadcast("matmul", a.shape[:-2], b.shape[:-2])
    return MatMul()(a, b)


def mm(input, mat2):
    """The product of two matrices."""
    check_ndim("mm", input, (2,), "(n, k)")
    check_ndim("mm", mat2, (2,), "(k, m)", "mat2")
    return matmul(input, mat2)


def bmm(input, mat2):
    """The products of two batches of matrices, (b, n, k) and (b, k, m)."""
    check_ndim("bmm", input, (3,), "(b, n, k)")
    check_ndim("bmm", mat2, (3,), "(b, k, m)", "mat2")
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"bmm: batches of {input.shape[0]} and {mat2.shape[0]} matrices")
    return matmul(input, mat2)


def linear(input, weight, bias=None):
    """input @ weight^T + bias: input (..., I), weight (O, I), bias (O,) -> (..., O).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.linear(tg.ones(1, 2), tg.tensor([[1.0, 2.0]]), tg.tensor([0.5]))
    tensor([[3.5000]])
    """
    try:  # the checks of a small layer must not cost more than its arithmetic: on the way out only
        if len(input.array.shape) == 2 == len(weight.array.shape) and input.array.dtype is weight.array.dtype:
            return Linear()(input, weight, bias)
        if len(weight.shape) == 2 and input.shape[-1:] == weight.shape[1:] and input.dtype == weight.dtype:
            rows = math.prod(input.shape[:-1])
            return Linear()(input.reshape(rows, weight.shape[1]), weight, bias).reshape(*input.shape[:-1], weight.shape[0])
    except (AttributeError, ValueError):
        pass
    _refuse_linear(input, weight, bias)


def _refuse_linear(input, weight, bias):
    check_tensor("linear", input)
    check_tensor("linear", weight, "weight")
    if bias is not None:
        check_tensor("linear", bias, "bias")
    check_same_dtype("linear", input, weight=weight, bias=bias)
    raise RuntimeError(
        f"linear: expected input (..., I), weight (O, I) and bias (O,), got {tuple(input.shape)}, "
        f"{tuple(weight.shape)} and {None if bias is None else tuple(bias.shape)}"
    )
