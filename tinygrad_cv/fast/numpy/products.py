"""Matrix products, sums and Adam's update, shared out among the processors."""

import functools
import math

import numpy as np

from ...arrays import storage_order
from ...ops.linalg import product
from ...ops.reduce import spread, total
from ...optim.adam import adam_update
from .blocks import FEW, for_blocks, sum_of_rows
from .memory import empty
from .threads import ENOUGH, crew, in_parallel, portions

SMALL = 1 << 17   # multiplications; BLAS does so few in one thread anyway
LARGE = 1 << 22   # multiplications that are worth waking other threads for
PIECE = 1 << 17   # numbers of a parameter that are updated at a time


def multiply(a, b, out):
    """np.matmul of stacks of matrices: out (n, M, N) = a (n, M, K) @ b (n, K, N).

    OpenBLAS packs the factors of a product first. Where it knows AVX-512 it has kernels that don't,
    for up to a million multiplications, and these are 10 % faster: so a few rows at a time, or
    blocks of 32 x 32 results where a is stored in the other order.
    """
    (n, M, K), N = a.shape, b.shape[2]
    most = 10**6 // max(1, K) if crew().has_avx512 else 0  # results of one product
    if a.strides[2] != a.itemsize:
        return multiply_blocks(a, b, out) if most >= 32 * 32 else np.matmul(a, b, out=out)
    most //= max(1, N)
    if b.strides[2] != b.itemsize:  # a transposed factor; more numbers are packed, or it is slow
        most = min(most, 1200 // max(1, N)) if K >= 128 else 0
    few = 1 << most.bit_length() - 1 if most >= 4 and K >= 64 else M + 1
    whole = M - M % few
    if whole:
        stack = a[:, :whole].reshape(n, whole // few, few, K)
        np.matmul(stack, b[:, None], out=out[:, :whole].reshape(n, whole // few, few, N))
    if whole < M:
        np.matmul(a[:, whole:], b, out=out[:, whole:])


def multiply_blocks(a, b, out):
    """The same in blocks of 32 x 32 results; the rows and columns that are left as usual."""
    (n, M, K), N = a.shape, b.shape[2]
    rows, columns = M // 32, N // 32
    a, below = a[:, : rows * 32], a[:, rows * 32 :]
    b, beside, whole = b[:, :, : columns * 32], b[:, :, columns * 32 :], b
    blocks = out[:, : rows * 32, : columns * 32].reshape(n, rows, 32, columns, 32)
    np.matmul(
        a.reshape(n, rows, 1, 32, K),
        b.reshape(n, 1, K, columns, 32).swapaxes(2, 3),
        out=blocks.swapaxes(2, 3),
    )
    np.matmul(a, beside, out=out[:, : rows * 32, columns * 32 :])
    np.matmul(below, whole, out=out[:, rows * 32 :])


@product.register(np.ndarray)
def fast_product(a, b):
    """a.dot(b), with the longer side of the result divided among our threads."""
    work = a.size * b.shape[-1]
    if work < SMALL:
        return a.dot(b)
    if work < LARGE or a.ndim < 2 or a.dtype != b.dtype:
        with crew().one_blas_thread():
            return a.dot(b)
    out = empty((len(a), b.shape[1]), a.dtype)
    left, right, result = (a, b, out) if len(a) >= b.shape[1] else (b.T, a.T, out.T)

    def some_rows(rows):
        multiply(left[None, rows], right[None], result[None, rows])

    in_parallel(some_rows, portions(len(left), len(left)), work)
    return out


@total.register(np.ndarray)
def fast_total(x, dims, keepdims):
    """In float32 what adds few numbers, and over the leading axes in memory as a sum of rows."""
    if x.size <= FEW:
        return np.add.reduce(x, axis=dims, keepdims=keepdims)
    order, back = storage_order(x)
    rows, count = x.transpose(order), math.prod([x.shape[d] for d in dims])
    lead = set(order[: len(dims)]) == set(dims) and len(dims) < x.ndim and rows.flags.c_contiguous
    if x.dtype == np.float32 and x.size > ENOUGH and lead:
        sums = np.sum(for_blocks(sum_of_rows, rows.reshape(count, -1)), 0).astype(x.dtype)
        sums = sums.reshape([1] * len(dims) + list(rows.shape[len(dims) :])).transpose(back)
        return sums if keepdims else sums.squeeze(dims)
    if count <= FEW:
        return np.add.reduce(x, axis=dims, keepdims=keepdims)
    return total.dispatch(object)(x, dims, keepdims)


@spread.register(np.ndarray)
def fast_spread(y, factor, dims, shape):
    """Few numbers are written; a view of stride 0, as the plain kernel makes it, takes longer."""
    if math.prod(shape) > FEW:
        return spread.dispatch(object)(y, factor, dims, shape)
    out = np.empty(shape, y.dtype)
    if y.ndim:
        y = y.reshape([1 if d in dims else n for d, n in enumerate(shape)])
    out[...] = y * factor
    return out


@functools.lru_cache(8)
def factors(lr, beta1, beta2, eps, t, dtype):
    """Adam's numbers in step t, the same for all parameters of a group, as 0-d arrays: an operation
    with a Python number takes twice as long."""
    root = math.sqrt(1 - beta2**t)
    numbers = beta1, 1 - beta1, beta2, 1 - beta2, eps * root, lr * root / (1 - beta1**t)
    return [np.array(number, dtype) for number in numbers]


def adam_in_place(theta, grad, m, v, between, beta1, rise1, beta2, rise2, eps, lr):
    """The plain kernel's steps, with one array in between."""
    m *= beta1
    np.multiply(grad, rise1, between)
    m += between
    v *= beta2
    np.multiply(grad, grad, between)
    between *= rise2
    v += between
    np.sqrt(v, between)
    between += eps
    np.divide(m, between, between)
    between *= lr
    theta -= between


@adam_update.register(np.ndarray)
def fast_adam_update(theta, grad, m, v, lr, beta1, beta2, eps, t):
    """One piece after the other, each of which stays in the cache."""
    numbers = factors(lr, beta1, beta2, eps, t, theta.dtype)
    if theta.size < ENOUGH:
        return adam_in_place(theta, grad, m, v, np.empty_like(m), *numbers)
    order, _ = storage_order(theta)
    arrays = [a.transpose(order) for a in (theta, grad, m, v)]
    if all(a.flags.c_contiguous for a in arrays):
        arrays = [a.reshape(-1) for a in arrays]

    def update(some):
        theta, *others = (a[some] for a in arrays)
        adam_in_place(theta, *others, empty(theta.shape, theta.dtype), *numbers)

    most = PIECE * len(arrays[0]) // theta.size
    in_parallel(update, portions(len(arrays[0]), most), theta.size)
