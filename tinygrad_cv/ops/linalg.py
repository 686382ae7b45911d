"""Matrix products.

For Y = A B, entry by entry Y_ij = sum_k A_ik B_kj, so dL/dA_ik = sum_j dL/dY_ij B_kj:

    dL/dA = dL/dY B^T        dL/dB = A^T dL/dY

Leading axes are a batch; where one operand's batch was broadcast, the engine sums.
"""

import math

from ..autograd import Function
from ..autograd.grad_mode import is_grad_enabled
from .arithmetic import check_broadcast
from .checks import check_ndim, check_numeric, check_same_dtype, check_tensor, number


class MatMul(Function):
    """y = a @ b for (..., n, k) and (..., k, m)."""

    save_inputs = (0, 1)
    bilinear = True

    def forward(self, a, b):
        return self.backend.dot(a, b) if len(a.shape) == len(b.shape) == 2 else self.backend.xp.matmul(a, b)

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
        y = self.backend.dot(x, weight.T)
        if bias is not None:
            if bias.shape != y.shape[1:] or bias.dtype is not y.dtype:
                raise ValueError("bias")
            y += bias
        return y

    def backward(self, grad):
        x, weight = self.saved_inputs()
        by_x, by_weight, by_bias = self.needs_input_grad
        if is_grad_enabled():
            return grad @ weight if by_x else None, grad.T @ x if by_weight else None, grad.sum(0) if by_bias else None
        backend = self.backend
        return (  # the same for arrays
            backend.dot(grad, weight) if by_x else None,
            backend.dot(grad.T, x) if by_weight else None,
            backend.sum_rows(grad) if by_bias else None,
        )


# What users call


def matmul(input, other):
    """The matrix product, with PyTorch's rules: vectors are rows on the left and columns on the
    right, more than two dims are a batch, and batches are broadcast.

    Raises RuntimeError if the inner sizes differ, or the dtypes.

    >>> import tinygrad_cv as tg
    >>> tg.matmul(tg.ones(2, 3), tg.ones(3))
    tensor([3., 3.])
    """
    return _matmul("matmul", input, other)


def _matmul(name, a, b):
    check_tensor(name, a)
    check_tensor(name, b, "other")
    check_same_dtype(name, a, other=b)
    check_numeric(name, a)
    if not a.shape or not b.shape:
        raise RuntimeError(f"{name}: both tensors must have at least 1 dimension; use * for a 0-d tensor")
    if a.shape[-1] != b.shape[-2 if len(b.shape) > 1 else 0]:
        raise RuntimeError(
            f"{name}: the last dim of {tuple(a.shape)} must equal the {'second last' if len(b.shape) > 1 else 'only'} "
            f"dim of {tuple(b.shape)}"
        )
    if len(a.shape) == 2 and len(b.shape) == 2:
        return MatMul()(a, b)
    y = _batched(name, a.unsqueeze(0) if len(a.shape) == 1 else a, b.unsqueeze(1) if len(b.shape) == 1 else b)
    if len(b.shape) == 1:
        y = y.squeeze(-1)
    return y.squeeze(-2 if len(b.shape) > 1 else -1) if len(a.shape) == 1 else y


def _batched(name, a, b):
    if len(b.shape) == 2 and len(a.shape) > 2:  # one matrix for the whole batch: a single product
        return MatMul()(a.reshape(math.prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[-1])
    check_broadcast(name, a.shape[:-2], b.shape[:-2])
    return MatMul()(a, b)


def mm(input, mat2):
    """The product of two matrices."""
    check_ndim("mm", input, (2,), "(n, k)")
    check_ndim("mm", mat2, (2,), "(k, m)", "mat2")
    return _matmul("mm", input, mat2)


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """beta * input + alpha * (mat1 @ mat2), with the input broadcast to the product's shape."""
    check_tensor("addmm", input)
    check_ndim("addmm", mat1, (2,), "(n, k)", "mat1")
    check_ndim("addmm", mat2, (2,), "(k, m)", "mat2")
    check_same_dtype("addmm", input, mat1=mat1)
    for what, factor in ("beta", beta), ("alpha", alpha):
        if isinstance(number("addmm", factor, what), float) and input.dtype.kind != "f":
            raise RuntimeError(f"addmm: {what} must be an integer for integer tensors, got {factor}")
    y = _matmul("addmm", mat1, mat2) * alpha
    fits = [n in (1, m) for m, n in zip(reversed(y.shape), reversed(input.shape))]
    if len(input.shape) > 2 or not all(fits):
        raise RuntimeError(f"addmm: input {tuple(input.shape)} can't be broadcast to the product's shape {tuple(y.shape)}")
    return y + input * beta if beta else y


def outer(input, vec2):
    """The products of each element of one vector with each of another: (n), (m) -> (n, m)."""
    check_ndim("outer", input, (1,), "(n)")
    check_ndim("outer", vec2, (1,), "(m)", "vec2")
    return input.unsqueeze(1) * vec2


def dot(input, tensor):
    """The sum of the products of two vectors' elements."""
    check_ndim("dot", input, (1,), "(n)")
    check_ndim("dot", tensor, (1,), "(n)", "tensor")
    return _matmul("dot", input, tensor)


def bmm(input, mat2):
    """The products of two batches of matrices, (b, n, k) and (b, k, m)."""
    check_ndim("bmm", input, (3,), "(b, n, k)")
    check_ndim("bmm", mat2, (3,), "(b, k, m)", "mat2")
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"bmm: batches of {input.shape[0]} and {mat2.shape[0]} matrices")
    return _matmul("bmm", input, mat2)


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
    except (AttributeError, TypeError, ValueError):
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
