"""MNIST: the IDX format read as it is written, and every damaged file refused by name."""
import gzip
import os
import struct

import numpy as np
import pytest
from PIL import Image

import tinygrad_cv as tg
from tinygrad_cv import data

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
PIXELS = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
DIGITS = np.array([3, 0, 9, 1, 9], np.uint8)


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


WHOLE = {IMAGES: idx(PIXELS), LABELS: idx(DIGITS)}


@pytest.mark.parametrize("folder", ["", "MNIST/raw", "raw", "MNIST", "{name}", "{folder}"])
@pytest.mark.parametrize("pack, ending", [(bytes, ""), (gzip.compress, ".gz"), (bytes, ".gz")])
@pytest.mark.parametrize("dot", ["-idx", ".idx"])
def test_the_files_are_found_gzipped_or_not(tmp_path, folder, pack, ending, dot):
    for unpacked, content in WHOLE.items():
        name = unpacked.replace("-idx", dot)
        write(tmp_path / folder.format(name=name, folder=unpacked), {name + ending: pack(content)})
    digits = data.MNIST(tmp_path)
    assert len(digits) == 5
    assert digits.data.dtype == tg.uint8 and np.array_equal(digits.data.numpy(), PIXELS)
    assert digits.targets.dtype == tg.int64 and digits.targets.tolist() == DIGITS.tolist()


def test_items_are_pictures_and_integers(tmp_path):
    digits = data.MNIST(write(tmp_path, WHOLE))
    image, target = digits[-1]
    assert isinstance(image, Image.Image) and image.mode == "L"
    assert np.array_equal(np.asarray(image), PIXELS[-1])
    assert type(target) is int and target == 9
    both = data.MNIST(tmp_path, transform=data.transforms.ToTensor())
    assert both[0][0].shape == (1, 28, 28) and both[0][1] == 3
    assert data.MNIST(tmp_path, target_transform=lambda digit: digit % 2)[0][1] == 1
    with pytest.raises(IndexError):
        digits[5]


def test_the_test_set_has_files_of_its_own(tmp_path):
    write(tmp_path, WHOLE)
    with pytest.raises(FileNotFoundError, match="no t10k-images-idx3-ubyte.*download=True"):
        data.MNIST(tmp_path, train=False)
    write(tmp_path, {name.replace("train", "t10k"): content for name, content in WHOLE.items()})
    write(tmp_path, {"t10k-labels-idx1-ubyte": idx(DIGITS[::-1])})
    assert data.MNIST(tmp_path, train=False).targets.tolist() == [9, 1, 9, 0, 3]


@pytest.mark.parametrize("name, content, reason", [
    (IMAGES, idx(PIXELS)[:-1], r"array of size 3919 into shape \(5,28,28\)"),
    (IMAGES, b"", "it is empty"),
    (IMAGES, b"<html>404</html>", "it is a web page"),
    (IMAGES, idx(DIGITS), "00 00 08 01, not 00 00 08 03; .*: were two files swapped"),
    (IMAGES, idx(PIXELS[:, :14]), r"expected images \(N, 28, 28\), got shape \(5, 14, 28\)"),
    (IMAGES, idx(PIXELS[:4]), "4 images in .*, but 5 labels"),
    (LABELS, idx(DIGITS + 1), "labels must be 0 to 9, got 10"),
    (IMAGES, struct.pack(">BBBB3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1),
     "not a complete IDX file"),
    (IMAGES, gzip.compress(idx(PIXELS))[:-9], "Compressed file ended"),
    (IMAGES, gzip.compress(idx(PIXELS))[:-8] + bytes(8), "CRC"),
    (IMAGES, gzip.compress(idx(PIXELS), mtime=0)[:40] + bytes(50), "not a complete IDX file"),
])
def test_damaged_files_are_refused_by_name(tmp_path, name, content, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        data.MNIST(write(tmp_path, WHOLE | {name: content}))
    assert os.path.join(tmp_path, name) in str(caught.value)


def test_no_images_at_all_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"got shape \(0, 28, 28\)"):
        data.MNIST(write(tmp_path, {IMAGES: idx(PIXELS[:0]), LABELS: idx(DIGITS[:0])}))
