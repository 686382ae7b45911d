"""Zero padding of a few images into memory that is used again, and back.

`pad` and `crop` are each other's transpose: what one reads from a pixel, the other adds back to it.
"""

from .threads import buffer


def pad(pixels, size, padding):
    """Images (k, H, W, C) with zeros around them: (k, *size, C), as much of it as there is room for."""
    (k, H, W, C), (top, left) = pixels.shape, padding
    image = buffer((k, *size, C), pixels.dtype, "image")
    bottom, right = min(top + H, size[0]), min(left + W, size[1])
    image[:, :top], image[:, bottom:] = 0, 0
    image[:, top:bottom, :left], image[:, top:bottom, right:] = 0, 0
    image[:, top:bottom, left:right] = pixels[:, : bottom - top, : right - left]
    return image


def crop(image, out, padding):
    """Padded images (k, Hp, Wp, C) -> their inner part, out (k, H, W, C); 0 where the image ends before."""
    (H, W), (top, left) = out.shape[1:3], padding
    bottom, right = (min(n, size - p) for n, size, p in zip((H, W), image.shape[1:3], padding))
    out[:, bottom:], out[:, :bottom, right:] = 0, 0
    out[:, :bottom, :right] = image[:, top : top + bottom, left : left + right]
