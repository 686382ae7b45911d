"""Faster kernels for GPUs: each plain kernel of ops/ and optim/ in a few launches of kernels.py.

    few launches      each costs the host some ten microseconds, however small the array
    many threads      a sum over a million pixels of 64 channels must have more than 64 threads
    no waiting        the host runs ahead of the GPU; reading a number would make it wait
    storage order     CuPy's elementwise results are in C order whatever their inputs were; kernels
                      are given each array in the order of its memory, so that the order is kept

A function returns NotImplemented for what it leaves to the plain kernel.
"""

import functools
import math

from ...arrays import kernel, namespace, storage_order
from ...ops import activation, conv, linalg, loss, pool, reduce
from ...ops.norm import batch_norm_grads, channel_stats, normalize_channels
from ...optim import adam

# May a GPU round the factors of a float32 product to 10 bits of mantissa, which makes the product
# several times as fast? These are PyTorch's defaults; torch_names/ has its switches.
TF32 = {"convolution": True, "matmul": False}

THREADS = 1 << 17  # enough to keep a large GPU busy
STRIPS = 1 << 12  # the most partial sums per channel, because few threads add these up
SMALL = 1 << 14  # a sum of fewer numbers needs no strips
LARGEST = 1 << 31  # coordinates are 32-bit integers

compilers = {}  # {array type: compile}


def register(array_type, compile):
    """Register the functions in FUSED (below) as the kernels for this type of array.

    compile(name) returns a kernel, called as a cupy.ElementwiseKernel: (inputs..., outputs...,
    size=). It is an argument so that tests can run all of this without a GPU.
    """
    compilers[array_type] = compile
    for plain, fused in FUSED.items():
        plain.register(array_type)(
            functools.partial(fused_or_plain, fused, plain.dispatch(object))
        )


def fused_or_plain(fused, plain, x, *args):
    result = fused(x, *args) if x.dtype.kind == "f" else NotImplemented
    return plain(x, *args) if result is NotImplemented else result


def launch(name, like, *args, **size):
    return compilers[like.__class__](name)(*args, **size)


@kernel
def product(a, b, allow_tf32):
    """The product of two matrices. (The version for CuPy, with TF32, is in __init__.py.)"""
    return a.dot(b)


def elementwise(name, *args):
    """Run a kernel in the storage order of its last array, which the result has, too."""
    order, back = storage_order([a for a in args if hasattr(a, "strides")][-1])
    views = [a.transpose(order) if hasattr(a, "strides") else a for a in args]
    return launch(name, args[0], *views).transpose(back)


def adam_update(theta, grad, m, v, lr, beta1, beta2, eps, t):
    root, length = math.sqrt(1 - beta2**t), lr / (1 - beta1**t)
    grad, theta, m, v = (a.transpose(storage_order(theta)[0]) for a in (grad, theta, m, v))
    numbers = beta1, 1 - beta1, beta2, 1 - beta2, root, eps, length
    launch("adam", theta, grad, *numbers, theta, m, v)


def rows(x):
    """x (N, C, ...) as a matrix (R, C), one row per pixel: a view if it is stored channels-last."""
    xp = namespace(x)
    return xp.ascontiguousarray(xp.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])


def from_rows(matrix, shape):
    """(R, C) -> `shape` (N, C, ...), stored channels-last."""
    return namespace(matrix).moveaxis(matrix.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def strips(name, matrix, *args, outputs=1):
    """The sums of a strip kernel over the rows of a matrix (R, C): float64 (outputs, C)."""
    R, C = matrix.shape
    count = max(1, min(R, STRIPS, THREADS // max(1, C)))
    sums = namespace(matrix).empty((outputs, count, C), "float64")
    launch(name, matrix, matrix, *args, R * C, count * C, *sums)
    return sums.sum(1)


def total(x, dims, keepdims):
    order, _ = storage_order(x)
    summed, kept = order[: len(dims)], order[len(dims) :]
    if x.size < SMALL or set(summed) != set(dims) or kept != sorted(kept):
        return NotImplemented  # sums along rows, which CuPy spreads over enough threads itself
    matrix = namespace(x).ascontiguousarray(x.transpose(order))
    matrix = matrix.reshape(-1, math.prod(x.shape[d] for d in kept))
    shape = [1 if d in dims else n for d, n in enumerate(x.shape) if keepdims or d not in dims]
    return strips("strip_sums", matrix)[0].astype(x.dtype).reshape(shape)


def stats(x):
    matrix = rows(x)
    sums, squares = strips("strip_moments", matrix, x.shape[1], outputs=2)
    return launch("moments", x, matrix[0], sums, squares, 1 / len(matrix))


def normalize(x, mean, scale, shift):
    return from_rows(launch("normalize", x, rows(x), mean, scale, shift), x.shape)


def norm_grads(grad, x, mean, rstd, weight):
    g, matrix = rows(grad), rows(x)
    sums = strips("strip_gradients", g, matrix, mean, rstd, x.shape[1], outputs=2)
    grad_weight, grad_bias = sums.astype(x.dtype)
    vectors = mean, rstd, weight, grad_weight, grad_bias
    grad_x = launch("batch_norm_grad", x, g, matrix, *vectors, 1 / len(g))
    return from_rows(grad_x, x.shape), grad_weight, grad_bias


def launch_windows(name, threads, inputs, outputs, image, size, window):
    """image is (H, W, C), size (h, w), window four pairs: kernel, stride, padding, dilation."""
    if threads >= LARGEST:
        raise RuntimeError(f"{name}: {threads} numbers are too many; use a smaller batch")
    numbers = (n for pair in window for n in pair)
    launch(name, inputs[0], *inputs, *image, *size, *numbers, *outputs, size=threads)


def is_its_own_patches(image, size, window):
    """Is each pixel one patch, or the whole image one patch?"""
    return not any(window[2]) and image in (tuple(size), tuple(window[0]))


def im2col(x, size, window):
    """x (N, C, H, W) -> patches (N h w, kh kw C)."""
    (N, C, H, W), (kh, kw), (h, w) = x.shape, window[0], size
    if is_its_own_patches((H, W), size, window):
        return rows(x).reshape(N * h * w, kh * kw * C)
    patches = namespace(x).empty((N * h * w, kh * kw * C), x.dtype)
    threads = N * h * kh * kw * C  # each goes along a row of outputs
    launch_windows("im2col", threads, [rows(x)], [patches], (H, W, C), size, window)
    return patches


def conv2d_output(x, weight, stride, padding, dilation, groups):
    if groups > 1:
        return NotImplemented
    size = tuple(map(conv.output_size, x.shape[2:], weight.shape[2:], stride, padding, dilation))
    patches = im2col(x, size, (weight.shape[2:], stride, padding, dilation))
    y = product(patches, conv.weight_matrix(weight, 1)[0].T, TF32["convolution"])  # (N h w, O)
    return from_rows(y, (x.shape[0], weight.shape[0], *size))


def conv2d_input(grad, weight, input_shape, stride, padding, dilation, groups):
    if groups > 1:
        return NotImplemented
    (N, C, H, W), size = input_shape, grad.shape[2:]
    window = weight.shape[2:], stride, padding, dilation
    patches = product(rows(grad), conv.weight_matrix(weight, 1)[0], TF32["convolution"])
    if is_its_own_patches((H, W), size, window):
        return from_rows(patches, input_shape)
    image = namespace(grad).empty((N, H, W, C), grad.dtype)
    launch_windows("col2im", image.size, [patches], [image], (H, W, C), size, window)
    return image.transpose(0, 3, 1, 2)


def conv2d_weight(x, grad, weight_shape, stride, padding, dilation, groups):
    if groups > 1:
        return NotImplemented
    O, C, *kernel_size = weight_shape
    patches = im2col(x, grad.shape[2:], (kernel_size, stride, padding, dilation))
    weight = product(rows(grad).T, patches, TF32["convolution"])  # (O, kh kw C)
    return weight.reshape(O, *kernel_size, C).transpose(0, 3, 1, 2)


def maxima(x, window, size):
    """The maximum of each window and its position, both (N, C, h, w)."""
    xp, (N, C, H, W) = namespace(x), x.shape
    out = [xp.empty((N, *size, C), dtype) for dtype in (x.dtype, "int64")]
    launch_windows("max_pool", out[0].size, [rows(x)], out, (H, W, C), size, window)
    return [a.transpose(0, 3, 1, 2) for a in out]


def max_pool_grad(grad, x, y, window):
    (N, C, H, W), size = x.shape, y.shape[2:]
    inputs = rows(grad), rows(maxima(x, window, size)[1])
    out = namespace(x).empty((N, H, W, C), grad.dtype)
    launch_windows("max_pool_grad", out.size, inputs, [out], (H, W, C), size, window)
    return out.transpose(0, 3, 1, 2)


ELEMENTWISE = (
    activation.rectify, activation.rectify_grad, activation.logistic, loss.bce_with_logits
)
FUSED = {
    **{plain: functools.partial(elementwise, plain.__name__) for plain in ELEMENTWISE},
    adam.adam_update: adam_update,
    reduce.total: total,
    channel_stats: stats,
    normalize_channels: normalize,
    batch_norm_grads: norm_grads,
    linalg.product: lambda a, b: product(a, b, TF32["matmul"]),
    conv.conv2d_output: conv2d_output,
    conv.conv2d_input: conv2d_input,
    conv.conv2d_weight: conv2d_weight,
    pool.max_pool: lambda x, window, size: maxima(x, window, size)[0],
    pool.window_argmax: lambda x, window, size: maxima(x, window, size)[1],
    pool.max_pool_grad: max_pool_grad,
}
