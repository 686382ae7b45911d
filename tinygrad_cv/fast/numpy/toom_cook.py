"""Convolution in fewer multiplications: 9 instead of 16 for DCGAN's 4x4 kernels of stride 2, and
16 instead of 36 for 3x3 kernels of stride 1 (Winograd 1980; Lavin and Gray 2016 for networks).

Two neighbouring outputs y0, y1 of a kernel (g0, g1) over three inputs d0, d1, d2,

    y0 = d0 g0 + d1 g1        y1 = d1 g0 + d2 g1

have four products, but three are enough (multiply it out):

    m0 = (d0 - d1) g0         y0 = m0 + m1
    m1 =  d1 (g0 + g1)        y1 = m1 + m2
    m2 = (d2 - d1) g1

As a trilinear form (see ops/conv.py), with a third vector z in the place of y, this reads

    sum over m of  (B d)_m * (G g)_m * (A z)_m

with three small matrices B, G and A: TWO below. Leaving out one factor gives a derivative: the
output A'((B d)(G g)), the gradient of the weight G'((B d)(A z)), where ' is the transpose. A
kernel of three has such matrices, too: THREE, with 4 products instead of 6.

An image is cut into tiles of 2x2 outputs, and the same is done along its rows and along its
columns: 3 * 3 or 4 * 4 products for each tile. Both directions at once are matrices, too: the
Kronecker products of B, G and A with themselves. What was a number above is a vector of channels
here, so each of the products is one matrix product over all tiles. And a kernel of 4x4 with
stride 2 is one of 2x2 with stride 1, once each 2x2 block of pixels is taken for one pixel of
four times the channels. tiles.py does all this.

Rounding errors are about twice those of the plain kernels. (Larger tiles would save more, with
errors 3 to 12 times the plain ones.) An infinity or NaN in a pixel makes all outputs of its tiles NaN.
"""

import math

import numpy as np

OUTPUTS = 2   # outputs of a tile along each axis
FEWEST = 16   # channels, of input and output, that repay the additions
PAYS = 1.5    # times fewer products, at least


class Form:
    """B (t, t), G (t, r) and A (t, 2) of kernels of r taps, as matrices for both axes."""

    def __init__(self, stride, B, G, A):
        self.stride, self.products, self.taps = stride, len(G), len(G[0])
        self.B, self.G, self.A = (np.kron(matrix, matrix) for matrix in (B, G, A))


TWO = [[1, -1, 0], [0, 1, 0], [0, -1, 1]], [[1, 0], [1, 1], [0, 1]], [[1, 0], [1, 1], [0, 1]]
THREE = (
    [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]],
    [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]],
    [[1, 0], [1, 1], [1, -1], [0, 1]],
)
FORMS = {(4, 4, 2, 2): Form(2, *TWO), (3, 3, 1, 1): Form(1, *THREE)}


def form(kernel, stride, dilation, channels, size):
    """The Form for a convolution, or None if plain products are the better way."""
    form = FORMS.get((*kernel, *stride))
    if form is None or tuple(dilation) != (1, 1) or min(channels) < FEWEST:
        return None
    tiles = math.prod(-(-n // OUTPUTS) for n in size)  # the last ones may stand out: wasted
    plain = math.prod(size) * math.prod(kernel)
    return form if plain >= PAYS * tiles * (form.products * form.stride) ** 2 else None
