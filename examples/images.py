"""The images that the DCGAN learns from: what `--data` names."""

import glob
import os

import common

from tinygrad_cv.data import MNIST, Digits, ImageFolder, Sprites, pokemon, transforms


def is_digits(name):
    """Does `--data` name grey digits: mnist, digits, or a folder with MNIST's files?"""
    return name in ("mnist", "digits") or bool(glob.glob(os.path.join(glob.escape(name), "train-images*")))


def image_data(name, size, count):
    """The data that `--data` names, as images (C, size, size) in [-1, 1]; `count` of them if they are drawn."""
    square, to_tensor = transforms.Resize((size, size)), [transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
    resized = transforms.Compose([square, *to_tensor])
    if name == "sprites":
        return Sprites(count, size, seed=0, transform=transforms.Compose(to_tensor))
    if name == "digits":
        return Digits(count, seed=0, transform=resized)
    if name not in ("mnist", "pokemon") and not os.path.exists(name):
        raise SystemExit(f"--data {name}: no such folder or zip; give one, or sprites, pokemon, digits or mnist")
    with common.told_in_a_line(f"--data {name}"):
        if is_digits(name):
            return MNIST(None if name == "mnist" else name, transform=resized, download=name == "mnist")
        return ImageFolder(pokemon() if name == "pokemon" else name, resized, cache=True, skip_corrupt=True)


def digit_tensors(name, train=True, count=None):
    """The first `count` of MNIST's digits, or the library's own: images (N, 1, 28, 28) in [-1, 1], labels (N,).

    `name` is mnist (downloaded), digits (drawn: 20,000 to train on, 4,000 to test) or a folder with MNIST's files.
    """
    if name == "digits":
        data = Digits(min(count or 20_000, 20_000), seed=0) if train else Digits(min(count or 4_000, 4_000), seed=1)
    elif name == "mnist" or os.path.isdir(name):
        with common.told_in_a_line(f"--data {name}"):
            data = MNIST(None if name == "mnist" else name, train, download=name == "mnist")
    else:
        raise SystemExit(f"--data {name}: no such folder; give one with MNIST's files, or digits or mnist")
    return data.data[:count].unsqueeze(1).float() / 127.5 - 1, data.targets[:count]
