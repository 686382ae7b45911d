"""Exercise 5: convolution as a matrix product. The text is in README.md."""

import numpy as np


def output_size(n, k, stride, padding):
    """How many positions a kernel of k has along an axis of n pixels."""
    return (n + 2 * padding - k) // stride + 1


def im2col(x, k, stride, padding):
    """Images x (N, C, H, W) -> patches (N h w, C k k): one row for each output pixel.

    A row is the patch (C, k, k) of the padded image under the kernel, flattened. The rows are in
    the order of the output pixels: image by image, row by row.
    """
    raise NotImplementedError("im2col in im2col.py is still to be written; see README.md")


def conv2d(x, weight, stride, padding):
    """x (N, C, H, W), weight (O, C, k, k) -> (N, O, h, w)."""
    (N, _, H, W), (O, _, k, _) = x.shape, weight.shape
    h, w = output_size(H, k, stride, padding), output_size(W, k, stride, padding)
    rows = im2col(x, k, stride, padding) @ weight.reshape(O, -1).T     # (N h w, O)
    return rows.reshape(N, h, w, O).transpose(0, 3, 1, 2)              # (N, O, h, w)
