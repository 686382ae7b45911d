"""Parts of images: zero-padded frames of them, windows in a frame, and how they are divided.

Images are (k, H, W, C) here, the order in which they are stored.
"""

import numpy as np

from .memory import buffer
from .threads import crew, portions


def divide(N, rows, most):
    """N images of so many rows as pieces (images, rows), slices both: several whole images, or a
    band of one image where a whole one has more than `most` rows or there are too few images."""
    if rows <= most and N >= crew().size:
        return [(images, slice(rows)) for images in portions(N, most // max(1, rows))]
    bands = portions(rows, most)
    return [(slice(n, n + 1), band) for n in range(N) for band in bands]


def framed(images, start, size):
    """What a frame of `size` sees that begins at pixel `start` of each image: zeros outside it.

    A view where the frame lies inside the image, else in a buffer.
    """
    k, H, W, C = images.shape
    (top, left), (height, width) = start, size
    # The first and the last row and column of the frame that lie inside the image
    a, b = (min(max(0, -begin), n) for begin, n in zip(start, size))
    y, x = (max(low, min(n - begin, m)) for low, begin, n, m in zip((a, b), start, (H, W), size))
    inside = images[:, top + a : top + y, left + b : left + x]
    if (y - a, x - b) == (height, width) and inside.strides[2:] == (C * inside.itemsize, inside.itemsize):
        return inside
    frame = buffer((k, height, width, C), images.dtype, "frame")
    frame[:, :a], frame[:, y:] = 0, 0
    frame[:, a:y, :b], frame[:, a:y, x:] = 0, 0
    frame[:, a:y, b:x] = inside
    return frame


def windows_of(frame, kernel, size, stride, dilation):
    """(k, height, width, C) -> (k, h, w, kh, kw, C): a view, nothing is copied."""
    image, row, column, channel = frame.strides
    return np.lib.stride_tricks.as_strided(
        frame,
        (len(frame), *size, *kernel, frame.shape[3]),
        (image, stride[0] * row, stride[1] * column, dilation[0] * row, dilation[1] * column, channel),
    )
