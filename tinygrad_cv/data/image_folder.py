"""ImageFolder: the images of a folder or of a .zip, checked before training starts.

With class subfolders (root/cat/1.png, root/dog/2.png) the names of the subfolders are the classes; without,
there is one class, named after the root. A zip is read where it lies: nothing is unpacked, so no name in it
can lead to a place outside of it; and as zips usually wrap everything in one folder, that one is not taken
for a class.
"""
import io
import os
import warnings
import zipfile

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from .dataset import Dataset, position
from .transforms import split_fixed

EXTENSIONS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".ppm", ".pgm", ".tif", ".tiff")
MAX_BYTES = 2**28        # a larger file is no image to train on; in a zip it may be a bomb


class ImageFolder(Dataset):
    """Items are (image, class index), ordered by the names of the classes, then of the files.

    `samples` lists (path, class index), `targets` the indices, `classes` the names of the classes and
    `class_to_idx` their indices. `transform` gets a Pillow image; without one, the item is that image.
    Whatever their kind, images arrive in RGB: turned as their EXIF data says, transparency on white.

    Every file is decoded once here: corrupt ones raise one ValueError that names them, or with
    skip_corrupt=True are left out, with a warning, and listed in `skipped` with the reason. `cache=True`
    keeps in memory what the fixed transforms at the beginning (Resize, CenterCrop) return: 12 KiB an image at
    64 x 64. FileNotFoundError where there are no images, or none for a class.

        ImageFolder("pokemon.zip", Compose([Resize((64, 64)), ToTensor(), Normalize(0.5, 0.5)]), cache=True)
    """

    def __init__(self, root, transform=None, target_transform=None, *, skip_corrupt=False, cache=False):
        self.root, self.cache = os.fspath(root), cache
        self.transform, self.target_transform = transform, target_transform
        self.files = open_files(self.root)
        images = [name for name in self.files.names if name.lower().endswith(EXTENSIONS)]
        if not images:
            raise FileNotFoundError(f"ImageFolder({self.root}): no images found; their names must end in "
                                    f"{', '.join(EXTENSIONS)}")
        if len(images) < len(self.files.names):
            others = sorted(set(self.files.names) - set(images))
            warnings.warn(f"ImageFolder({self.root}): no images by their names, left out: {listed(others)}")
        class_of = classes_of(self.files, images)
        self.skipped = self.check(images, skip_corrupt)
        self.classes = sorted(set(class_of.values()))
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        self.names = sorted((name for name in images if name not in self.skipped),
                            key=lambda name: (class_of[name], os.path.split(name)))
        self.targets = [self.class_to_idx[class_of[name]] for name in self.names]
        self.samples = list(zip((os.path.join(self.root, name) for name in self.names), self.targets))

    def check(self, names, skip_corrupt):
        """{name: what is wrong with it} for the corrupt files among `names`."""
        bar = tqdm(names, desc="checking images", unit="image", delay=2, leave=False)
        faults = {name: reason for name in bar if (reason := fault(self.files, name))}
        if faults:
            found = listed([f"{name} ({reason})" for name, reason in faults.items()])
            if not skip_corrupt or len(faults) == len(names):
                raise ValueError(f"ImageFolder({self.root}): {len(faults)} of {len(names)} images corrupt; "
                                 f"remove them, or leave them out by skip_corrupt=True: {found}")
            warnings.warn(f"ImageFolder({self.root}): skipped {len(faults)} corrupt images: {found}")
        return faults

    @property
    def transform(self):
        return self._transform

    @transform.setter
    def transform(self, transform):
        self._transform, self.cached = transform, {}
        self.head, self.tail = split_fixed(transform)

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        index = position(index, len(self), "ImageFolder")
        if not self.cache:
            image = self.head(self.decoded(index))
        else:
            if index not in self.cached:
                self.cached[index] = np.asarray(self.head(self.decoded(index)))
            image = Image.fromarray(self.cached[index])
        target = self.targets[index]
        return self.tail(image), self.target_transform(target) if self.target_transform else target

    def decoded(self, index):
        name = self.names[index]
        try:
            return to_rgb(Image.open(io.BytesIO(self.files.read(name))))
        except Exception as error:
            raise ValueError(f"ImageFolder({self.root}): cannot read {name}: {error}") from error


def to_rgb(image):
    """Any Pillow image in mode RGB: upright, transparent places white, deep greys scaled to 8 bits."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):                             # 16 bits of grey: convert() would clip at 255
        image = Image.fromarray((np.asarray(image) / 257).clip(0, 255).round().astype(np.uint8))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def fault(files, name):
    """What is wrong with an image file, in words, or None. Decodes it, JPEGs at 1/8 of their size."""
    try:
        data = files.read(name)
        if not data:
            return "the file is empty"
        Image.open(io.BytesIO(data)).verify()                  # PNG: checksums of all parts, and its end
        image = Image.open(io.BytesIO(data))
        if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
            return f"{image.width} x {image.height} pixels: too large, perhaps a decompression bomb"
        image.draft("RGB", (1, 1))
        to_rgb(image)
    except UnidentifiedImageError:
        return "not an image"
    except Exception as error:                                 # Pillow's decoders raise whatever they like
        return str(error) or type(error).__name__


def classes_of(files, images):
    """{name: class} by the first folder of each name."""
    folders = {name: name.split("/")[:-1] for name in images}
    while files.wrapped and all(path[:1] == folders[images[0]][:1] and path[1:] for path in folders.values()):
        folders = {name: path[1:] for name, path in folders.items()}
    loose = [name for name, path in folders.items() if not path]
    if len(loose) == len(images):
        only = os.path.splitext(os.path.basename(os.path.abspath(files.root)))[0]
        return dict.fromkeys(images, only)
    if loose:
        raise ValueError(f"ImageFolder({files.root}): images lie beside the class folders: {listed(loose)}; "
                         "move them into a class folder, or all into one folder")
    classes = {name: path[0] for name, path in folders.items()}
    empty = sorted(files.folders - set(classes.values()))
    if empty:
        raise FileNotFoundError(f"ImageFolder({files.root}): no images for the classes {listed(empty)}")
    return classes


def listed(names, most=10):
    """The first names in one line, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def visible(name):
    return not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def open_files(root):
    """The files under a folder or in a zip."""
    if os.path.isdir(root):
        return FolderFiles(root)
    if not os.path.exists(root):
        raise FileNotFoundError(f"ImageFolder: {root} does not exist")
    if not zipfile.is_zipfile(root):
        raise ValueError(f"ImageFolder: {root} is neither a folder nor a whole .zip file; was it cut off "
                         "on its way here?")
    return ZipFiles(root)


class FolderFiles:
    """Names (relative, with "/") and contents of the files below a folder."""

    wrapped = False

    def __init__(self, root):
        self.root = root
        self.folders = {entry.name for entry in os.scandir(root) if entry.is_dir() and visible(entry.name)}
        paths = (os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                 for folder, _, names in os.walk(root, followlinks=True) for name in names)
        self.names = [path for path in paths if visible(path)]

    def read(self, name):
        path = os.path.join(self.root, name)
        if os.path.getsize(path) > MAX_BYTES:
            raise ValueError("the file is too large for an image")
        with open(path, "rb") as file:
            return file.read()


class ZipFiles:
    """The same for a zip. ValueError for names that lead out of it: only an attacker writes them."""

    wrapped = True
    folders = frozenset()

    def __init__(self, root):
        self.root = root
        self.zip = zipfile.ZipFile(root)
        self.names = []
        for name in dict.fromkeys(self.zip.namelist()):
            plain = name.replace("\\", "/")
            if plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/"):
                raise ValueError(f"ImageFolder({root}): the name {name!r} leads out of the zip; do "
                                 "not trust it")
            if not name.endswith("/") and visible(name):
                self.names.append(name)

    def read(self, name):
        if self.zip.getinfo(name).file_size > MAX_BYTES:
            raise ValueError("the file is too large for an image")
        return self.zip.read(name)
