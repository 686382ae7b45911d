"""A backend for GPUs: the plain kernels of base.py and convolution.py, each in a few launches.

What a thread does stands in cuda_kernels.py; here stands when it is launched, on how many threads, and in
which layout. The rules of a GPU, of which the plain kernels know nothing:

    few launches      each costs the host some ten microseconds, however small the array
    enough threads    a sum over a million rows of 64 channels must not be 64 threads: strips (below)
    no waiting        the host runs ahead and asks for the next kernel while the last one runs; it
                      must never look at a number (`asynchronous` says so to the operations)
    layout            CuPy's elementwise results are in C order whatever their inputs were; channels-last
                      storage survives because kernels see the memory in its own order
    2-D products      one matrix product for a whole layer; the faster TF32 exists for those alone

Nothing here imports CuPy: a subclass says with what array library and what compiler (`kernel`), which is
how the tests run all of it on a CPU. Two kinds of float have kernels, float32 and float64; other types
take the plain way, and so do convolutions in groups.
"""

import functools

from .base import Backend, storage_order
from .convolution import is_its_own_columns, output_size

THREADS = 1 << 17  # as many as a large GPU keeps busy at a time
STRIPS = 1 << 12  # and so many partial sums at most: adding those up is left to few threads
LARGEST = 1 << 31  # a thread counts in 32 bits


def floats_only(method):
    """Leaves all types but float32 and float64 to the plain kernel of the same name."""

    @functools.wraps(method)
    def chosen(self, x, *args):
        fused = x.dtype.name in ("float32", "float64")
        return (method if fused else getattr(Backend, method.__name__))(self, x, *args)

    return chosen


class FusedBackend(Backend):
    asynchronous = True

    def kernel(self, name):
        """That kernel, compiled: called like cupy.ElementwiseKernel, (inputs..., outputs..., size=)."""
        raise NotImplementedError(f"{type(self).__name__} has no compiler")

    product = Backend.dot  # that of a convolution, which may have its own precision

    def counted(self, name, threads):
        """The kernel, if its threads can count so far."""
        if threads >= LARGEST:
            raise RuntimeError(
                f"{name}: {threads} numbers are more than a thread can count (2^31 - 1); use a smaller batch"
            )
        return self.kernel(name)

    def elementwise(self, name, like, *args):
        """A kernel of one output, walking the memory of all arrays in the order of `like`'s; the result is stored so."""
        order, back = storage_order(like)
        views = [a.transpose(order) if isinstance(a, self.array_type) else a for a in args]
        return self.kernel(name)(*views).transpose(back)

    # Arrays in and out: by CuPy's own ways every layout but two would become C order

    def asarray(self, data, dtype=None):
        if not hasattr(data, "strides") or isinstance(data, self.array_type):
            return super().asarray(data, dtype)
        order, back = storage_order(data)
        return self.xp.asarray(data.transpose(order), dtype).transpose(back)

    def to_numpy(self, array):
        order, back = storage_order(array)
        return array.transpose(order).get().transpose(back)

    # Activations

    @floats_only
    def leaky_relu(self, x, slope):
        return self.elementwise("leaky_relu", x, x, slope) if slope else self.elementwise("relu", x, x)

    @floats_only
    def leaky_relu_grad(self, grad, y, slope):
        if slope:
            return self.elementwise("leaky_relu_grad", y, grad, y, slope)
        return self.elementwise("relu_grad", y, grad, y)

    @floats_only
    def sigmoid(self, x):
        return self.elementwise("sigmoid", x, x)

    # Channels

    def strips(self, name, rows, *arrays, share=1.0, outputs=1):
        """The sums over rows (R, C) that a strip_ kernel makes, times share: for each output (C,)."""
        R, C = rows.shape
        strip = max(1, -(-R // min(STRIPS, max(1, THREADS // max(1, C)))))  # rows in a strip
        totals = self.xp.empty((outputs, -(-R // strip), C), rows.dtype)
        self.counted(name, rows.size)(rows, *arrays, R, C, strip, share, *totals)
        return totals.sum(1)

    def add_to_channels(self, x, bias):
        pixels = x.transpose(0, 2, 3, 1)
        pixels += bias  # channels-last, this is one run through memory
        return x

    @floats_only
    def sum(self, x, dims, keepdims):
        if len(x.shape) != 4 or tuple(dims) != (0, 2, 3):
            return super().sum(x, dims, keepdims)
        (total,) = self.strips("strip_sums", self.rows(x))
        return total.reshape(1, -1, 1, 1) if keepdims else total

    @floats_only
    def batch_norm_stats(self, x):
        rows = self.rows(x)
        share = 1 / len(rows)
        (mean,) = self.strips("strip_sums", rows, share=share)
        (var,) = self.strips("strip_squares", rows, mean, share=share)
        return mean, var

    @floats_only
    def batch_norm_scale(self, mean, var, weight, bias, eps):
        return self.kernel("batch_norm_scale")(mean, var, weight, bias, eps)

    @floats_only
    def blend(self, running, batch, of_running, of_batch):
        self.kernel("blend")(batch, of_running, of_batch, running)

    @floats_only
    def batch_norm_apply(self, x, scale, shift):
        return self.from_rows(self.kernel("affine")(self.rows(x), scale, shift), x.shape)

    @floats_only
    def batch_norm_grad(self, grad, x, mean, rstd, weight):
        g, rows = self.rows(grad), self.rows(x)
        by_weight, by_bias = self.strips("strip_gradients", g, rows, mean, rstd, outputs=2)
        by_x = self.kernel("batch_norm_grad")(g, rows, mean, rstd, weight, by_weight, by_bias, 1 / len(rows))
        return self.from_rows(by_x, x.shape), by_weight, by_bias

    # Convolution

    @floats_only
    def conv2d(self, x, weight, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d(x, weight, stride, padding, dilation, groups)
        (N, _, H, W), (O, _, *kernel) = x.shape, weight.shape
        size = [output_size(*a) for a in zip((H, W), kernel, stride, padding, dilation)]
        columns = self.columns(x, kernel, size, stride, padding, dilation)
        out = self.product(columns, self.weight_matrix(weight, 1)[0].T)  # (N*h*w, O)
        return self.from_rows(out, (N, O, *size))

    @floats_only
    def conv2d_input(self, grad, weight, shape, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d_input(grad, weight, shape, stride, padding, dilation, groups)
        (N, C, H, W), kernel, size = shape, weight.shape[2:], grad.shape[2:]
        columns = self.product(self.rows(grad), self.weight_matrix(weight, 1)[0])  # (N*h*w, kh*kw*C)
        if is_its_own_columns((H, W), kernel, size, padding):
            return self.from_rows(columns, shape)
        image = self.xp.empty((N, H, W, C), grad.dtype)
        sizes = H, W, C, *size, *kernel, *stride, *padding, *dilation
        self.counted("col2im", image.size)(columns, *sizes, image)
        return image.transpose(0, 3, 1, 2)

    @floats_only
    def conv2d_weight(self, x, grad, shape, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d_weight(x, grad, shape, stride, padding, dilation, groups)
        O, C, *kernel = shape
        columns = self.columns(x, kernel, grad.shape[2:], stride, padding, dilation)
        out = self.product(self.rows(grad).T, columns)  # (O, kh*kw*C)
        return out.reshape(O, *kernel, C).transpose(0, 3, 1, 2)

    def columns(self, x, kernel, size, stride, padding, dilation):
        """x (N, C, H, W) -> its patches (N*h*w, kh*kw*C); the zero padding is made on the way, not stored."""
        N, C, H, W = x.shape
        (kh, kw), (h, w) = kernel, size
        pixels = self.rows(x)
        if is_its_own_columns((H, W), kernel, size, padding):
            return pixels.reshape(N * h * w, kh * kw * C)
        columns = self.xp.empty((N * h * w, kh * kw * C), x.dtype)
        sizes = H, W, C, h, w, kh, kw, *stride, *padding, *dilation
        threads = N * h * kh * kw * C
        self.counted("im2col", threads)(pixels, *sizes, columns, size=threads)
        return columns

    # Pooling

    @floats_only
    def max_pool2d(self, x, window, size):
        return self.maxima(x, window, size)[0]

    @floats_only
    def window_argmax(self, x, kernel, stride, padding, dilation, size):
        return self.maxima(x, (kernel, stride, padding, dilation), size)[1]

    def maxima(self, x, window, size):
        """The maximum of each window and its position, both (N, C, h, w)."""
        N, C, H, W = x.shape
        out = [self.xp.empty((N, *size, C), dtype) for dtype in (x.dtype, "int64")]
        sizes = H, W, C, *size, *(n for pair in window for n in pair)
        self.counted("max_pool", out[0].size)(self.rows(x), *sizes, *out)
        return [a.transpose(0, 3, 1, 2) for a in out]

    @floats_only
    def max_pool2d_grad(self, grad, x, y, window):
        (N, C, H, W), size = x.shape, y.shape[2:]
        _, positions = self.maxima(x, window, size)
        out = self.xp.empty((N, H, W, C), x.dtype)
        sizes = H, W, C, *size, *(n for pair in window for n in pair)
        self.counted("max_pool_grad", out.size)(self.rows(grad), self.rows(positions), *sizes, out)
        return out.transpose(0, 3, 1, 2)

    # Training

    @floats_only
    def bce_with_logits(self, x, t):
        return self.kernel("bce_with_logits")(x, t)

    @floats_only
    def adam(self, theta, g, m, v, largest, betas, eps, step, root):
        if largest is not None:
            return super().adam(theta, g, m, v, largest, betas, eps, step, root)
        beta1, beta2 = betas
        self.kernel("adam")(g, 1 - beta1, beta2, 1 - beta2, root, eps, step, theta, m, v)
