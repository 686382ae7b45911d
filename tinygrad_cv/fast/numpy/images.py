"""Parts of images: frames of them with zeros outside, windows in a frame, and how they are divided.

Images are (k, H, W, C) here, the order in which they are stored.
"""

import numpy as np

from .threads import crew, portions


def divide(N, rows, most):
    """N images of so many rows as pieces (images, rows), slices both: several whole images, or a
    band of one image where a whole one has more than `most` rows or there are too few images."""
    if rows <= most and N >= crew().size:
        return [(images, slice(0, rows)) for images in portions(N, most // rows)]
    return [(slice(n, n + 1), band) for n in range(N) for band in portions(rows, most)]


def framed(images, start, size):
    """What a frame of `size` sees that begins at pixel `start` of each image, zeros outside it: a
    view of the images where all of the frame lies inside, else a copy."""
    (k, H, W, C), (top, left) = images.shape, start
    # Where in the frame the image begins and ends
    a, b = begin = [min(max(0, -s), n) for s, n in zip(start, size)]
    y, x = [max(low, min(m - s, n)) for low, s, n, m in zip(begin, start, size, (H, W))]
    inside = images[:, top + a : top + y, left + b : left + x]
    if inside.shape[1:3] == tuple(size) and inside.strides[2] == C * inside.strides[3]:
        return inside
    frame = np.empty((k, *size, C), images.dtype)
    frame[:, :a], frame[:, y:] = 0, 0
    frame[:, a:y, :b], frame[:, a:y, x:] = 0, 0
    frame[:, a:y, b:x] = inside
    return frame


def windows_of(frame, kernel, size, stride, dilation):
    """(k, height, width, C) -> (k, h, w, kh, kw, C): a view, nothing is copied."""
    image, *steps, channel = frame.strides
    outer, inner = ([s * step for s, step in zip(each, steps)] for each in (stride, dilation))
    shape = len(frame), *size, *kernel, frame.shape[3]
    return np.lib.stride_tricks.as_strided(frame, shape, (image, *outer, *inner, channel))
