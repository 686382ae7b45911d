"""ImageFolder: the images of a folder or of a .zip file, checked before training starts.

With one subfolder per class (root/cat/1.png, root/dog/2.png) the names of the subfolders are the
classes. Without subfolders there is a single class, named after the root. A zip is read where it
is: nothing is unpacked to the disk, so no name in it can lead to a place outside.

Files may come from strangers. A "bomb" is a small file that becomes enormous when it is unpacked.
So nothing is unpacked beyond `MAX_BYTES`, whatever a zip declares, and no image is decoded that has
more pixels than Pillow's `Image.MAX_IMAGE_PIXELS`. Only the formats below are tried: Pillow knows
others, and some of them start programs (EPS).
"""

import io
import os
import posixpath
import warnings
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .dataset import Dataset
from .progress import progress

EXTENSIONS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".bmp": "BMP",
              ".webp": "WEBP", ".ppm": "PPM", ".pgm": "PPM", ".tif": "TIFF", ".tiff": "TIFF"}
MAX_BYTES = 2**28  # a larger file is not an image to train on; in a zip it may be a bomb


class CorruptImages(ValueError):
    """Some images can't be read. `faults` is {name: reason}."""

    def __init__(self, message, faults):
        super().__init__(message)
        self.faults = faults


class ImageFolder(Dataset):
    """Items are (image, class index), ordered by the name of the class, then of the file.

    `samples`, also called `imgs`, lists (path, class index), `targets` the indices, `classes` the
    names of the classes, and `class_to_idx` their indices. `transform` receives a Pillow image;
    without one, the item is that image. `target_transform` receives the class index. All images
    arrive in RGB: turned upright as their EXIF data says, transparency on white.

    Every file is decoded once here, and `checksums` is {name: CRC-32 of the file}. Corrupt ones
    raise `CorruptImages`, which names them all; with skip_corrupt=True they are left out, with a
    warning, and listed in `skipped`.
    FileNotFoundError if there are no images, or none for a class.

        ImageFolder("pokemon.zip", Compose([Resize((64, 64)), ToTensor()]), skip_corrupt=True)
    """

    def __init__(self, root, transform=None, target_transform=None, *, skip_corrupt=False):
        self.root = os.path.expanduser(root)
        self.transform, self.target_transform = transform, target_transform
        self.files = (FolderFiles if os.path.isdir(self.root) else ZipFiles)(self.root)
        images = sorted(filter(is_image, self.files.names))
        if not images:
            raise FileNotFoundError(
                f"ImageFolder({self.root}): no images found, with names in {' '.join(EXTENSIONS)}"
            )
        if others := sorted(set(self.files.names) - set(images)):
            warnings.warn(f"ImageFolder({self.root}): not images, left out: {listed(others)}")
        class_of, self.checksums = classes_of(self.files, images), {}
        self.skipped = self.check(images, skip_corrupt)
        self.classes = sorted(set(class_of.values()))
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        self.names = sorted(
            (name for name in images if name not in self.skipped),
            key=lambda name: (class_of[name], os.path.split(name)),
        )
        self.targets = [self.class_to_idx[class_of[name]] for name in self.names]
        paths = [os.path.join(self.root, name) for name in self.names]
        self.samples = self.imgs = list(zip(paths, self.targets))

    def check(self, names, skip_corrupt):
        """{name: what is wrong with it} for the corrupt files among `names`."""
        faults = {}
        for name in progress(names, desc="checking images", unit="image", delay=2, leave=False):
            try:
                content = self.files.read(name)
                check_image(content)
                self.checksums[name] = zlib.crc32(content)
            except UnidentifiedImageError:
                faults[name] = "not an image"
            except Exception as error:  # Pillow's decoders raise errors of any class
                faults[name] = str(error) or type(error).__name__
        if faults:
            what = listed([f"{name} ({reason})" for name, reason in faults.items()])
            if not skip_corrupt or len(faults) == len(names):
                cure = "" if skip_corrupt else " (or use skip_corrupt=True)"
                raise CorruptImages(
                    f"ImageFolder({self.root}): {len(faults)} of {len(names)} images are corrupt; "
                    f"remove them{cure}: {what}", faults
                )
            warnings.warn(f"ImageFolder({self.root}): skipped {len(faults)} corrupt images: {what}")
        return faults

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name, target = self.names[index], self.targets[index]
        try:
            image = to_rgb(opened(self.files.read(name)))
        except Exception as error:
            raise OSError(f"ImageFolder({self.root}): can't read {name}: {error}") from error
        image = self.transform(image) if self.transform else image
        return image, self.target_transform(target) if self.target_transform else target


# Images


def is_image(name):
    """Does the name of a file end as that of an image?"""
    return os.path.splitext(name)[1].lower() in EXTENSIONS


def opened(content):
    """The bytes of an image file as a Pillow image, not decoded yet."""
    return Image.open(io.BytesIO(content), formats=sorted(set(EXTENSIONS.values())))


def to_rgb(image):
    """Any Pillow image in mode RGB: upright, transparency on white, 16-bit grey scaled to 8."""
    deep = image.mode == "F" or image.mode == "I" and image.format not in ("PNG", "PPM")
    if deep:  # of unknown range: 0 to 1, to 255, to 65535, ...
        raise ValueError("grey values of 32 bits; convert the image to 8 or 16 bits")
    if image.format == "TIFF":
        tags = image.tag_v2  # 258: bits, 339: kind of number, 262: what zero means
        if 12 in tags.get(258, ()) or 2 in tags.get(339, ()) or (
            image.mode.startswith("I") and tags.get(262) == 0
        ):
            raise ValueError("values of 12 bits, signed, or of 16 bits with 0 for white; convert "
                             "the image to 8 bits")
    # Pillow scales PNG's other depths to 8 bits, but not the grey or colour that is transparent
    scale = {"L;2": 85, "L;4": 17, "RGB;16B": 1 / 256}.get(image.tile[0][3]) if image.tile else 0
    if scale and "transparency" in image.info:
        key = np.multiply(image.info["transparency"], scale).astype(int).tolist()
        image.info["transparency"] = key if image.mode == "L" else tuple(key)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits, which convert() would clip at 255
        grey = np.asarray(image)
        small = (grey / 257).round().astype(np.uint8)
        small[grey == image.info.get("transparency", -1)] = 255
        image = Image.fromarray(small)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def check_image(content):
    """Raise an error if the bytes of an image can't be decoded (a JPEG at 1/8 of its size)."""
    if not content:
        raise ValueError("the file is empty")
    if len(content) > MAX_BYTES:
        raise ValueError("the file is too large for an image")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = opened(content)
    image.verify()  # PNG: the checksums of all parts, and the end
    image = opened(content)
    image.draft("RGB", (1, 1))
    to_rgb(image)


# Names and classes


def classes_of(files, images):
    """{name: class}: the first folder in each name, after those around all of a zip."""
    around = 0
    if files.may_be_wrapped:
        around = len(os.path.commonprefix([name.split("/")[:-2] for name in images]))
    folders = {name: name.split("/")[around:-1] for name in images}
    loose = [name for name, path in folders.items() if not path]
    if len(loose) == len(images):
        root = os.path.basename(os.path.abspath(files.root))
        return dict.fromkeys(images, os.path.splitext(root)[0])
    if loose:
        raise ValueError(
            f"ImageFolder({files.root}): images beside the class folders: {listed(loose)}; move "
            "them into a class folder, or all images into one folder"
        )
    classes = {name: path[0] for name, path in folders.items()}
    if empty := sorted(files.folders - set(classes.values())):
        raise FileNotFoundError(f"ImageFolder({files.root}): no images for classes {listed(empty)}")
    return classes


def listed(names, most=10):
    """The first names in one line, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def visible(name):
    return not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


# Files: relative `names` with "/"; `read(name)`, at most MAX_BYTES + 1; `folders` of classes


class FolderFiles:
    """The files below a folder."""

    may_be_wrapped = False

    def __init__(self, root):
        self.root = root
        self.folders = {x.name for x in os.scandir(root) if x.is_dir() and visible(x.name)}
        names = (os.path.relpath(path, root).replace(os.sep, "/") for path in walk(root))
        self.names = list(filter(visible, names))

    def read(self, name):
        path = os.path.join(self.root, name)
        if not os.path.isfile(path):
            raise ValueError("a broken link" if os.path.islink(path) else "not a file")
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)


def walk(folder, above=()):
    """The files below a folder. Links are followed, but not to a folder that contains the link."""
    real = os.path.realpath(folder)
    if real not in above:
        for entry in os.scandir(folder):
            if entry.is_dir():
                yield from walk(entry.path, (*above, real))
            else:
                yield entry.path


class ZipFiles:
    """The files in a zip, which often wraps everything in one folder that is not a class."""

    may_be_wrapped, folders = True, frozenset()

    def __init__(self, root):
        try:
            self.root, self.zip = root, zipfile.ZipFile(root)
        except FileNotFoundError:
            raise
        except Exception as error:  # of several classes, struct.error among them
            raise ValueError(f"ImageFolder: {root} is not a complete .zip file: {error}") from error
        names = {m: posixpath.normpath(m.filename.replace("\\", "/")) for m in self.zip.infolist()}
        self.members = {n: m for m, n in names.items() if visible(n) and not m.is_dir()}
        self.names = list(self.members)

    def read(self, name):
        member = self.members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("an unusual compression method, which has no bound on its output")
        with self.zip.open(member) as file:  # read() alone would unpack all that there is
            return file.read(min(member.file_size, MAX_BYTES + 1))
