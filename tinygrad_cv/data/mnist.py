"""MNIST: handwritten digits of 28 x 28 grey pixels, 60,000 for training and 10,000 for tests.

The four files are in the IDX format, which is very simple (all numbers are big-endian):

    byte 0, 1    0, 0
    byte 2       the type of the values: 8 is an unsigned byte
    byte 3       the number of dimensions: 3 for images (N, 28, 28), 1 for labels (N,)
    then         the size of each dimension, 4 bytes each
    then         the values, the last dimension fastest, and nothing after them

A file may be gzipped or not. All of the above is checked: a file that is cut off, or labels where
images should be, would train a network on nonsense.
"""

import gzip
import os
import zlib

import numpy as np
from PIL import Image

from ..creation import from_numpy
from ..serialization.files import stranger
from .dataset import Dataset
from .download import cache_folder, download

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/",
           "https://storage.googleapis.com/cvdf-datasets/mnist/",
           "http://yann.lecun.com/exdb/mnist/")
FILES = {  # name: MD5 of the gzipped file on the mirrors
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
RAW = os.path.join("MNIST", "raw")  # where torchvision keeps the files, and so do downloads
MOST_BYTES = 2**27  # unpacked; the real files have 47 million


class MNIST(Dataset):
    """Items are (image, digit): a Pillow image "L" of 28 x 28, white on black, and an int, 0 to 9.

    `train` selects the 60,000 or the 10,000. The files are looked for in `root` (default: the
    cache folder), `root/MNIST/raw` and the like: see `find`. `download=True` fetches missing files
    into `root/MNIST/raw` and checks their MD5. FileNotFoundError if a file is missing, ValueError
    if one is damaged.

    `transform` and `target_transform` are called with the image and the digit of an item.
    `data` is a uint8 tensor (N, 28, 28), `targets` an int64 tensor (N,). Train on these tensors:
    making batches of them costs almost nothing.

        digits = MNIST(download=True)
        images = digits.data.unsqueeze(1).float() / 127.5 - 1        # (N, 1, 28, 28) in [-1, 1]
        loader = DataLoader(TensorDataset(images, digits.targets), batch_size=128, shuffle=True)
    """

    def __init__(
        self, root=None, train=True, transform=None, target_transform=None, download=False
    ):
        self.root = os.path.expanduser(root or cache_folder())
        self.transform, self.target_transform = transform, target_transform
        if download:
            download_missing(self.root)
        names = list(FILES)[:2] if train else list(FILES)[2:]
        paths = [find(self.root, name) for name in names]
        if None in paths:
            raise FileNotFoundError(
                f"MNIST: no {names[paths.index(None)]} or .gz in {self.root}, or in MNIST/raw "
                "there; download=True fetches the files"
            )
        self.data, self.targets = read_pair(*paths)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, target = Image.fromarray(self.data[index].numpy()), int(self.targets[index])
        image = self.transform(image) if self.transform else image
        return image, self.target_transform(target) if self.target_transform else target


def find(root, name):
    """The path of a file below `root`, or None.

    It may be gzipped, called train-images.idx3-ubyte, as some programs unpack it, and lie in
    torchvision's folders or in one of its own name.
    """
    names = name, name.replace("-idx", ".idx")
    for called in names:
        for folder in ("", RAW, "raw", "MNIST", *names):
            for end in ("", ".gz"):
                path = os.path.join(root, folder, called + end)
                if os.path.isfile(path):
                    return path
    return None


def download_missing(root):
    """Fetch the missing files. Those that are there stay, even if compressed differently."""
    for name, md5 in FILES.items():
        if not find(root, name):
            path = os.path.join(root, RAW, f"{name}.gz")
            download([f"{mirror}{name}.gz" for mirror in MIRRORS], path, md5)


def read_pair(images, labels):
    """Images and labels of two files as tensors; ValueError unless they belong together."""
    data, targets = read_idx(images, 3), read_idx(labels, 1)
    if data.shape[1:] != (28, 28) or len(data) == 0:
        raise ValueError(f"MNIST: {images}: expected images (N, 28, 28), got shape {data.shape}")
    if len(data) != len(targets):
        raise ValueError(f"MNIST: {len(data)} images in {images}, but {len(targets)} labels")
    if targets.max() > 9:
        raise ValueError(f"MNIST: {labels}: labels must be 0 to 9, got {targets.max()}")
    return from_numpy(data), from_numpy(targets.astype(np.int64))


def read_idx(path, dims):
    """The bytes of an IDX file, gzipped or not, as an array of `dims` dimensions, or ValueError."""
    with open(path, "rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if gzipped else open)(path, "rb") as file:
            content, wanted = file.read(MOST_BYTES), bytes([0, 0, 8, dims])
        if content[:4] != wanted:
            raise ValueError(
                stranger(content)
                or f"its first bytes are {content[:4].hex(' ')}, not {wanted.hex(' ')}; "
                "images have 00 00 08 03 and labels 00 00 08 01: were two files swapped?"
            )
        shape = np.frombuffer(content, ">u4", dims, offset=4).tolist()
        # reshape refuses a file that is too short or too long; bytes would be read-only
        return np.frombuffer(bytearray(content), np.uint8, offset=4 + 4 * dims).reshape(shape)
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise ValueError(f"MNIST: {path} is not a complete IDX file: {error}") from error
