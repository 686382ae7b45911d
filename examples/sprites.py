"""Sprites: small cartoon creatures, drawn so that a GAN has something to learn at once.

A creature is a function of (seed, index): a pseudo-random generator started from both draws its
details, and its *element* (fire, water, ...) decides its colours and its favourite ears and tails.
As in hand-drawn sprites, some things never change, and a network learns them in its first minutes:
white paper, a creature in the centre that looks at you, big eyes at one height, a dark outline in
the hue of the body. The rest varies, so there is something to learn afterwards.

The picture is drawn in the unit square (x to the right, y down) from back to front: tail, wings,
ears, feet, body, belly, markings, arms, face. Pillow draws hard edges, so everything is drawn
`OVERSAMPLING` times too large; the mean of each block of pixels then gives smooth edges.
"""

import colorsys
import math
import random

import numpy as np
from PIL import Image, ImageDraw

from tinygrad_cv.data import Dataset
from tinygrad_cv.data.transforms import ToTensor

OVERSAMPLING = 4
WHITE, INK, BLUSH, TONGUE = (255, 255, 255), (28, 24, 36), (250, 140, 140), (190, 50, 60)

# element: range of the body's hue, its saturation, (hue, saturation, value) of the accent colour,
# ears, tails
ELEMENTS = {
    "earth": (
        (0.06, 0.09), 0.55, (0.04, 0.60, 0.75), ("round", "bunny", "horns"), ("curl", "none")),
    "electric": (
        (0.13, 0.15), 0.75, (0.06, 0.75, 0.95), ("bunny", "cat", "antennae"), ("bolt",)),
    "fairy": (
        (0.90, 0.96), 0.40, (0.85, 0.35, 1.00), ("bunny", "round", "cat"), ("curl", "none")),
    "fire": (
        (0.01, 0.06), 0.75, (0.13, 0.75, 1.00), ("cat", "horns", "crest"), ("flame",)),
    "grass": (
        (0.22, 0.36), 0.50, (0.38, 0.75, 0.70), ("sprout", "round", "bunny"), ("leaf", "none")),
    "ice": (
        (0.48, 0.53), 0.30, (0.58, 0.55, 0.95), ("cat", "antennae", "crest"), ("fin", "none")),
    "shadow": (
        (0.70, 0.78), 0.48, (0.93, 0.55, 0.90), ("horns", "cat", "antennae"), ("curl", "none")),
    "water": (
        (0.55, 0.61), 0.65, (0.47, 0.50, 0.95), ("fins", "round", "crest"), ("fin",)),
}

# Shapes on the right-hand side; the left-hand ones are their mirror images.
SHAPES = {
    "bolt": [(0.66, 0.82), (0.79, 0.74), (0.76, 0.66), (0.86, 0.62), (0.84, 0.54), (0.97, 0.42),
             (0.96, 0.66), (0.89, 0.69), (0.92, 0.78), (0.68, 0.89)],
    "fin": [(0.64, 0.78), (0.80, 0.74), (0.93, 0.60), (0.91, 0.75), (0.96, 0.90), (0.80, 0.84),
            (0.64, 0.88)],
    "flame": [(0.64, 0.82), (0.76, 0.80), (0.77, 0.66), (0.83, 0.62), (0.85, 0.49), (0.93, 0.58),
              (0.96, 0.72), (0.92, 0.82), (0.84, 0.88), (0.64, 0.89)],
    "bat": [(0.64, 0.62), (0.78, 0.42), (0.96, 0.36), (0.94, 0.48), (0.98, 0.58), (0.89, 0.60),
            (0.86, 0.68), (0.77, 0.66), (0.64, 0.74)],
    "cat": [(0.53, 0.26), (0.77, 0.05), (0.775, 0.42)],
    "inner cat": [(0.61, 0.25), (0.735, 0.12), (0.74, 0.34)],
    "horns": [(0.58, 0.28), (0.72, 0.06), (0.73, 0.34)],
    "fins": [(0.68, 0.32), (0.92, 0.24), (0.86, 0.36), (0.92, 0.48), (0.82, 0.50), (0.78, 0.58)],
    "crest": [(0.36, 0.32), (0.33, 0.15), (0.43, 0.20), (0.50, 0.05), (0.57, 0.20), (0.67, 0.15),
              (0.64, 0.32)],
    "feeler": [(0.56, 0.32), (0.66, 0.12), (0.68, 0.12), (0.58, 0.32)],
    "mouth": [(0.44, 0.580), (0.56, 0.580), (0.535, 0.635), (0.465, 0.635)],
    "fang": [(0.46, 0.585), (0.495, 0.585), (0.475, 0.62)],
}


def leaf(x0, y0, x1, y1, width):
    """Corners of a leaf from (x0, y0) to (x1, y1), with sin(pi t) times `width` on each side."""
    along, across = (x1 - x0, y1 - y0), (y0 - y1, x1 - x0)
    up = [(t / 8, width * math.sin(math.pi * t / 8)) for t in range(9)]
    return [(x0 + t * along[0] + w * across[0], y0 + t * along[1] + w * across[1])
            for t, w in up + [(t, -w) for t, w in reversed(up)]]


def egg(x, y, a, b, pear):
    """Corners of an ellipse around (x, y), wider at the bottom if pear > 0, else at the top."""
    angles = [2 * math.pi * k / 40 for k in range(40)]
    return [(x + a * math.cos(t) * (1 + pear * math.sin(t)), y + b * math.sin(t)) for t in angles]


def mirrored(points):
    return [(1 - x, y) for x, y in points]


def rgb(hue, saturation, value):
    """(r, g, b) in 0..255 from hue, saturation and value in 0..1."""
    channels = colorsys.hsv_to_rgb(hue % 1, min(1, saturation), value)
    return tuple(round(255 * channel) for channel in channels)


class Pen:
    """Draws shapes given in the unit square on an oversampled canvas, outlined in one colour."""

    def __init__(self, size, outline):
        self.scale, self.outline = size * OVERSAMPLING, outline
        self.width = max(1, round(0.018 * self.scale))
        self.canvas = Image.new("RGB", (self.scale, self.scale), WHITE)
        self.draw = ImageDraw.Draw(self.canvas)

    def box(self, x, y, a, b):
        return [self.scale * edge for edge in (x - a, y - b, x + a, y + b)]

    def ellipse(self, x, y, a, b, fill, outlined=True):
        """An ellipse around (x, y) with half axes a and b."""
        self.draw.ellipse(self.box(x, y, a, b), fill, self.outline, self.width if outlined else 0)

    def polygon(self, points, fill, outlined=True):
        corners = [(x * self.scale, y * self.scale) for x, y in points]
        self.draw.polygon(corners, fill)
        if outlined:
            self.draw.line(corners + corners[:2], self.outline, self.width, joint="curve")

    def arc(self, x, y, a, b, start, end):
        """The part of an ellipse's border between two angles: degrees, clockwise from the right."""
        self.draw.arc(self.box(x, y, a, b), start, end, INK, self.width)


class Creature:
    """One creature. All random choices are made in __init__; the other methods only draw."""

    def __init__(self, rng, element):
        hues, saturation, accent, ears, tails = ELEMENTS[element]
        hue, value = rng.uniform(*hues), rng.uniform(0.90, 1.0)
        saturation *= rng.uniform(0.85, 1.15)
        self.fill = rgb(hue, saturation, value)
        self.shade = rgb(hue, saturation * 1.15, value * 0.82)
        self.outline = rgb(hue, 0.65, 0.30)
        self.accent = rgb(*accent)
        self.pale = rgb(accent[0], 0.15, 1.0)
        self.iris = rng.choice((INK, INK, self.outline, rgb(hue + 0.5, 0.75, 0.50)))
        self.big_head = rng.random() < 0.4  # a head on a small body, or one round body
        self.a, self.b = rng.uniform(0.27, 0.32), rng.uniform(0.25, 0.30)
        self.pear = rng.uniform(-0.06, 0.18)
        self.ears, self.ear_size = rng.choice(ears), rng.uniform(0.85, 1.15)
        self.tail, self.side = rng.choice(tails), rng.choice((list, mirrored))
        self.wings = rng.choice(("none", "none", "none", "none", "bat", "feathers"))
        self.marks = rng.choice(("none", "none", "spots", "stripes"))
        self.belly, self.arms, self.blush = (rng.random() < p for p in (0.7, 0.75, 0.6))
        self.arms = self.arms and self.wings == "none"
        self.eye, self.gap = rng.uniform(0.072, 0.086), rng.uniform(0.115, 0.135)
        self.mouth = rng.choice(("smile", "cat", "open", "fang"))

    def picture(self, size):
        """The creature as a Pillow image of size x size pixels."""
        pen = Pen(size, self.outline)
        self.draw_tail(pen)
        self.draw_wings(pen)
        self.draw_ears(pen)
        self.draw_body(pen)
        self.draw_face(pen)
        return pen.canvas.reduce(OVERSAMPLING)

    def draw_tail(self, pen):
        if self.tail == "curl":
            (x, y), = self.side([(0.74 if self.big_head else 0.80, 0.77)])
            pen.ellipse(x, y, 0.10, 0.10, self.fill)
            pen.ellipse(x, y - 0.01, 0.04, 0.04, self.pale)
        elif self.tail == "leaf":
            pen.polygon(self.side(leaf(0.64, 0.86, 0.97, 0.62, 0.25)), self.accent)
        elif self.tail != "none":
            colour = self.accent if self.tail == "flame" else self.fill
            pen.polygon(self.side(SHAPES[self.tail]), colour)

    def draw_wings(self, pen):
        for side in (list, mirrored):
            if self.wings == "bat":
                pen.polygon(side(SHAPES["bat"]), self.accent)
            elif self.wings == "feathers":
                for x, y in ((0.88, 0.74), (0.95, 0.62), (0.97, 0.46)):
                    pen.polygon(side(leaf(0.66, 0.66, x, y, 0.22)), self.pale)

    def draw_ears(self, pen):
        for side in (list, mirrored):
            if self.ears in ("round", "bunny"):
                a, b = (0.11, 0.11) if self.ears == "round" else (0.075, 0.18)
                a, b = a * self.ear_size, b * self.ear_size
                (x, y), = side([(0.72, 0.25) if self.ears == "round" else (0.63, 0.21)])
                pen.ellipse(x, y, a, b, self.fill)
                pen.ellipse(x, y, a / 2, b * 0.6, self.accent, outlined=False)
            elif self.ears == "sprout":
                tip = 0.50 + 0.27 * self.ear_size
                pen.polygon(side(leaf(0.50, 0.28, tip, 0.08, 0.28)), self.accent)
            elif self.ears == "antennae":
                (x, y), = side([(0.67, 0.12)])
                pen.polygon(side(SHAPES["feeler"]), self.outline)
                pen.ellipse(x, y, 0.055 * self.ear_size, 0.055 * self.ear_size, self.accent)
            else:
                fill = {"cat": self.fill, "horns": self.pale}.get(self.ears, self.accent)
                pen.polygon(side(SHAPES[self.ears]), fill)
                if self.ears == "cat":
                    pen.polygon(side(SHAPES["inner cat"]), self.accent, outlined=False)

    def draw_body(self, pen):
        for x in (0.37, 0.63):
            pen.ellipse(x, 0.88, 0.10, 0.065, self.shade)
        if self.big_head:
            pen.polygon(egg(0.5, 0.74, 0.20, 0.16, 0.1), self.shade)
            self.draw_front(pen, 0.77, 0.12, 0.11, 0.29)
        y, b, pear = 0.56, self.b + 0.05, self.pear
        if self.big_head:
            y, b, pear = 0.46, self.b - 0.01, 0.08
        light = egg(0.488, y - 0.022, self.a - 0.035, b - 0.045, pear)
        pen.polygon(egg(0.5, y, self.a, b, pear), self.shade)
        pen.polygon(light, self.fill, outlined=False)
        if not self.big_head:
            self.draw_front(pen, 0.75, 0.17, 0.12, 0.22)
        brow = y - b + 0.02  # the markings hang from the top of the head
        if self.marks == "spots":
            for x, down, r in ((0.38, 0.075, 0.03), (0.60, 0.065, 0.04), (0.49, 0.05, 0.025)):
                pen.ellipse(x, brow + down, r, r, self.accent, outlined=False)
        elif self.marks == "stripes":
            for x, length in ((0.42, 0.08), (0.5, 0.10), (0.58, 0.08)):
                top, low = brow + 0.1 - length, brow + 0.1
                corners = [(x - 0.025, top), (x + 0.025, top), (x, low)]
                pen.polygon(corners, self.accent, outlined=False)

    def draw_front(self, pen, y, a, b, arm):
        """The belly, an ellipse at height y, and the arms, `arm` from the picture's borders."""
        if self.belly:
            pen.ellipse(0.5, y, a, b, self.pale, outlined=False)
        if self.arms:
            for x in (arm, 1 - arm):
                pen.ellipse(x, 0.70, 0.065, 0.065, self.fill)

    def draw_face(self, pen):
        for x in (0.5 - self.gap, 0.5 + self.gap):
            near = x + 0.012 * (1 if x < 0.5 else -1)  # nearer to the nose
            eye = self.eye
            pen.ellipse(x, 0.46, eye, eye * 1.2, WHITE)
            pen.ellipse(near, 0.468, eye * 0.70, eye * 0.88, self.iris, outlined=False)
            pen.ellipse(near, 0.465, eye * 0.45, eye * 0.55, INK, outlined=False)
            pen.ellipse(near - 0.018, 0.43, eye * 0.32, eye * 0.36, WHITE, outlined=False)
            if self.blush:
                pen.ellipse(0.5 + 1.65 * (x - 0.5), 0.575, 0.04, 0.028, BLUSH, outlined=False)
        if self.mouth == "smile":
            pen.arc(0.5, 0.565, 0.055, 0.045, 15, 165)
        elif self.mouth == "cat":
            for x in (0.466, 0.534):
                pen.arc(x, 0.58, 0.037, 0.035, 0, 180)
        else:
            pen.polygon(SHAPES["mouth"], TONGUE)
            if self.mouth == "fang":
                pen.polygon(SHAPES["fang"], WHITE, outlined=False)


class Sprites(Dataset):
    """`n` creatures of `size` x `size` pixels on white; items are (image, index of the element).

    They are drawn at first use, about a thousand per second, and kept: 12 KiB each at size 64.
    Without a `transform` an image is a float32 tensor (3, size, size) in [0, 1]; a transform gets
    the Pillow image. `classes` are the names of the elements.
    """

    classes = list(ELEMENTS)
    class_to_idx = {name: index for index, name in enumerate(classes)}

    def __init__(self, n=4096, size=64, seed=0, transform=None):
        if n < 1 or size < 16:
            raise ValueError(
                f"Sprites: expected n >= 1 creatures of size >= 16 pixels, got n={n}, size={size}"
            )
        self.size, self.seed, self.transform = size, seed, transform or ToTensor()
        self.targets = [index % len(self.classes) for index in range(n)]
        self.drawn = [None] * n

    def __len__(self):
        return len(self.targets)

    def picture(self, index):
        """Creature number `index` as a Pillow image."""
        if self.drawn[index] is None:
            rng = random.Random(f"{self.seed}, {index}")
            creature = Creature(rng, self.classes[self.targets[index]])
            self.drawn[index] = np.asarray(creature.picture(self.size))
        return Image.fromarray(self.drawn[index])

    def __getitem__(self, index):
        index = range(len(self))[index]  # counted from the front
        return self.transform(self.picture(index)), self.targets[index]
