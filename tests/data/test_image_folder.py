"""ImageFolder: layouts, every kind of image, corrupt files, hostile zips."""
import io
import os
import zipfile

import numpy as np
import pytest
from PIL import Image

import tinygrad_cv as tg
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


CLASSES = {"dog/b.png": encoded(), "cat/2.jpg": encoded("JPEG"), "cat/10.PNG": encoded(),
           "cat/deep/1.bmp": encoded("BMP"), "cat/.hidden.png": b"", "__MACOSX/cat/1.png": b""}


@pytest.mark.parametrize("name, prefix", [("pets", ""), ("pets.zip", ""), ("pets.zip", "wrapped/twice/")])
def test_classes_are_the_folders(tmp_path, name, prefix):
    root = write(tmp_path / name, {prefix + path: content for path, content in CLASSES.items()})
    folder = data.ImageFolder(root, transforms.ToTensor())
    assert folder.classes == ["cat", "dog"] and folder.class_to_idx == {"cat": 0, "dog": 1}
    assert folder.targets == [0, 0, 0, 1] and len(folder) == 4
    assert [os.path.relpath(path, root / prefix).replace(os.sep, "/") for path, _ in folder.samples] == [
        "cat/10.PNG", "cat/2.jpg", "cat/deep/1.bmp", "dog/b.png"]
    image, target = folder[-1]
    assert image.shape == (3, 9, 12) and target == 1
    with pytest.raises(IndexError):
        folder[4]


@pytest.mark.parametrize("name", ["creatures", "creatures.zip"])
def test_without_subfolders_there_is_one_class(tmp_path, name):
    folder = data.ImageFolder(write(tmp_path / name, {"a.png": encoded(), "b.png": encoded()}))
    assert folder.classes == ["creatures"] and folder.targets == [0, 0]
    assert folder[0][0].size == (12, 9)


def test_other_files_are_named_and_left_out(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded(), "a/notes.txt": b"hi", "labels.csv": b"1"})
    with pytest.warns(UserWarning, match="left out: a/notes.txt, labels.csv"):
        assert len(data.ImageFolder(root)) == 1


@pytest.mark.parametrize("files, error, message", [
    ({"a/1.png": encoded(), "2.png": encoded()}, ValueError, "beside the class folders: 2.png"),
    ({"a/1.png": encoded(), "b/.keep": b""}, FileNotFoundError, "no images for the classes b"),
    ({".keep": b""}, FileNotFoundError, "no images found"),
])
def test_unclear_folders_are_refused(tmp_path, files, error, message):
    with pytest.raises(error, match=message):
        data.ImageFolder(write(tmp_path / "x", files))


def test_roots_that_are_not_there_or_no_zip(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        data.ImageFolder(tmp_path / "nowhere")
    whole = write(tmp_path / "a.zip", CLASSES).read_bytes()
    (tmp_path / "b.zip").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(ValueError, match="b.zip is neither a folder nor a whole .zip"):
        data.ImageFolder(tmp_path / "b.zip")


FAULTY = {
    "empty.png": b"", "text.png": b"no image at all", "page.jpg": b"<html>404</html>",
    "half.png": encoded()[:-60], "endless.png": encoded()[:-12], "half.jpg": encoded("JPEG")[:-60],
    "half.bmp": encoded("BMP")[:-60], "half.gif": encoded("GIF")[:-60], "half.webp": encoded("WEBP")[:-20],
    "flipped.png": encoded().replace(b"IDAT", b"IDAT\xff", 1)[:-1],
}


@pytest.mark.parametrize("place", ["x", "x.zip"])
def test_corrupt_files_are_named_before_training_or_skipped_and_counted(tmp_path, place):
    faulty = {f"a/{name}": content for name, content in FAULTY.items()}
    root = write(tmp_path / place, {f"a/{k}.png": encoded() for k in range(3)} | faulty)
    with pytest.raises(ValueError, match=f"{len(FAULTY)} of 13 images corrupt") as caught:
        data.ImageFolder(root)
    assert all(f"a/{name} (" in str(caught.value) for name in FAULTY)
    assert "skip_corrupt=True" in str(caught.value) and "a/empty.png (the file is empty)" in str(caught.value)
    with pytest.warns(UserWarning, match="skipped 10 corrupt images"):
        folder = data.ImageFolder(root, skip_corrupt=True)
    assert len(folder) == 3 and set(folder.skipped) == {f"a/{name}" for name in FAULTY}
    assert [image.size for image, _ in folder] == [(12, 9)] * 3


def test_only_corrupt_files_are_an_error_in_any_case(tmp_path):
    with pytest.raises(ValueError, match="1 of 1 images corrupt"):
        data.ImageFolder(write(tmp_path / "x", {"a/1.png": b"?"}), skip_corrupt=True)


def test_a_class_keeps_its_index_when_its_images_are_skipped(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": b"?", "b/1.png": encoded()})
    with pytest.warns(UserWarning, match="skipped 1 corrupt"):
        folder = data.ImageFolder(root, skip_corrupt=True)
    assert folder.classes == ["a", "b"] and folder.targets == [1]


def test_a_file_that_breaks_later_is_named_too(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded()})
    folder = data.ImageFolder(root)
    (root / "a" / "1.png").write_bytes(b"")
    with pytest.raises(ValueError, match="cannot read a/1.png"):
        folder[0]


def test_decompression_bombs_are_refused(tmp_path, monkeypatch):
    root = write(tmp_path / "x.zip", {"a/bomb.png": encoded(size=(100, 100)), "a/1.png": encoded()})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4000)
    with pytest.raises(ValueError, match=r"1 of 2 images corrupt.*a/bomb.png \(.*bomb"):
        data.ImageFolder(root)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 8000)
    with pytest.warns(Image.DecompressionBombWarning), pytest.raises(ValueError, match="100 x 100 pixels"):
        data.ImageFolder(root)
    monkeypatch.setattr(image_folder, "MAX_BYTES", 10)
    with pytest.raises(ValueError, match="2 of 2 images corrupt.*too large"):
        data.ImageFolder(root)


@pytest.mark.parametrize("place", ["../", "a/../../", "/etc/", "..\\", "C:\\"])
def test_zips_that_lead_out_of_their_folder_are_refused(tmp_path, place):
    root = write(tmp_path / "x.zip", {"a/1.png": encoded(), place + "evil.png": encoded()})
    with pytest.raises(ValueError, match="evil.png' leads out of the zip"):
        data.ImageFolder(root)


def pixels(image):
    return np.asarray(image_folder.to_rgb(image))


def test_every_mode_becomes_rgb():
    assert pixels(Image.new("L", (2, 2), 7))[0, 0].tolist() == [7, 7, 7]
    assert pixels(Image.new("1", (2, 2), 1))[0, 0].tolist() == [255, 255, 255]
    assert pixels(Image.new("CMYK", (2, 2), (0, 255, 255, 0)))[0, 0].tolist() == [255, 0, 0]
    assert pixels(Image.new("RGBA", (2, 2), (0, 0, 0, 0)))[0, 0].tolist() == [255, 255, 255]
    assert pixels(Image.new("LA", (2, 2), (0, 51)))[0, 0].tolist() == [204, 204, 204]
    assert pixels(Image.fromarray(np.full((2, 2), 257 * 9, np.uint16)))[0, 0].tolist() == [9, 9, 9]


def test_transparent_palette_colours_are_white(tmp_path):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 250, 0, 0])
    image.putpixel((1, 0), 1)
    for transparency in (0, bytes([0, 255])):
        image.save(tmp_path / "1.png", transparency=transparency)
        found, _ = data.ImageFolder(tmp_path)[0]
        assert np.asarray(found).tolist() == [[[255, 255, 255], [250, 0, 0]]]


def test_photographs_are_turned_as_exif_says(tmp_path):
    image = Image.new("RGB", (16, 8), "white")
    image.paste("red", (0, 0, 8, 8))
    exif = image.getexif()
    exif[0x0112] = 6                                   # a quarter turn clockwise: the left comes to the top
    image.save(tmp_path / "1.jpg", exif=exif, quality=100, subsampling=0)
    found, _ = data.ImageFolder(tmp_path)[0]
    assert found.size == (8, 16)
    assert found.getpixel((4, 2))[1] < 50 < 200 < found.getpixel((4, 14))[1]


def test_cache_decodes_once_and_still_draws_anew(tmp_path, monkeypatch):
    root = write(tmp_path / "x.zip", {f"{k}.png": encoded(size=(20 + k, 30)) for k in range(4)})
    steps = [transforms.Resize((8, 8)), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
    chain = transforms.Compose(steps)
    plain, cached = data.ImageFolder(root, chain), data.ImageFolder(root, chain, cache=True)
    decoded = []
    monkeypatch.setattr(cached, "decoded", lambda i: decoded.append(i) or data.ImageFolder.decoded(cached, i))

    def epochs(folder):
        tg.manual_seed(0)
        loader = data.DataLoader(folder, 2, shuffle=True, num_workers=2)
        return np.stack([np.concatenate([x.numpy() for x, _ in loader]) for _ in range(4)])

    found = epochs(cached)
    assert np.array_equal(found, epochs(plain))
    assert sorted(decoded) == [0, 1, 2, 3]
    cached.transform = transforms.ToTensor()
    assert cached[3][0].shape == (3, 30, 23)


def test_target_transform(tmp_path):
    root = write(tmp_path / "x", {"a/1.png": encoded(), "b/1.png": encoded()})
    assert [target for _, target in data.ImageFolder(root, target_transform=lambda t: t + 10)] == [10, 11]
