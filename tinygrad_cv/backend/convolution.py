"""Convolution, plain: the three products that everything about convolutions is made of.

Axes:  N image, C input channel, O output channel, H x W input, h x w output, kh x kw kernel.

Seen from one output pixel, a convolution is a scalar product: the patch of the input under
the kernel, times the kernel. `im2col` copies the patches of all output pixels into the rows
of one matrix, and the whole convolution is a single matrix product with the flattened weight:

    columns (N*h*w, kh*kw*C)  @  weight^T (kh*kw*C, O)  =  output (N*h*w, O)

The patch axes stand in the order (kh, kw, C) because images are stored channels-last, (N, H,
W, C): the C values of a pixel, and the kw pixels of a kernel row, then lie side by side in
memory, and copying a patch is copying kh runs of kw*C numbers. The same order in the weight's
storage, (O, kh, kw, C), makes it an operand without a copy, and the product *is* the output,
channels-last again.

The output has floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1 rows.

`columns^T @ ...` and `... @ weight` are the other two of the three products: the gradients by
the weight and by the input. `ops/conv.py` says why they are all there is.
"""

import math


def output_size(size, kernel, stride, padding, dilation):
    """How many places a kernel has along an axis; with dilation 1 it is (n - k + 2p + s) // s."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def is_its_own_columns(image, kernel, size, padding):
    """Is the image itself the matrix of patches: every pixel is one, or one patch is all of it?"""
    return not any(padding) and tuple(image) in (tuple(size), tuple(kernel))


def conv2d_naive(x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, zeros=None):
    """What a convolution is, in loops: read this first. Everything faster is tested against it.

    x (N, C, H, W), weight (O, C/groups, kh, kw) -> (N, O, h, w); `zeros(shape)` makes the output.
    """
    (N, C, H, W), (O, Cg, kh, kw) = x.shape, weight.shape
    h, w = (output_size(*args) for args in zip((H, W), (kh, kw), stride, padding, dilation))
    out = zeros((N, O, h, w))
    for n in range(N):
        for o in range(O):
            first = o // (O // groups) * Cg  # the first input channel of this output's group
            for i in range(h):
                for j in range(w):
                    for c in range(Cg):
                        for a in range(kh):
                            for b in range(kw):
                                row = i * stride[0] - padding[0] + a * dilation[0]
                                col = j * stride[1] - padding[1] + b * dilation[1]
                                if 0 <= row < H and 0 <= col < W:  # outside lies the zero padding
                                    out[n, o, i, j] += x[n, first + c, row, col] * weight[o, c, a, b]
    return out


class Convolution:
    """The three kernels, for any array library; a backend inherits them or overrides them."""

    def windows(self, image, kernel, size, stride, dilation, groups):
        """image (N, Hp, Wp, C), padded -> (groups, N, h, w, kh, kw, C/groups): a view, nothing is copied."""
        (kh, kw), (h, w), C = kernel, size, image.shape[3]
        sN, sH, sW, sC = image.strides
        return self.xp.lib.stride_tricks.as_strided(
            image,
            (groups, image.shape[0], h, w, kh, kw, C // groups),
            (C // groups * sC, sN, stride[0] * sH, stride[1] * sW, dilation[0] * sH, dilation[1] * sW, sC),
        )

    def im2col(self, image, kernel, size, stride, dilation, groups):
        """image (N, Hp, Wp, C), padded -> columns (groups, N*h*w, kh*kw*C/groups), a copy."""
        windows = self.windows(image, kernel, size, stride, dilation, groups)
        rows, row = math.prod(windows.shape[1:4]), math.prod(windows.shape[4:])
        return windows.reshape(groups, rows, row)

    def col2im(self, columns, image, kernel, size, stride, dilation, groups):
        """Add the columns back into `image`, each value where im2col read it: its transpose."""
        N, Hp, Wp, C = image.shape
        (kh, kw), (h, w) = kernel, size
        taps = columns.reshape(groups, N, h, w, kh, kw, C // groups)
        image = image.reshape(N, Hp, Wp, groups, C // groups)
        for a in range(kh):
            for b in range(kw):
                rows = slice(a * dilation[0], a * dilation[0] + stride[0] * (h - 1) + 1, stride[0])
                cols = slice(b * dilation[1], b * dilation[1] + stride[1] * (w - 1) + 1, stride[1])
                image[:, rows, cols] += taps[:, :, :, :, a, b].transpose(1, 2, 3, 0, 4)

    def pad_channels_last(self, x, padding):
        """x (N, C, H, W) in any layout -> zero-padded (N, H + 2 ph, W + 2 pw, C), contiguous."""
        N, C, H, W = x.shape
        ph, pw = padding
        x = x.transpose(0, 2, 3, 1)
        if not ph and not pw:
            return self.xp.ascontiguousarray(x)
        image = self.xp.zeros((N, H + 2 * ph, W + 2 * pw, C), x.dtype)
        image[:, ph : ph + H, pw : pw + W] = x
        return image

    def conv2d(self, x, weight, stride, padding, dilation, groups):
        """x (N, C, H, W), weight (O, C/groups, kh, kw) -> output (N, O, h, w)."""
        (N, _, H, W), (O, _, kh, kw) = x.shape, weight.shape
        size = h, w = [output_size(*a) for a in zip((H, W), (kh, kw), stride, padding, dilation)]
        image = self.pad_channels_last(x, padding)
        columns = self.im2col(image, (kh, kw), size, stride, dilation, groups)  # (G, N*h*w, kh*kw*C/G)
        out = self.xp.matmul(columns, self.weight_matrix(weight, groups).transpose(0, 2, 1))
        return self.merge_groups(out, (N, h, w, O))

    def conv2d_input(self, grad, weight, shape, stride, padding, dilation, groups):
        """The gradient by x, of `shape` (N, C, H, W), from grad (N, O, h, w): a transposed convolution."""
        (N, C, H, W), (ph, pw) = shape, padding
        kernel, size = weight.shape[2:], grad.shape[2:]
        columns = self.xp.matmul(self.split_groups(grad, groups), self.weight_matrix(weight, groups))
        image = self.xp.zeros((N, H + 2 * ph, W + 2 * pw, C), grad.dtype)
        self.col2im(columns, image, kernel, size, stride, dilation, groups)
        return image[:, ph : ph + H, pw : pw + W].transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape, stride, padding, dilation, groups):
        """The gradient by the weight, of `shape` (O, C/groups, kh, kw), from x and grad."""
        O, Cg, kh, kw = shape
        image = self.pad_channels_last(x, padding)
        columns = self.im2col(image, (kh, kw), grad.shape[2:], stride, dilation, groups)
        out = self.xp.matmul(self.split_groups(grad, groups).transpose(0, 2, 1), columns)
        return out.reshape(O, kh, kw, Cg).transpose(0, 3, 1, 2)

    def weight_matrix(self, weight, groups):
        """(O, C/groups, kh, kw) -> (groups, O/groups, kh*kw*C/groups); no copy if channels-last."""
        return weight.transpose(0, 2, 3, 1).reshape(groups, weight.shape[0] // groups, -1)

    def split_groups(self, x, groups):
        """(N, O, h, w) -> (groups, N*h*w, O/groups)."""
        N, O, h, w = x.shape
        x = x.transpose(0, 2, 3, 1).reshape(N * h * w, groups, O // groups)
        return self.xp.ascontiguousarray(x.transpose(1, 0, 2))

    def merge_groups(self, out, shape):
        """(groups, N*h*w, O/groups) -> (N, O, h, w), stored channels-last; shape is (N, h, w, O)."""
        return out.transpose(1, 0, 2).reshape(shape).transpose(0, 3, 1, 2)
