"""ImageFolder: layouts, every kind of image, corrupt files, hostile zips."""
import io
import os
import random
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from tinygrad_cv import data
from tinygrad_cv.data import image_folder, transforms


def encoded(format="PNG", size=(12, 9), colour=(200, 30, 90), **options):
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 40, (size[1], size[0], 3)) + np.array(colour) // 2
    Image.fromarray(noise.astype(np.uint8)).save(file, format, **options)
    return file.getvalue()


def write(place, files):
    """Files {name: bytes} into a zip if the place is called so, else into a folder."""
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return place
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


CLASSES = {"dog/b.png": encoded(), "cat/2.jpg": encoded("JPEG"), "cat/10.PNG": encoded("JPEG"),
           "cat/deep/1.bmp": encoded("BMP"), "cat/.hidden.png": b"", "__MACOSX/cat/1.png": b""}


@pytest.mark.parametrize("name, prefix",
                         [("pets", ""), ("pets.zip", ""), ("pets.zip", "wrapped/twice/")])
def test_classes_are_the_folders(tmp_path, name, prefix):
    root = write(tmp_path / name, {prefix + path: content for path, content in CLASSES.items()})
    folder = data.ImageFolder(root, transforms.ToTensor(), lambda target: ["miaow", "woof"][target])
    assert folder.classes == ["cat", "dog"] and folder.class_to_idx == {"cat": 0, "dog": 1}
    assert folder.targets == [0, 0, 0, 1] and len(folder) == 4
    assert folder.checksums[folder.names[-1]] == zlib.crc32(CLASSES["dog/b.png"])
    assert [os.path.relpath(path, root / prefix).replace(os.sep, "/") for path,
            _ in folder.samples] == [
        "cat/10.PNG", "cat/2.jpg", "cat/deep/1.bmp", "dog/b.png"]
    image, target = folder[-1]
    assert image.shape == (3, 9, 12) and target == "woof"
    with pytest.raises(IndexError):
        folder[4]


@pytest.mark.parametrize("name", ["creatures", "creatures.zip"])
def test_without_subfolders_there_is_one_class(tmp_path, name, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / name, {"a.png": encoded(), "b.png": encoded()})
    folder = data.ImageFolder(f"~/{name}")
    assert folder.classes == ["creatures"] and folder.targets == [0, 0]
    assert folder[0][0].size == (12, 9)


def test_other_files_are_named_and_left_out(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded(), "a/notes.txt": b"hi", "labels.csv": b"1"})
    with pytest.warns(UserWarning, match="not images, left out: a/notes.txt, labels.csv"):
        assert len(data.ImageFolder(root)) == 1


@pytest.mark.parametrize("files, error, message", [
    ({"a/1.png": encoded(), "2.png": encoded()}, ValueError, "beside the class folders: 2.png"),
    ({"a/1.png": encoded(), "b/.keep": b""}, FileNotFoundError, "no images for classes b"),
    ({".keep": b""}, FileNotFoundError, "no images found"),
])
def test_unclear_folders_are_refused(tmp_path, files, error, message):
    with pytest.raises(error, match=message):
        data.ImageFolder(write(tmp_path / "x", files))


def test_roots_that_are_not_there_or_no_zip(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        data.ImageFolder(tmp_path / "nowhere")
    whole = write(tmp_path / "a.zip", CLASSES).read_bytes()
    (tmp_path / "b.zip").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(ValueError, match="b.zip is not a complete .zip"):
        data.ImageFolder(tmp_path / "b.zip")


FAULTY = {
    "empty.png": b"", "text.png": b"no image at all", "page.jpg": b"<html>404</html>",
    "half.png": encoded()[:-60], "endless.png": encoded()[:-12], "half.jpg": encoded("JPEG")[:-60],
    "half.bmp": encoded("BMP")[:-60], "half.gif": encoded("GIF")[:-60],
    "half.webp": encoded("WEBP")[:-20],
    "flipped.png": encoded().replace(b"IDAT", b"IDAT\xff", 1)[:-1],
    "program.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
    "sound.gif": b"RIFF$\0\0\0WAVEfmt ", "zeros.jpg": bytes(5000),
}


@pytest.mark.parametrize("place", ["x", "x.zip"])
def test_corrupt_files_are_named_before_training_or_skipped_and_counted(tmp_path, place):
    faulty = {f"a/{name}": content for name, content in FAULTY.items()}
    root = write(tmp_path / place, {f"a/{k}.png": encoded() for k in range(3)} | faulty)
    with pytest.raises(ValueError,
                       match=f"{len(FAULTY)} of {len(FAULTY) + 3} images are corrupt") as caught:
        data.ImageFolder(root)
    named = [name for name in FAULTY if f"a/{name} (" in str(caught.value)]
    assert len(named) == 10 and f" and {len(FAULTY) - 10} more" in str(caught.value)
    assert "skip_corrupt=True" in str(caught.value)
    assert set(caught.value.faults) == {f"a/{name}" for name in FAULTY}
    with pytest.warns(UserWarning, match=f"skipped {len(FAULTY)} corrupt images"):
        folder = data.ImageFolder(root, skip_corrupt=True)
    assert len(folder) == 3 and set(folder.skipped) == {f"a/{name}" for name in FAULTY}
    assert folder.skipped["a/empty.png"] == "the file is empty"
    assert folder.skipped["a/program.png"] == "not an image"
    assert [image.size for image, _ in folder] == [(12, 9)] * 3


def test_what_is_no_file_is_reported_and_not_waited_for(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded()})
    os.symlink("nowhere", root / "a" / "2.png")
    os.mkfifo(root / "a" / "3.png")
    with pytest.raises(ValueError, match=r"a/2.png \(a broken link\).*a/3.png \(not a file\)|"
                                         r"a/3.png \(not a file\).*a/2.png \(a broken link\)"):
        data.ImageFolder(root)


def test_links_are_followed_but_not_in_circles(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded(), "b/1.png": encoded()})
    for place, target in (("a/up", root), ("a/across", root / "b"), ("b/across", root / "a")):
        os.symlink(target, root / place)
    folder = data.ImageFolder(root)
    assert [os.path.relpath(path, root) for path, _ in folder.samples] == [
        "a/1.png", "a/across/1.png", "b/1.png", "b/across/1.png"]


def test_a_class_keeps_its_index_when_its_images_are_skipped(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": b"?", "b/1.png": encoded()})
    with pytest.warns(UserWarning, match="skipped 1 corrupt"):
        folder = data.ImageFolder(root, skip_corrupt=True)
    assert folder.classes == ["a", "b"] and folder.targets == [1]
    (root / "b" / "1.png").write_bytes(b"?")
    with pytest.raises(ValueError, match="2 of 2 images are corrupt; remove them: a/1"):
        data.ImageFolder(root, skip_corrupt=True)


def test_a_file_that_breaks_later_is_named_too(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded()})
    folder = data.ImageFolder(root)
    (root / "a" / "1.png").write_bytes(b"")
    with pytest.raises(OSError, match="can't read a/1.png"):
        folder[0]


@pytest.mark.parametrize("place", ["x", "x.zip"])
def test_decompression_bombs_are_refused(tmp_path, monkeypatch, place):
    root = write(tmp_path / place, {"a/bomb.png": encoded(size=(100, 100)), "a/1.png": encoded()})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 8000)
    with pytest.raises(ValueError, match="10000 pixels. exceeds limit .* decompression bomb"):
        data.ImageFolder(root)
    monkeypatch.setattr(image_folder, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="2 of 2 images are corrupt.*too large"):
        data.ImageFolder(root)


def test_zip_members_larger_than_they_say_are_not_unpacked(tmp_path):
    """40 MB of zeros, 40 KB packed; the zip says that they are 100 bytes."""
    size = 40_000_000
    root = tmp_path / "x.zip"
    with zipfile.ZipFile(root, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.png", encoded())
        archive.writestr("a/2.png", bytes(size))
    root.write_bytes(root.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 100)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"1 of 2 images are corrupt.*a/2.png \(Bad CRC"):
        data.ImageFolder(root)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_zip_members_without_a_bound_are_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.png", encoded())
    with pytest.raises(ValueError, match=r"1 of 1 .*a.png \(an unusual compression method"):
        data.ImageFolder(tmp_path / "x.zip")


def test_zips_made_on_windows(tmp_path):
    names = "cat\\1.png", "dog\\2.png", "./dog/3.png"
    root = write(tmp_path / "x.zip", dict.fromkeys(names, encoded()))
    folder = data.ImageFolder(root)
    assert folder.classes == ["cat", "dog"] and folder.targets == [0, 1, 1]
    assert folder[1][0].size == (12, 9)


@pytest.mark.parametrize("place", ["a/../../", "/etc/", "..\\"])
def test_zips_that_lead_out_of_their_folder_write_nothing(tmp_path, place):
    root = write(tmp_path / "x.zip", {"a/1.png": encoded(), place + "evil.png": encoded()})
    assert len(data.ImageFolder(root)) in (1, 2) and os.listdir(tmp_path) == ["x.zip"]


def test_transparent_16_bit_greys_and_palette_colours_are_white(tmp_path):
    grey = Image.fromarray(np.array([[30000, 257 * 9]], np.uint16))
    grey.save(tmp_path / "1.png", transparency=30000)
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 250, 0, 0])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "2.png", transparency=bytes([0, 255]))
    found = [np.asarray(found).tolist() for found, _ in data.ImageFolder(tmp_path)]
    assert found == [[[[255] * 3, [9] * 3]], [[[255] * 3, [250, 0, 0]]]]


@pytest.mark.parametrize("bits, kind, key, pixels, other", [
    (2, 0, [0, 1], [0x60], [170] * 3), (4, 0, [0, 1], [0x12], [34] * 3),
    (8, 0, [0, 1], [1, 2], [2] * 3), (16, 2, range(6), [*range(6), *range(6, 12)], [6, 8, 10])])
def test_transparent_colours_of_other_depths_are_white(tmp_path, bits, kind, key, pixels, other):
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 2, 1, bits, kind, 0, 0, 0)), (b"tRNS", bytes(key)),
             (b"IDAT", zlib.compress(bytes([0, *pixels]))), (b"IEND", b"")]
    (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(x)) + name + x + struct.pack(">I", zlib.crc32(name + x))
        for name, x in parts))
    found, _ = data.ImageFolder(tmp_path)[0]
    assert np.asarray(found).tolist() == [[[255] * 3, other]]


@pytest.mark.parametrize("bits, kind, zero", [(12, 1, 1), (8, 2, 1), (16, 1, 0)])
def test_greys_that_pillow_would_misread_are_refused(tmp_path, bits, kind, zero):
    """TIFF of 12 bits (too dark), signed (wrapped around), of 16 bits with 0 for white."""
    tags = {256: 2, 257: 1, 258: bits, 259: 1, 262: zero, 273: 8, 277: 1, 278: 1, 279: 4, 339: kind}
    entries = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in tags.items())
    head = struct.pack("<2sHI4xH", b"II", 42, 12, len(tags))
    (tmp_path / "1.tif").write_bytes(head + entries + bytes(4))
    with pytest.raises(ValueError, match="1.tif .values of 12 bits, signed, or"):
        data.ImageFolder(tmp_path)


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_32_bit_grey_is_refused(tmp_path, kind):
    Image.fromarray(np.ones((2, 2), kind)).save(tmp_path / "1.tif")
    with pytest.raises(ValueError, match="1.tif .grey values of 32 bits; convert the image"):
        data.ImageFolder(tmp_path)


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_photographs_are_turned_as_exif_says(tmp_path, ending):
    """Red in the upper left, stored in each of the eight ways in which a camera may be held."""
    upright = Image.new("RGB", (32, 16), "white")
    upright.paste("red", (0, 0, 16, 8))
    Turn = Image.Transpose
    turns = [None, Turn.FLIP_LEFT_RIGHT, Turn.ROTATE_180, Turn.FLIP_TOP_BOTTOM,
             Turn.TRANSPOSE, Turn.ROTATE_90, Turn.TRANSVERSE, Turn.ROTATE_270]
    for orientation, turn in enumerate(turns, start=1):
        stored = upright if turn is None else upright.transpose(turn)
        exif = stored.getexif()
        exif[0x0112] = orientation
        stored.save(tmp_path / f"{orientation}.{ending}", exif=exif)
    for image, _ in data.ImageFolder(tmp_path):
        assert image.mode == "RGB" and image.size == (32, 16)
        corners = [image.getpixel((x, y))[1] for x, y in ((5, 3), (26, 3), (5, 12), (26, 12))]
        assert corners[0] < 60 and min(corners[1:]) > 200


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_photographs_with_broken_exif_stay_as_they_are(tmp_path):
    (tmp_path / "1.jpg").write_bytes(encoded("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"))
    assert data.ImageFolder(tmp_path)[0][0].size == (12, 9)


@pytest.mark.parametrize("mode, colour, ending, expected", [
    ("L", 130, "jpg", (130, 130, 130)), ("CMYK", (0, 255, 255, 0), "jpg", (255, 0, 0)),
    ("CMYK", (255, 0, 0, 128), "tif", (0, 127, 127)), ("YCbCr", (76, 85, 255), "jpg", (254, 0, 0)),
    ("RGBA", (0, 0, 0, 51), "png", (204, 204, 204)),
    ("RGBA", (0, 0, 0, 0), "webp", (255, 255, 255)),
    ("LA", (0, 51), "png", (204, 204, 204)), ("I;16", 9 * 257, "png", (9, 9, 9)),
    ("P", 0, "gif", (0, 0, 0)),
    ("I;16", 200 * 257, "tif", (200, 200, 200)), ("1", 1, "png", (255, 255, 255)),
])
def test_photographs_of_every_kind_are_rgb(tmp_path, mode, colour, ending, expected):
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100}}.get(ending, {})
    Image.new(mode, (8, 8), colour).save(tmp_path / f"1.{ending}", **options)
    image, _ = data.ImageFolder(tmp_path)[0]
    assert image.mode == "RGB" and image.getpixel((3, 3)) == pytest.approx(expected, abs=1)


@pytest.mark.filterwarnings("ignore")                          # Pillow's own, about damaged EXIF
def test_a_thousand_damaged_images_are_read_or_reported(tmp_path):
    """Never another error, never a hang: what passes the check can be read."""
    rng = random.Random(0)
    whole = {format.lower(): encoded(format)
             for format in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM")}
    for k in range(1000):
        ending = rng.choice(list(whole))
        content = bytearray(whole[ending])
        for _ in range(rng.choice((1, 2, 10))):
            at = rng.randrange(rng.choice((32, len(content))))
            content[at:at + rng.choice((1, 1, 40))] = rng.randbytes(rng.choice((0, 1, 1, 30)))
        (tmp_path / f"{k}.{ending}").write_bytes(content)
    with pytest.warns(UserWarning, match=r"skipped \d+ corrupt images"):
        folder = data.ImageFolder(tmp_path, skip_corrupt=True)
    assert len(folder) + len(folder.skipped) == 1000 and 100 < len(folder) < 900
    assert all(image.mode == "RGB" for image, _ in folder)
