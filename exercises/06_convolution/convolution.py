"""Exercise 6: the gradients of a convolution. The text is in README.md.

Letters: N images, C input channels, O output channels, H x W input, h x w output, k x k kernel.
"""

import numpy as np


def taps(k, size, stride):
    """For each place (a, b) in the kernel, the rows and columns of the padded image that it meets.

    `size` is (h, w). image[:, :, rows, columns] has the shape (N, C, h, w): one value for each
    output pixel.
    """
    (h, w) = size
    for a in range(k):
        for b in range(k):
            rows = slice(a, a + stride * (h - 1) + 1, stride)
            columns = slice(b, b + stride * (w - 1) + 1, stride)
            yield a, b, rows, columns


def conv2d(x, weight, stride, padding):
    """dT/dG: x (N, C, H, W), weight (O, C, k, k) -> y (N, O, h, w)."""
    (N, _, H, W), (O, _, k, _) = x.shape, weight.shape
    h, w = ((n + 2 * padding - k) // stride + 1 for n in (H, W))
    image = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    y = np.zeros((N, O, h, w))
    for a, b, rows, columns in taps(k, (h, w), stride):
        y += np.einsum("nchw,oc->nohw", image[:, :, rows, columns], weight[:, :, a, b])
    return y


def gradient_of_weight(x, g, shape, stride, padding):
    """dT/dW: x (N, C, H, W), g (N, O, h, w) -> (O, C, k, k), the `shape` of the weight."""
    raise NotImplementedError(
        "gradient_of_weight in convolution.py is still to be written; see README.md"
    )


def gradient_of_input(g, weight, shape, stride, padding):
    """dT/dX: g (N, O, h, w), weight (O, C, k, k) -> (N, C, H, W), the `shape` of the input."""
    raise NotImplementedError(
        "gradient_of_input in convolution.py is still to be written; see README.md"
    )
