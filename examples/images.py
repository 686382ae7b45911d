"""The images that the examples learn from: what `--data` names."""

import os

import common
import numpy as np
from digits import Digits
from PIL import Image
from sprites import Sprites

from tinygrad_cv.data import MNIST, Dataset, ImageFolder, download, mnist, transforms
from tinygrad_cv.data.download import cache_folder

POKEMON = ("http://d2l-data.s3-accelerate.amazonaws.com/pokemon.zip",
           "https://d2l-data.s3.amazonaws.com/pokemon.zip")


class Resized(Dataset):
    """The images of a dataset, resized once and kept: 12 KiB each at 64x64 in colour."""

    def __init__(self, dataset, size, transform):
        self.dataset, self.transform, self.kept = dataset, transform, {}
        dataset.transform = transforms.Resize((size, size))

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        if index not in self.kept:
            image, target = self.dataset[index]
            self.kept[index] = np.asarray(image), target
        pixels, target = self.kept[index]
        return self.transform(Image.fromarray(pixels)), target


def is_digits(name):
    """Does `--data` name grey digits: mnist, digits, or a folder with MNIST's files?"""
    return name in ("mnist", "digits") or bool(mnist.find(name, "train-images-idx3-ubyte"))


def image_data(name, size, count):
    """The data that `--data` names, as images (C, size, size) in [-1, 1].

    `count` says how many sprites or digits are drawn.
    """
    to_tensor = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    if name == "sprites":
        with common.told_in_a_line("--image-size"):
            return Sprites(count, size, seed=0, transform=to_tensor)
    if name == "digits":
        return Resized(Digits(count, seed=0), size, to_tensor)
    if name not in ("mnist", "pokemon") and not os.path.exists(name):
        raise SystemExit(
            f"--data {name}: no such folder or zip; give one, or sprites, pokemon, digits or mnist"
        )
    if is_digits(name):
        return Resized(mnist_of(name), size, to_tensor)
    with common.told_in_a_line(f"--data {name}"), common.warnings_as_lines():
        data = ImageFolder(pokemon() if name == "pokemon" else name, skip_corrupt=True)
    return Resized(data, size, to_tensor)


def pokemon():
    """The path of the course's pokemon.zip (40,597 sprites), downloaded if it is not there."""
    path = os.path.join(cache_folder(), "pokemon.zip")
    return download(POKEMON, path, "c065c0e2593b8b161a2d7873e42418bf6a21106c")


def mnist_of(name, train=True):
    """MNIST, from the folder `name`, or downloaded if that is mnist."""
    with common.told_in_a_line(f"--data {name}"):
        if name == "mnist":
            return MNIST(train=train, download=True)
        for file in mnist.FILES:
            if file.startswith("train" if train else "t10k") and not mnist.find(name, file):
                raise ValueError(
                    f"there is no {file} or {file}.gz; --data mnist downloads MNIST's files"
                )
        return MNIST(name, train)


def digit_tensors(name, train=True, count=None):
    """The first `count` digits: images (N, 1, 28, 28) in [-1, 1], labels (N,).

    `name` is mnist (downloaded), digits (drawn: 20,000 to train on, 4,000 to test), or a folder
    with MNIST's files.
    """
    if name == "digits":
        most, seed = (20_000, 0) if train else (4_000, 1)
        data = Digits(min(count or most, most), seed)
    elif name == "mnist" or os.path.isdir(name):
        data = mnist_of(name, train)
    else:
        raise SystemExit(
            f"--data {name}: no such folder; give one with MNIST's files, or digits or mnist"
        )
    return data.data[:count].unsqueeze(1).float() / 127.5 - 1, data.targets[:count]
