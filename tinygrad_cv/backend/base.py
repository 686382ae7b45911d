"""Backend: what the library asks of an array library, written in plain array code.

`xp` is the namespace (numpy or cupy); everything that both offer is called on it directly, in
`ops/`. Here stands what neither offers: convolutions (see convolution.py), batch norm and the
few kernels in which training spends its time. The plain version is the definition. The NumPy
and CuPy backends override it with faster ones, which the tests hold against this one.

Kernels over channels see an image batch (N, C, H, W) as a matrix of *rows*, (N*H*W, C): one
row a pixel. Channels-last storage makes that a view; `rows` and `from_rows` go back and forth.
"""

import math

from .convolution import Convolution


class Backend(Convolution):
    asynchronous = False  # True where the host runs ahead of the device: looking at a number makes it wait

    def __init__(self, xp, device, array_type):
        self.xp = xp
        self.device = device
        self.array_type = array_type

    def __repr__(self):
        return f"{type(self).__name__}({str(self.device)!r})"

    # Arrays in and out

    def asarray(self, data, dtype=None):
        """An array of this backend from nested lists, numbers or a NumPy array."""
        if self.asynchronous and data.__class__ in (int, float, bool):
            return self.xp.full((), data, dtype)  # made there: nothing is uploaded
        return self.xp.asarray(data, dtype)

    def to_numpy(self, array):
        """The values as a NumPy array on the host."""
        raise NotImplementedError(f"{type(self).__name__} has no to_numpy")

    def synchronize(self):
        """Wait until the device has done all that was asked of it."""

    def use_tf32(self, convolution, matmul):
        """Whether products may round their factors to TF32 (backends/); without effect but on a GPU."""

    def in_parallel(self, function, pieces, elements):
        """function(piece) for every piece of `elements` numbers in all; on a CPU with all processors (threads.py)."""
        for piece in pieces:
            function(piece)

    def full(self, shape, value, dtype):
        """One value everywhere: what xp.full does, in a third of the time for small arrays."""
        out = self.xp.empty(shape, dtype)
        out.fill(value)
        return out

    # Layout

    def spread(self, x, shape):
        """x broadcast to `shape`, a view; but a few numbers are written out, which is quicker."""
        few = x.size == 1 and math.prod(shape) < 1 << 12
        return self.xp.full(shape, x, x.dtype) if few else self.xp.broadcast_to(x, shape)

    def channels_last(self, x):
        """The same NCHW-shaped array, stored (N, H, W, C)."""
        return self.xp.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)

    def pad(self, x, widths, value):
        """x in a frame of `value`s, widths[d] = (before, after), stored in the order of x."""
        order, back = storage_order(x)
        stored = self.xp.pad(x.transpose(order), [widths[axis] for axis in order], constant_values=value)
        return stored.transpose(back)

    def rows(self, x):
        """(N, C, ...) -> (N*..., C), a view where the storage is channels-last."""
        return self.xp.ascontiguousarray(self.xp.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])

    def from_rows(self, rows, shape):
        """(N*..., C) -> `shape` (N, C, ...), stored channels-last."""
        return self.xp.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)

    def dot(self, a, b):
        """The product of two matrices, or of a vector with one."""
        return a.dot(b)

    # Indexing

    def add_at(self, out, index, values):
        """out[index] += values, where places that `index` names twice are added to twice."""
        self.xp.add.at(out, index, values)

    # Pooling. A window is (kernel, stride, padding, dilation), each a pair; size is (h, w), how many there are.

    def max_pool2d(self, x, window, size):
        """The maximum of each window of x (N, C, H, W): (N, C, h, w)."""
        (N, C, H, W), (h, w) = x.shape, size
        places = self.window_argmax(x, *window, size).reshape(N * C, h * w)
        return self.xp.take_along_axis(x.reshape(N * C, H * W), places, 1).reshape(N, C, h, w)

    def max_pool2d_grad(self, grad, x, y, window):
        """grad (N, C, h, w) added up at the places of the maxima y in x: (N, C, H, W)."""
        xp, (N, C, H, W), (h, w) = self.xp, x.shape, y.shape[2:]
        places = self.window_argmax(x, *window, (h, w)).reshape(N * C, h * w)
        out = xp.zeros((N * C, H * W), grad.dtype)
        self.add_at(out, (xp.arange(N * C).reshape(-1, 1), places), grad.reshape(N * C, h * w))
        return out.reshape(x.shape)

    def window_argmax(self, x, kernel, stride, padding, dilation, size):
        """For each window of x (N, C, H, W) the flat position row * W + column of its maximum.

        One pass over the image for each place in the window, keeping the best so far: `>` lets
        the first of equals win, and of NaN, which nothing beats, the last.
        """
        xp, (N, C, H, W) = self.xp, x.shape
        best, place = xp.zeros((N, C, *size), x.dtype), xp.zeros((N, C, *size), int)
        seen = xp.zeros(size, bool)  # has this window met a pixel of the image yet?
        for a in range(kernel[0]):
            for b in range(kernel[1]):
                rows = (xp.arange(size[0]) * stride[0] + (a * dilation[0] - padding[0])).reshape(-1, 1)
                cols = xp.arange(size[1]) * stride[1] + (b * dilation[1] - padding[1])
                inside = (rows >= 0) & (rows < H) & (cols >= 0) & (cols < W)
                rows, cols = xp.clip(rows, 0, H - 1), xp.clip(cols, 0, W - 1)
                value = x[:, :, rows, cols]  # (N, C, h, w)
                larger = (value > best) | (value != value)
                better = inside & (larger | xp.logical_not(seen))
                best, place = xp.where(better, value, best), xp.where(better, rows * W + cols, place)
                seen = seen | inside
        return place

    # Activations

    def leaky_relu(self, x, slope):
        """x where x > 0, slope * x elsewhere."""
        if slope == 0:
            return self.xp.maximum(x, 0)  # 0 * -inf would be NaN
        return self.xp.where(x > 0, x, slope * x)

    def leaky_relu_grad(self, grad, y, slope):
        """grad where y > 0, slope * grad elsewhere; a ReLU lets the gradient of a NaN pass."""
        if slope == 0:
            return self.xp.where(y <= 0, self.xp.zeros_like(grad), grad)
        return self.xp.where(y > 0, grad, slope * grad)

    def sigmoid(self, x):
        """1 / (1 + e^-x), by way of e^-|x|, which never overflows."""
        small = self.xp.exp(-self.xp.absolute(x))
        return self.xp.where(x >= 0, 1, small) / (1 + small)

    def erf(self, x):
        """The error function (GELU needs it)."""
        raise NotImplementedError(f"{type(self).__name__} has no erf")

    # Channels

    def add_to_channels(self, x, bias):
        """x (N, C, H, W) += bias (C,), and x again."""
        x += bias.reshape(-1, 1, 1)
        return x

    def sum(self, x, dims, keepdims):
        """The sum over some dims."""
        return x.sum(dims, keepdims=keepdims)

    def sum_rows(self, rows):
        """The sum of the rows of a matrix."""
        return rows.sum(0)

    # Batch normalisation, on arrays of shape (N, C, ...); statistics have shape (C,)

    def batch_norm_stats(self, x):
        """Mean and (biased) variance of every channel, the variance from centred values.

        E[x^2] - E[x]^2 would need one pass less, and lose every digit where the mean is large
        against the deviation.
        """
        rows = self.rows(x)
        mean = rows.mean(0)
        return mean, ((rows - mean) ** 2).mean(0)

    def batch_norm_scale(self, mean, var, weight, bias, eps):
        """1 / sqrt(var + eps), and the scale and the shift of batch_norm_apply."""
        rstd = 1 / self.xp.sqrt(var + eps)
        scale = weight * rstd
        return rstd, scale, bias - mean * scale

    def blend(self, running, batch, of_running, of_batch):
        """running <- of_running * running + of_batch * batch, in place: a running average."""
        running *= of_running
        running += batch * of_batch

    def batch_norm_apply(self, x, scale, shift):
        """x * scale + shift, channel by channel."""
        return self.from_rows(self.rows(x) * scale + shift, x.shape)

    def batch_norm_grad(self, grad, x, mean, rstd, weight):
        """The gradients by x, weight and bias: docs/batch_norm.md derives them."""
        g, normal = self.rows(grad), (self.rows(x) - mean) * rstd
        by_weight, by_bias = (g * normal).sum(0), g.sum(0)
        count = len(g)
        by_x = (weight * rstd) * (g - by_bias / count - normal * (by_weight / count))
        return self.from_rows(by_x, x.shape), by_weight, by_bias

    # Training

    def bce_with_logits(self, x, t):
        """(1 - t) x - min(x, 0) + log(1 + e^-|x|), and sigmoid(x): ops/loss.py."""
        xp = self.xp
        low = xp.minimum(x, 0)
        small = xp.exp(-xp.absolute(x))
        return (1 - t) * x - low + xp.log1p(small), xp.exp(low) / (small + 1)

    def adam(self, theta, g, m, v, largest, betas, eps, step, root):
        """Adam's update of theta, m, v and (amsgrad; else None) largest, in place: optim/adam.py.

        step is lr / (1 - beta1^t), root is sqrt(1 - beta2^t): the paper's more efficient order, (step root) m /
        (sqrt(v) + eps root), with one array for all that is between.
        """
        xp, (beta1, beta2) = self.xp, betas
        between = g - m
        between *= 1 - beta1
        m += between
        xp.multiply(g, g, out=between)
        between *= 1 - beta2
        v *= beta2
        v += between
        if largest is not None:
            v = xp.maximum(v, largest, out=largest)
        xp.sqrt(v, out=between)
        between += eps * root
        xp.divide(m, between, out=between)
        between *= step * root
        theta -= between


def storage_order(x):
    """The axes of x, outermost in memory first, and the way back."""
    order = sorted(range(x.ndim), key=lambda axis: -x.strides[axis])
    return order, sorted(range(x.ndim), key=order.__getitem__)
