"""Convolution in fewer multiplications: 9 instead of 16 for DCGAN's 4x4 kernels of stride 2, and
16 instead of 36 for 3x3 kernels of stride 1 (Winograd 1980; Lavin and Gray 2016 for networks).

Two neighbouring outputs y0, y1 of a kernel (g0, g1) over three inputs d0, d1, d2,

    y0 = d0 g0 + d1 g1        y1 = d1 g0 + d2 g1

have four products, but three are enough (multiply it out):

    m0 = (d0 - d1) g0         y0 = m0 + m1
    m1 =  d1 (g0 + g1)        y1 = m1 + m2
    m2 = (d2 - d1) g1

As a trilinear form (see ops/conv.py), with z for the outputs, this reads

    sum over m of  (B d)_m * (G g)_m * (A z)_m

with three small matrices B, G and A: TWO below. Leaving out one factor gives a derivative: the
output A'((B d)(G g)) and the gradient of the weight G'((B d)(A z)), where ' is the transpose. A
kernel of three has such matrices, too: THREE, with 4 products instead of 6.

In an image, the same is done along rows and columns: 3 * 3 or 4 * 4 products for each tile of 2x2
outputs. What was a number above is a vector of channels, so each product is one matrix product
over all tiles. And a kernel of 4x4 with stride 2 is one of 2x2 with stride 1, once each block of
2x2 pixels is taken for one pixel of four times the channels.

Rounding errors are about twice those of the plain kernels. (Larger tiles would save more, with
errors 3 to 12 times the plain ones.) An infinity or NaN would make all outputs of its tiles NaN:
where there is one, the plain kernels are used.
"""

import math
from typing import NamedTuple

OUTPUTS = 2  # outputs of a tile along each axis
FEWEST = 32  # channels, of input and output, that repay the additions
PAYS = 1.5   # times fewer products, at least


class Form(NamedTuple):
    """The three matrices of a kernel of r taps with t products, for blocks of s x s pixels."""

    s: int
    t: int
    r: int
    B: tuple  # (t, t)
    G: tuple  # (t, r)
    A: tuple  # (t, 2)


TWO = Form(2, 3, 2, ((1, -1, 0), (0, 1, 0), (0, -1, 1)), *[((1, 0), (1, 1), (0, 1))] * 2)
THREE = Form(
    1, 4, 3,
    ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1)),
    ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    ((1, 0), (1, 1), (1, -1), (0, 1)),
)
FORMS = {(4, 4, 2, 2): TWO, (3, 3, 1, 1): THREE}  # by kernel and stride


def form_of(kernel, stride, dilation, channels, size):
    """The Form for a convolution, or None if plain products are the better way."""
    form = FORMS.get((*kernel, *stride))
    if form is None or tuple(dilation) != (1, 1) or min(channels) < FEWEST:
        return None
    tiles = math.prod(-(-n // OUTPUTS) for n in size)  # the last ones may stand out: wasted
    plain = math.prod(size) * math.prod(kernel)
    return form if plain >= PAYS * tiles * (form.t * form.s) ** 2 else None
