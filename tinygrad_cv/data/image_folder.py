"""ImageFolder: the images of a folder or of a .zip, checked before training starts.

With class subfolders (root/cat/1.png, root/dog/2.png) the names of the subfolders are the classes; without,
there is one class, named after the root. A zip is read where it lies: nothing is unpacked, so no name in it
can lead to a place outside of it; and as zips usually wrap everything in one folder, that one is not taken
for a class.

Files come from strangers. A bomb is small where it lies and enormous once unpacked, so nothing is unpacked
further than `MAX_BYTES`, whatever a zip says of itself, and no picture decoded that has more pixels than
Pillow's `Image.MAX_IMAGE_PIXELS`. And only the formats below are tried: Pillow knows others, of which some
start programs (EPS).
"""
import io
import os
import posixpath
import stat
import warnings
import zipfile

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from tqdm import tqdm

from .dataset import Dataset, position
from .transforms import split_fixed

EXTENSIONS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".bmp": "BMP", ".webp": "WEBP",
              ".ppm": "PPM", ".pgm": "PPM", ".tif": "TIFF", ".tiff": "TIFF"}
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
        images = [name for name in self.files.names if named_format(name)]
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
        faults, misnamed = {}, []
        for name in tqdm(names, desc="checking images", unit="image", delay=2, leave=False):
            try:
                found = checked_format(self.files.read(name))
                if found != named_format(name):
                    misnamed.append(f"{name} ({found})")
            except UnidentifiedImageError:
                faults[name] = "not an image"
            except Exception as error:                         # Pillow's decoders raise whatever they like
                faults[name] = str(error) or type(error).__name__
        if misnamed:
            warnings.warn(f"ImageFolder({self.root}): {len(misnamed)} images are not what their names say, "
                          f"but can be read: {listed(misnamed)}")
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
            return to_rgb(opened(self.files.read(name)))
        except Exception as error:
            raise ValueError(f"ImageFolder({self.root}): cannot read {name}: {error}") from error


def named_format(name):
    """The format that the ending of a name stands for, or None."""
    return EXTENSIONS.get(os.path.splitext(name)[1].lower())


def opened(content):
    """The bytes of an image file as a Pillow image, not yet decoded."""
    return Image.open(io.BytesIO(content), formats=sorted(set(EXTENSIONS.values())))


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


def checked_format(content):
    """The format of an image, which is decoded, a JPEG at 1/8 of its size; an exception where that fails."""
    if not content:
        raise ValueError("the file is empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)          # an error here
        image = opened(content)
    if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels: too large, perhaps a decompression bomb")
    image.verify()                                             # PNG: checksums of all parts, and its end
    image = opened(content)
    image.draft("RGB", (1, 1))
    to_rgb(image)
    return "JPEG" if image.format == "MPO" else image.format   # a JPEG with more pictures behind the first


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
    try:
        archive = zipfile.ZipFile(root)
    except Exception as error:                                 # of several kinds, struct.error too
        raise ValueError(f"ImageFolder: {root} is neither a folder nor a whole .zip file ({error}); was it "
                         "cut off on its way here?") from error
    return ZipFiles(root, archive)


class FolderFiles:
    """Names (relative, with "/") and contents of the files below a folder."""

    wrapped = False

    def __init__(self, root):
        self.root = root
        self.folders = {entry.name for entry in os.scandir(root) if entry.is_dir() and visible(entry.name)}
        paths = (os.path.relpath(path, root).replace(os.sep, "/") for path in walk(root))
        self.names = [path for path in paths if visible(path)]

    def read(self, name):
        path = os.path.join(self.root, name)
        if not os.path.isfile(path):
            raise ValueError("a link to nowhere" if os.path.islink(path) else "not a file")
        if os.path.getsize(path) > MAX_BYTES:
            raise ValueError("the file is too large for an image")
        with open(path, "rb") as file:
            return file.read()


def walk(folder, above=()):
    """The files below a folder. Links are followed, but not one to a folder that it lies in: no circles."""
    real = os.path.realpath(folder)
    if real not in above:
        for entry in os.scandir(folder):
            if entry.is_dir():
                yield from walk(entry.path, (*above, real))
            else:
                yield entry.path


class ZipFiles:
    """The same for a zip. ValueError for names and links that lead out of it: an attacker writes them."""

    wrapped = True
    folders = frozenset()

    def __init__(self, root, archive):
        self.root, self.zip = root, archive
        self.members = {}                                      # name: what the zip says of it
        for member in archive.infolist():
            plain = member.filename.replace("\\", "/")
            if plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/"):
                raise ValueError(f"ImageFolder({root}): the name {member.filename!r} leads out of the zip; "
                                 "do not trust it")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise ValueError(f"ImageFolder({root}): {member.filename!r} is a link, which may lead out of "
                                 "the zip; do not trust it")
            if not plain.endswith("/") and visible(posixpath.normpath(plain)):
                self.members[posixpath.normpath(plain)] = member
        self.names = list(self.members)

    def read(self, name):
        member = self.members[name]
        if member.flag_bits & 1:
            raise ValueError("the zip is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("packed by a method that is unusual for images")      # and unpacked unbounded
        if member.file_size > MAX_BYTES:
            raise ValueError("the file is too large for an image")
        with self.zip.open(member) as file:
            return file.read(member.file_size)                 # read() alone would unpack it to its real end
