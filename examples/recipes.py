"""The settings of examples/dcgan.py: its command line, and what each of the two recipes sets."""

import argparse

import common
from images import is_digits

from tinygrad_cv.models.dcgan import widths

# What differs between the two recipes
RECIPES = {
    "default": dict(lr=1e-3, lr_d=2e-3, decay=True, beta1=0.0, noise_d=0.2, average=0.995,
                    spectral=True, spread=True),
    "course": dict(features=64, decay=False, beta1=0.5, noise_d=0.0,
                   average=0.0, spectral=False, spread=False),
}
# And between kinds of images: coloured ones, drawn or from a folder, and grey digits. (Why larger
# batches of sprites: docs/dcgan.md.)
KINDS = {
    "sprites": dict(epochs=22, batch_size=32, features=24, samples=64),
    "folder": dict(epochs=5, batch_size=16, features=24, samples=64),
    "digits": dict(epochs=1, batch_size=16, features=24, samples=32, average=0.99),
}
COURSE = {
    "digits": dict(epochs=5, batch_size=128, lr=2e-4, lr_d=2e-4),  # as the course's page on MNIST
    "colour": dict(epochs=20, batch_size=256, lr=5e-3, lr_d=5e-3),  # and that on Pokemon
}


def preset(args):
    """The settings that the command line leaves open."""
    kind = "digits" if is_digits(args.data) else "sprites" if args.data == "sprites" else "folder"
    grey = dict(channels=1 if kind == "digits" else 3)
    if args.recipe == "course":
        course = COURSE["digits" if kind == "digits" else "colour"]
        return {**grey, "samples": 64, **RECIPES["course"], **course}
    return {**grey, **RECIPES["default"], **KINDS[kind]}


def parse(doc):
    """The arguments of the command line; `doc` is the text of --help."""
    parser = common.arguments(doc, out="runs/dcgan")
    add, switch = parser.add_argument, argparse.BooleanOptionalAction
    add("--recipe", choices=list(RECIPES), default="default", help="see below")
    add("--lr-d", type=float, help="D's learning rate")
    add("--decay", action=switch, help="let both rates sink in the second half")
    add("--beta1", type=float, help="Adam's memory of the gradient, in both networks")
    add("--noise-d", type=float, help="deviation of the noise on what D sees")
    add("--average", type=float, help="decay of the average of G's weights; 0: none")
    add("--spectral", action=switch, help="spectral norm in D instead of batch norm")
    add("--spread", action=switch, help="show D how much a batch varies")
    add("--data", default="sprites", help="sprites, digits, pokemon, mnist, or a folder or zip")
    add("--count", type=int, default=2048, help="how many sprites or digits to draw")
    add("--features", type=int, help="width of the networks; 64 in the paper")
    add("--image-size", type=int, default=64, help="a power of two from 8 on")
    add("--samples", type=int, help="images in the picture of an epoch")
    add("--preview", action="store_true", help="show each epoch's picture in terminal or notebook")
    plain = argparse.Namespace(recipe="default", data="sprites")
    args = common.parse(parser, preset, preset(plain))
    with common.told_in_a_line("--image-size"):
        widths(args.image_size)
    if not args.beta1 < 1:
        raise SystemExit(f"--beta1 {args.beta1}: must be less than 1")
    if not is_digits(args.data):
        common.check_apart(args.data, args.out)
    return args
