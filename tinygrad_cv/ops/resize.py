"""Making images larger or smaller, and trading channels for pixels.

Resizing by a fixed rule is linear, and the axes don't mix: each is resized on its own. A new pixel i
stands over the place (i + 1/2) * old size / new size - 1/2 of the old axis (both images span the same
width, pixels are squares, and place 0 is the middle of the first). Then it is a weighted sum of old
pixels, read by an index for each term:

    nearest         the pixel that holds the place; "nearest" forgets both halves, "nearest-exact" does not
    linear          the two beside the place, each weighted by how near it is (bilinear, trilinear)
    cubic           the four beside it, weighted by a cubic that is smooth where pieces meet (bicubic)
    area            the mean of all that the new pixel covers: adaptive average pooling

Pixel shuffle moves r^2 channels of a pixel into an r x r block of pixels (Shi et al. 2016).
"""

import math

from ..backend import dtypes
from .checks import check_floating, check_ndim, check_tensor, integer, unsupported
from .pool import mean_of_parts
from .shape import permute, reshape

# mode: (numbers of dims that it is for, the offsets of the old pixels that a new one is mixed from)
MODES = {
    "nearest": ((1, 2, 3), (0,)), "nearest-exact": ((1, 2, 3), (0,)), "area": ((1, 2, 3), ()),
    "linear": ((1,), (0, 1)), "bilinear": ((2,), (0, 1)), "trilinear": ((3,), (0, 1)), "bicubic": ((2,), (-1, 0, 1, 2)),
}  # fmt: skip


def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
    antialias=False,
):
    """Resize the axes after (N, C) to `size`, or by `scale_factor` (each a number, or one for each axis).

    mode "nearest", "nearest-exact" and "area" take (N, C, L), (N, C, H, W) and (N, C, D, H, W), "linear" the
    first, "bilinear" and "bicubic" the second, "trilinear" the third. align_corners=True (of linear and
    cubic modes) puts the corner pixels of both images on top of each other. recompute_scale_factor=True
    takes new size / old size for the factor, and not the given one.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    name = "interpolate"
    check_tensor(name, input)
    unsupported(name, antialias=antialias)
    if mode not in MODES:
        raise NotImplementedError(f"{name}: mode must be one of {', '.join(MODES)}, got {mode!r}")
    ranks, offsets = MODES[mode]
    dims = len(input.shape) - 2
    if dims not in ranks:
        raise NotImplementedError(f"{name}: mode {mode!r} resizes {ranks} axes after (N, C), got shape {tuple(input.shape)}")
    if align_corners is not None and len(offsets) < 2:
        raise ValueError(f"{name}: align_corners is for the linear and cubic modes, not for {mode!r}")
    size, steps = _sizes(name, input, size, scale_factor, recompute_scale_factor)
    as_loaded = input.dtype == dtypes.uint8 and mode in ("bilinear", "bicubic")  # a photograph's pixels
    if as_loaded:
        input = input.float()
    elif "nearest" not in mode:
        check_floating(name, input)
    elif input.dtype.kind != "f" and input.dtype != dtypes.uint8:
        raise NotImplementedError(f"{name}: not defined for {input.dtype}; convert the input with .float() or .byte()")
    for dim, (n, m, step) in reversed(list(enumerate(zip(input.shape[2:], size, steps), 2))):
        if mode == "area":
            input = mean_of_parts(input, dim, m)
        elif mode == "nearest":
            input = _pixels(input, dim, [math.floor(i * step) for i in range(m)])
        elif mode == "nearest-exact":
            input = _pixels(input, dim, [math.floor((i + 0.5) * step) for i in range(m)])
        else:
            input = _mixed(input, dim, _places(n, m, step, align_corners, mode), offsets)
            input = (input + 0.5).floor().clamp(0, 255) if as_loaded else input
    return input.byte() if as_loaded else input


def _sizes(name, input, size, scale_factor, recompute):
    """The new sizes, and for each axis how many old pixels a new one spans."""
    dims = len(input.shape) - 2
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{name}: give either size or scale_factor")
    given = scale_factor if size is None else size
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * dims
    if len(given) != dims:
        raise ValueError(f"{name}: {dims} numbers make a size or scale_factor for {tuple(input.shape)}, got {given}")
    factors = given if size is None else (None,) * dims
    if any(f is not None and (isinstance(f, bool) or not isinstance(f, (int, float)) or not math.isfinite(f)) for f in factors):
        raise TypeError(f"{name}: scale_factor must be a number for each axis, got {scale_factor!r}")
    size = tuple(
        integer(name, n, "size") if f is None else math.floor(old * f)
        for n, f, old in zip(given, factors, input.shape[2:])
    )
    if min(size) < 1 or min(input.shape[1:]) < 1:
        raise RuntimeError(f"{name}: input and output must have pixels, got {tuple(input.shape)} and the output size {size}")
    steps = [1 / f if f and not recompute else n / m for f, n, m in zip(factors, input.shape[2:], size)]
    return size, steps


def _pixels(x, dim, places):
    """The pixels at `places` along an axis; what lies outside is its border."""
    last = x.shape[dim] - 1
    return x[(slice(None),) * dim + ([min(max(place, 0), last) for place in places],)]


def _places(n, m, step, align_corners, mode):
    """Over which place of an axis of n pixels each of m new pixels stands."""
    if align_corners:
        return [i * (n - 1) / (m - 1) if m > 1 else 0.0 for i in range(m)]
    places = [(i + 0.5) * step - 0.5 for i in range(m)]
    return places if mode == "bicubic" else [max(place, 0.0) for place in places]


def _mixed(x, dim, places, offsets):
    """Each new pixel the sum of the old ones at `offsets` from its place, weighted by their distance."""
    lefts = [math.floor(place) for place in places]
    weight = _near if len(offsets) == 2 else _cubic
    shape = (-1,) + (1,) * (len(x.shape) - dim - 1)
    terms = [
        _pixels(x, dim, [left + k for left in lefts])
        * x.new_tensor([weight(abs(place - left - k)) for place, left in zip(places, lefts)]).reshape(shape)
        for k in offsets
    ]
    return sum(terms[1:], terms[0])


def _near(distance):
    return 1 - distance


def _cubic(distance):
    """Keys's cubic convolution kernel (1981), with PyTorch's a = -0.75: one cubic up to distance 1, one up to 2."""
    return cubic_near(distance) if distance <= 1 else cubic_far(distance)


def cubic_near(d, a=-0.75):
    return ((a + 2) * d - (a + 3)) * d**2 + 1


def cubic_far(d, a=-0.75):
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a


def pixel_shuffle(input, upscale_factor):
    """(..., C r^2, H, W) -> (..., C, H r, W r): channel c r^2 + i r + j becomes pixel (i, j) of each block."""
    check_ndim("pixel_shuffle", input, range(3, 65), "(..., C r^2, H, W)")
    r = integer("pixel_shuffle", upscale_factor, "upscale_factor")
    *batch, C, H, W = input.shape
    if r < 1 or C % (r * r):
        raise RuntimeError(f"pixel_shuffle: {C} channels can't be divided by upscale_factor^2 = {r}^2")
    n = len(batch)
    x = reshape(input, (*batch, C // (r * r), r, r, H, W))
    x = permute(x, *range(n + 1), n + 3, n + 1, n + 4, n + 2)  # (..., C, H, r, W, r)
    return reshape(x, (*batch, C // (r * r), H * r, W * r))
