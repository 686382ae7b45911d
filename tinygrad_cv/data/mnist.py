"""MNIST: 70,000 handwritten digits of 28 x 28 grey pixels, 60,000 to train on and 10,000 to test.

The four files are in the IDX format, which is as plain as a format can be (all numbers big-endian):

    byte 0, 1    0, 0
    byte 2       the type of the values: 8 is an unsigned byte (9 int8, 11 int16, 12 int32, 13 and 14 floats)
    byte 3       the number of dimensions: 3 for images (N, 28, 28), 1 for labels (N,)
    then         the size of each dimension, 4 bytes each
    then         the values, the last dimension fastest, and nothing after them

A file is read as it lies, gzipped (its first bytes are 1f 8b) or unpacked, and all of this is checked: a file
cut off, or labels in the place of images, would otherwise train a network on nonsense.
"""
import gzip
import math
import os
import zlib

import numpy as np
from PIL import Image

from ..creation import from_numpy
from .dataset import Dataset, position
from .download import cache_folder, download

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/",
           "https://storage.googleapis.com/cvdf-datasets/mnist/",
           "http://yann.lecun.com/exdb/mnist/")
FILES = {                                                      # name: MD5 of the gzipped file on the mirrors
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MOST_BYTES = 2**30                                             # unpacked; the real files have 47 million


class MNIST(Dataset):
    """Items are (image, digit): a Pillow image "L" of 28 x 28, white on black, and an integer, 0 to 9.

    `train` chooses the 60,000 or the 10,000. The files, gzipped or not, lie in `root` (default: the cache
    folder), `root/MNIST/raw` or `root/raw`; `download=True` fetches those that are missing into
    `root/MNIST/raw` and compares their MD5. `data` is a uint8 tensor (N, 28, 28), `targets` an int64 tensor
    (N,). RuntimeError where a file is missing, ValueError naming a damaged one.

    To train, take the tensors: whole batches then cost next to nothing.

        digits = MNIST(download=True)
        images = digits.data.unsqueeze(1).float() / 127.5 - 1              # (N, 1, 28, 28) in [-1, 1]
        loader = DataLoader(TensorDataset(images, digits.targets), batch_size=128, shuffle=True)
    """

    classes = [f"{digit} - {word}" for digit, word in enumerate(DIGITS)]
    class_to_idx = {name: index for index, name in enumerate(classes)}

    def __init__(self, root=None, train=True, transform=None, target_transform=None, download=False):
        self.root, self.train = os.fspath(root or cache_folder()), train
        self.transform, self.target_transform = transform, target_transform
        if download:
            fetch_missing(self.root)
        part = "train" if train else "t10k"
        images = found(self.root, f"{part}-images-idx3-ubyte")
        labels = found(self.root, f"{part}-labels-idx1-ubyte")
        self.data, self.targets = read_pair(images, labels)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        index = position(index, len(self), type(self).__name__)
        image, target = Image.fromarray(self.data[index].numpy()), int(self.targets[index])
        image = self.transform(image) if self.transform else image
        return image, self.target_transform(target) if self.target_transform else target


def places(root, name):
    """Where the file called `name` may lie."""
    return [os.path.join(root, folder, name + ending)
            for folder in ("", os.path.join("MNIST", "raw"), "raw") for ending in ("", ".gz")]


def found(root, name):
    for path in places(root, name):
        if os.path.isfile(path):
            return path
    raise RuntimeError(f"MNIST: no file {name} or {name}.gz in {root}, {root}/MNIST/raw or {root}/raw; "
                       "download=True fetches the files")


def fetch_missing(root):
    """Files that are there already stay: packed anew, they are as good, but have another MD5."""
    for name, md5 in FILES.items():
        if not any(os.path.isfile(path) for path in places(root, name)):
            path = os.path.join(root, "MNIST", "raw", name + ".gz")
            download([f"{mirror}{name}.gz" for mirror in MIRRORS], path, md5=md5)


def read_pair(images, labels):
    """Images and labels of two files as tensors, or ValueError."""
    data, targets = read_idx(images, 3), read_idx(labels, 1)
    if data.shape[1:] != (28, 28):
        raise ValueError(f"MNIST: {images}: its images are {data.shape[1]} x {data.shape[2]}, not 28 x 28")
    if len(data) != len(targets):
        raise ValueError(f"MNIST: {len(data)} images in {images}, but {len(targets)} labels in {labels}")
    if len(data) == 0:
        raise ValueError(f"MNIST: {images}: there are no images in it")
    if targets.max() > 9:
        raise ValueError(f"MNIST: {labels}: labels must be 0 to 9, got {targets.max()}")
    return from_numpy(data), from_numpy(targets.astype(np.int64))


def read_idx(path, dims):
    """The bytes of an IDX file, gzipped or not, as an array of `dims` dimensions, or ValueError."""
    with open(path, "rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if gzipped else open)(path, "rb") as file:
            magic = file.read(4)
            if len(magic) < 4 or magic[:2] != b"\0\0":
                raise ValueError(f"its first bytes are {magic.hex(' ') or 'missing'}, not an IDX file's")
            if magic[2] != 8:
                raise ValueError(f"its values are of type {magic[2]}, not 8, unsigned bytes")
            if magic[3] != dims:
                kinds = {1: "labels have", 3: "images have"}
                raise ValueError(f"it has {magic[3]} dimensions, as {kinds.get(magic[3], 'other data has')}, "
                                 f"not {dims}, as {kinds[dims]}; were two files swapped?")
            sizes = file.read(4 * dims)
            if len(sizes) < 4 * dims:
                raise ValueError("it is cut off before its first value")
            shape = tuple(int.from_bytes(sizes[4 * k:4 * k + 4], "big") for k in range(dims))
            size = math.prod(shape)
            if size > MOST_BYTES:
                raise ValueError(f"it declares {size} bytes of shape {shape}, too many for digits")
            values = file.read(size + 1)                       # one more: is there something after the end?
            if len(values) != size:
                ends = "has more bytes than" if len(values) > size else f"is cut off: {len(values)} bytes of"
                raise ValueError(f"it {ends} the {size} of its shape {shape}")
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise ValueError(f"MNIST: {path} is no whole IDX file: {error}") from error
    return np.frombuffer(bytearray(values), np.uint8).reshape(shape)       # bytes could not be written into
