"""Matrix products, sums and Adam's update, shared out among the processors."""

import math

import numpy as np

from ...ops.linalg import product
from ...ops.reduce import total
from ...optim.adam import adam_update
from .blocks import FEW, for_blocks, sum_of_rows
from .memory import buffer, empty, storage_order
from .threads import ENOUGH, crew, in_parallel, portions

SMALL = 1 << 17   # multiplications; BLAS does so few in one thread anyway
LARGE = 1 << 22   # multiplications that are worth waking other threads for
PIECE = 1 << 17   # numbers of a parameter that are updated at a time


@product.register(np.ndarray)
def fast_product(a, b):
    """a.dot(b), with the longer side of the result divided among our threads."""
    work = a.size * b.shape[-1]
    if work < SMALL:
        return a.dot(b)
    if work < LARGE or a.ndim < 2 or b.ndim < 2 or a.dtype != b.dtype or crew().size < 2:
        with crew().one_blas_thread():
            return a.dot(b)
    out = empty((len(a), b.shape[1]), a.dtype)
    if len(a) < b.shape[1]:
        a, b, result = b.T, a.T, out.T
    else:
        result = out

    def some_rows(some):
        np.matmul(a[some], b, out=result[some])

    in_parallel(some_rows, portions(len(a), len(a)), work)
    return out


@total.register(np.ndarray)
def fast_total(x, dims, keepdims):
    """NumPy's own sum, in float32, where few numbers are added or where it adds them in pairs;
    over the leading axes in memory a sum of rows; and the plain one otherwise."""
    count = math.prod([x.shape[d] for d in dims])  # numbers in each sum
    if x.dtype != np.float32 or count <= FEW and x.size < ENOUGH:
        return np.add.reduce(x, axis=dims, keepdims=keepdims)
    stored = x.transpose(storage_order(x))
    dense, lead = stored.flags.c_contiguous, storage_order(x)[: len(dims)]
    if dense and len(dims) < x.ndim and sorted(lead) == sorted(dims):
        sums = np.sum(for_blocks(sum_of_rows, stored.reshape(count, -1)), 0).astype(x.dtype)
        sums = sums.reshape([1] * len(dims) + list(stored.shape[len(dims) :]))
        sums = sums.transpose(np.argsort(storage_order(x)))
        return sums if keepdims else sums.squeeze(dims)
    if count <= FEW or dense and len(dims) == x.ndim:
        return np.add.reduce(x, axis=dims, keepdims=keepdims)
    return total.dispatch(object)(x, dims, keepdims)


@adam_update.register(np.ndarray)
def fast_adam_update(theta, grad, m, v, largest, lr, beta1, beta2, eps, step):
    """One piece after the other, each of which stays in the cache, with one array in between."""
    if theta.size < ENOUGH or largest is not None:
        plain = adam_update.dispatch(object)
        return plain(theta, grad, m, v, largest, lr, beta1, beta2, eps, step)
    order, root = storage_order(theta), math.sqrt(1 - beta2**step)
    arrays = [a.transpose(order) for a in (theta, grad, m, v)]
    if all(a.flags.c_contiguous for a in arrays):
        arrays = [a.reshape(-1) for a in arrays]

    def update(some):
        theta, grad, m, v = (a[some] for a in arrays)
        between = buffer(theta.shape, theta.dtype, "adam")
        np.subtract(grad, m, out=between)
        between *= 1 - beta1
        m += between
        np.multiply(grad, grad, out=between)
        between -= v
        between *= 1 - beta2
        v += between
        np.sqrt(v, out=between)
        between += eps * root
        np.divide(m, between, out=between)
        between *= lr * root / (1 - beta1**step)
        theta -= between

    most = PIECE * len(arrays[0]) // theta.size
    in_parallel(update, portions(len(arrays[0]), most), theta.size)
