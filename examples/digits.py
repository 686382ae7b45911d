"""Digits: a data set in MNIST's form, drawn with the font that comes with Pillow.

Every digit is typed large and then varied: lines of different widths, and one warp that scales,
turns, slants, shifts and wobbles the digit. A warp says for each new pixel from which place of the
typed picture its brightness comes. With p = (x, y) the place of the new pixel, seen from the centre
and divided by the height,

    place = S(slant) R(turn) (x / stretch, y) + wobble(p)

where S(a) = [1, a; 0, 1] and R(t) = [cos, sin; -sin, cos]. This is computed at the corners of a
grid of cells, and each corner wobbles by a random step of its own. Inside a cell Pillow
interpolates between its four corners, so lines bend but don't break.

As in MNIST a digit is white on black and about 20 pixels high, and its centre of mass is in the
centre of 28 x 28 pixels, up to a shift. It is drawn `OVERSAMPLING` times too large and then
averaged, which gives smooth edges.
"""

import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinygrad_cv.creation import from_numpy
from tinygrad_cv.data import MNIST
from tinygrad_cv.data.download import progress

SIZE, MARGIN, OVERSAMPLING = 28, 4, 3      # pixels; the margin is cut off after centring
SIDE = (SIZE + 2 * MARGIN) * OVERSAMPLING  # of the warped picture
CELLS = 4                                  # in a row and in a column of the warp
TYPED, TYPED_HEIGHT = 200, 100             # pixels: the picture of a typed digit, the digit in it
PENS = 5                                   # 0 to 4 pixels are added on each side of a line

# What is random about a digit, besides the pen: the smallest and the largest value
RANGES = {"height": (16, 19.5), "stretch": (0.75, 1.25), "turn": (-0.25, 0.25),
          "slant": (-0.25, 0.4), "right": (-1, 1), "down": (-1, 1)}
WOBBLE = 0.06                              # standard deviation, in heights of the digit


class Digits(MNIST):
    """`n` digits: items (Pillow image "L" of 28 x 28, digit), `data` and `targets` as in MNIST.

    The same seed draws the same digits, and the first of them are the same for every n. For a test
    set take another seed. All are drawn at once, about four thousand per second.
    """

    def __init__(self, n=10000, seed=0, transform=None):
        if not isinstance(n, int) or not isinstance(seed, int) or n < 1 or seed < 0:
            raise ValueError(
                f"Digits: expected integers n >= 1 and seed >= 0, got n={n!r}, seed={seed!r}"
            )
        self.transform, self.target_transform = transform, None
        targets = np.arange(n) % 10
        pens = np.random.default_rng((seed, 0)).integers(PENS, size=n)
        meshes, shifts = warps(n, np.random.default_rng((seed, 1)))
        plans = zip(targets.tolist(), pens.tolist(), meshes, shifts.tolist())
        plans = progress(plans, desc="drawing digits", total=n, unit="digit", delay=2, leave=False)
        pictures = [picture(typed(digit, pen), mesh, shift) for digit, pen, mesh, shift in plans]
        self.data, self.targets = from_numpy(np.stack(pictures)), from_numpy(targets)


def warps(n, rng):
    """For n digits: an iterator of meshes for Image.transform, and shifts (n, 2): right, down."""
    low, high = np.array(list(RANGES.values())).T
    draws = rng.random((n, len(RANGES) + 2 * (CELLS + 1)**2))
    height, stretch, turn, slant, *shifts = (low + (high - low) * draws[:, :len(RANGES)]).T
    cos, sin = np.cos(turn), np.sin(turn)
    rows = [(cos - slant * sin) / stretch, sin + slant * cos], [-sin / stretch, cos]
    matrix = np.array(rows) / height                                     # (2, 2, n)
    steps = np.linspace(-SIDE / 2, SIDE / 2, CELLS + 1) / OVERSAMPLING
    corners = np.stack(np.meshgrid(steps, steps), axis=-1)               # (row, column, 2)
    places = np.einsum("abn,rcb->nrca", matrix, corners)
    places += WOBBLE * np.sqrt(12) * (draws[:, len(RANGES):].reshape(places.shape) - 0.5)
    places = TYPED / 2 + TYPED_HEIGHT * places
    # The corners of a cell in Pillow's order: upper left, lower left, lower right, upper right
    around = [places[:, :-1, :-1], places[:, 1:, :-1], places[:, 1:, 1:], places[:, :-1, 1:]]
    cells = np.stack(around, axis=3).reshape(n, CELLS**2, 8)
    edges = range(0, SIDE, SIDE // CELLS)
    boxes = [(x, y, x + SIDE // CELLS, y + SIDE // CELLS) for y in edges for x in edges]
    return (list(zip(boxes, digit.tolist())) for digit in cells), np.stack(shifts, axis=1)


def picture(image, mesh, shift):
    """The typed digit warped, its centre of mass in the centre but for the shift: (28, 28)."""
    warped = image.transform((SIDE, SIDE), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    brightness = np.asarray(warped, np.float32)
    corner = []
    for axis, moved in zip((0, 1), shift):  # first the sums over columns: right, then down
        mass = brightness.sum(axis)
        centre = mass @ np.arange(SIDE) / mass.sum() + 0.5
        corner.append(round(centre - (SIZE / 2 + moved) * OVERSAMPLING))
    x, y = corner
    side = SIZE * OVERSAMPLING
    return np.asarray(warped.crop((x, y, x + side, y + side)).reduce(OVERSAMPLING))


@functools.cache
def typed(digit, pen):
    """The digit in the centre of a picture (TYPED, TYPED), its lines `pen` pixels wider."""
    try:
        font = ImageFont.load_default(TYPED_HEIGHT / 0.7)
    except (ImportError, TypeError) as error:
        raise RuntimeError(
            "Digits: Pillow can't draw text here: it must be Pillow 10.1 or later, built with "
            "FreeType, as `pip install -U pillow` brings it"
        ) from error
    image = Image.new("L", (TYPED, TYPED))
    left, top, right, bottom = font.getbbox(str(digit))
    corner = (TYPED - left - right) / 2, (TYPED - top - bottom) / 2
    ImageDraw.Draw(image).text(corner, str(digit), 255, font, stroke_width=pen)
    return image
