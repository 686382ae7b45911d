"""Kaggle's layout: organised whatever happened before, and a submission in the right order."""
import csv
import os
import shutil
import subprocess
from pathlib import Path

import kaggle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tinygrad_cv as tg
from tinygrad_cv.data import ImageFolder

BREEDS = {"beagle": 10, "borzoi": 3, "pug": 1, "collie": 1, "black-and-tan_coonhound": 2}


@pytest.fixture
def data(tmp_path):
    """A download of 17 labelled photographs of five breeds and 4 to be named."""
    folder = tmp_path / "download"
    rows = [("id", "breed")]
    for breed, count in BREEDS.items():
        for k in range(count):
            rows.append((f"{k:03}{breed[:5]}", breed))
            write_image(folder / "train" / f"{rows[-1][0]}.jpg", len(rows))
    for k in (3, 1, 0, 2):
        write_image(folder / "test" / f"t{k}.jpg", 100 + k)
    write_table(folder / "labels.csv", rows)
    return folder


@pytest.fixture
def refuse(monkeypatch):
    """refuse("symlink", "link"): from now on these functions of os fail."""
    def refused(*_):
        raise OSError("links are refused here")

    return lambda *names: [monkeypatch.setattr(os, name, refused) for name in names]


def write_image(path, grey):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 5), (grey, grey, grey)).save(path, quality=95)


def write_table(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


BOOKS = {kaggle.MADE, "tinygrad_cv.log"}


def tree(root):
    """{path below root: content} of all files, but for those that keep the books."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in set(names) - BOOKS:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, root)] = file.read()
    return found


def test_organised(data, tmp_path):
    root, counts, single = kaggle.organise(data, tmp_path / "out", valid_share=0.2)
    assert counts == {"train": 13, "valid": 4, "train_valid": 17, "test": 4}
    assert single == ["collie", "pug"]
    train, valid, both, test = (tree(os.path.join(root, part)) for part in counts)
    rows = kaggle.read_table(data / "labels.csv")[1:]
    assert both == {os.path.join(breed, f"{id}.jpg"): (data / "train" / f"{id}.jpg").read_bytes()
                    for id, breed in rows}
    assert train | valid == both and not train.keys() & valid.keys()
    assert sorted(map(os.path.dirname, valid)) == [  # 2 of 10, 1 of 2, 1 of 3
        "beagle", "beagle", "black-and-tan_coonhound", "borzoi"]
    assert test == {os.path.join("unknown", f"t{k}.jpg"): (data / "test" / f"t{k}.jpg").read_bytes()
                    for k in range(4)}


@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=6), share=st.floats(0, 0.99),
       seed=st.integers(0, 99))
def test_split_class_by_class(counts, share, seed):
    labels = {f"{breed}{k}": str(breed) for breed, count in enumerate(counts) for k in range(count)}
    valid, single = kaggle.split(labels, share, seed)
    assert single == [str(breed) for breed, count in enumerate(counts) if count == 1]
    for breed, count in enumerate(counts):
        taken = sum(labels[id] == str(breed) for id in valid)
        wanted = 0 if share == 0 or count == 1 else min(max(1, round(share * count)), count - 1)
        assert taken == wanted
    assert kaggle.split(dict(reversed(labels.items())), share, seed) == (valid, single)


def test_twice_changes_nothing_and_after_changes_it_is_as_new(data, tmp_path):
    first = kaggle.organise(data, tmp_path / "out")
    before = tree(first[0])
    times = {path: os.lstat(os.path.join(first[0], path)).st_mtime_ns for path in before}
    assert kaggle.organise(data, tmp_path / "out") == first
    assert {path: os.lstat(os.path.join(first[0], path)).st_mtime_ns for path in before} == times
    edit(data / "labels.csv", "pug", "boxer")
    edit(data / "labels.csv", "000beagl,beagle", "000beagl,borzoi")
    (data / "train" / "000pug.jpg").rename(data / "train" / "000boxer.jpg")
    write_image(data / "test" / "t1.jpg", 7)
    for share, seed in ((0.5, 0), (0, 0), (0.2, 3)):
        again = kaggle.organise(data, tmp_path / "out", share, seed)
        fresh = kaggle.organise(data, tmp_path / f"fresh{share}", share, seed)
        assert tree(again[0]) == tree(fresh[0]) and again[1:] == fresh[1:]
        folders = [sorted(folder[len(root[0]):] for folder, _, _ in os.walk(root[0]))
                   for root in (again, fresh)]
        assert folders[0] == folders[1]              # no empty folder of a breed that is gone


@pytest.mark.parametrize("refused", [(), ("symlink",), ("symlink", "link")])
def test_interrupted_and_done_again(data, tmp_path, monkeypatch, refuse, refused):
    """After any number of files, by links of both kinds and by copies."""
    refuse(*refused)
    whole, replace = tree(kaggle.organise(data, tmp_path / "whole")[0]), os.replace
    for count in (0, 9, 30):
        left = iter(range(count))

        def interrupted(source, path):
            if next(left, None) is None:
                raise KeyboardInterrupt  # the moment before a file gets its name
            replace(source, path)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(os, "replace", interrupted)
            kaggle.organise(data, tmp_path / "out")
        for part in ("train", "valid", "train_valid", "test"):     # what is there is whole
            for path, content in tree(tmp_path / "out" / "train_valid_test" / part).items():
                assert whole[os.path.join(part, path)] == content
        root = kaggle.organise(data, tmp_path / "out")[0]
        assert {path: text for path, text in tree(root).items() if ".part" not in path} == whole
        assert os.path.islink(os.path.join(root, "test", "unknown", "t0.jpg")) == (not refused)
        shutil.rmtree(root)


@pytest.mark.parametrize("link, target", [
    ("train_valid_test", "."), ("train_valid_test/train", "train")])
def test_output_that_leads_to_the_download_is_refused(data, tmp_path, link, target):
    """Cleaning up would delete photographs."""
    before, link = tree(data), tmp_path / "out" / link
    link.parent.mkdir(parents=True)
    os.symlink(data / target, link)
    with pytest.raises(ValueError, match="are one in the other|was not made by organise"):
        kaggle.organise(data, tmp_path / "out")
    assert tree(data) == before


def test_one_folder_in_the_other_is_refused(data, tmp_path):
    before = tree(data)
    inside = shutil.copytree(data, tmp_path / "train_valid_test" / "download")
    for source, out in ((data, data), (data / "train" / "..", data / "x"), (inside, tmp_path)):
        with pytest.raises(ValueError, match="are one in the other"):
            kaggle.organise(source, out)
    assert tree(data) == tree(inside) == before


@pytest.mark.parametrize("refused", [(), ("symlink",), ("symlink", "link")])
def test_what_the_user_put_there_is_neither_removed_nor_replaced(data, tmp_path, refuse, refused):
    refuse(*refused)
    root = Path(kaggle.organise(data, tmp_path / "out")[0])
    mine = [root / "train" / "pug" / "mine.jpg", root / "new" / "mine.txt", root / "mine.jpg",
            root / "train_valid" / "pug" / "000pug.jpg", root / "test" / "unknown" / "t1.jpg"]
    for path in mine:
        was = os.path.lexists(path) and shutil.move(path, tmp_path / "was")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"my own")
        for share in (0.1, 0.5):
            with pytest.raises(ValueError, match=f"{path} was not made by organise"):
                kaggle.organise(data, tmp_path / "out", share)
        assert path.read_bytes() == b"my own"
        path.unlink()
        if was:
            shutil.move(tmp_path / "was", path)
    hidden = root / "train" / "pug" / ".ipynb_checkpoints" / "1.jpg"
    hidden.parent.mkdir()
    hidden.write_bytes(b"my own")  # editors and systems leave such files; no one looks at them
    kaggle.organise(data, tmp_path / "out", 0.5)
    assert hidden.read_bytes() == b"my own"
    if not refused:
        (root / "train" / "poodle").symlink_to(tmp_path)
        with pytest.raises(ValueError, match="poodle was not made by organise"):
            kaggle.organise(data, tmp_path / "out")


def test_a_photograph_in_the_place_of_its_own_copy_stays(data, tmp_path, refuse):
    """Moved there by the user, it has the size and the time of the copy that it replaces."""
    refuse("symlink", "link")
    other = shutil.copytree(data, tmp_path / "other")
    (other / "test" / "t1.jpg").unlink()
    place = tmp_path / "out" / "train_valid_test" / "test" / "unknown" / "t1.jpg"
    kaggle.organise(data, tmp_path / "out")
    content = place.read_bytes()
    os.replace(data / "test" / "t1.jpg", place)
    with pytest.raises(ValueError, match="t1.jpg was not made by organise"):
        kaggle.organise(other, tmp_path / "out")
    assert place.read_bytes() == content


def test_a_link_to_a_download_that_moved_is_made_anew(data, tmp_path):
    root = kaggle.organise(data, tmp_path / "out")[0]
    moved = data.rename(tmp_path / "moved")
    assert kaggle.organise(moved, tmp_path / "out")[0] == root
    assert len(ImageFolder(os.path.join(root, "train_valid"))) == 17


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("damage, error, message", [
    (lambda d: shutil.rmtree(d), FileNotFoundError,
     "there is no .*labels.csv; Kaggle's download has"),
    (lambda d: shutil.rmtree(d / "test"), FileNotFoundError, "there is no folder .*test"),
    (lambda d: edit(d / "labels.csv", "id,breed", "name,dog"), ValueError, "got name,dog"),
    (lambda d: edit(d / "labels.csv", ",pug", ",pug,small"), ValueError,
     "2 columns, but 3 values in the row '000pug"),
    (lambda d: (d / "labels.csv").write_bytes(b"\xff\xfe\x00"), ValueError, "is not a table"),
    (lambda d: (d / "train" / "000pug.jpg").unlink(), ValueError,
     "1 labels without an image in train/: 000pug"),
    (lambda d: write_image(d / "train" / "new.jpg", 5), ValueError,
     "1 images in train/ without a label: new"),
    (lambda d: write_image(d / "train" / "000pug.png", 5), ValueError,
     "two images have the id 000pug"),
    (lambda d: edit(d / "labels.csv", "001beagl", "000beagl"), ValueError,
     "000beagl is listed twice"),
    (lambda d: edit(d / "labels.csv", "pug,pug", "pug,../../pug"), ValueError,
     "can't be a folder's name"),
])
def test_a_wrong_download_is_refused(data, tmp_path, damage, error, message):
    damage(data)
    with pytest.raises(error, match=message) as caught:
        kaggle.organise(data, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def submitted(path, **options):
    probabilities = tg.tensor([[0.25, 0.75], [1, 0], [0.1, 0.2]])
    kaggle.write_submission(path, ["b", "a", "c"], ["pug", "beagle"], probabilities, **options)
    header, *rows = kaggle.read_table(path)
    return header, [(row[0], *map(float, row[1:])) for row in rows]


def test_submission(tmp_path):
    header, rows = submitted(tmp_path / "submission.csv")
    assert header == ["id", "pug", "beagle"]
    assert rows == [("b", 0.25, 0.75), ("a", 1, 0),
                    ("c", pytest.approx(1 / 3), pytest.approx(2 / 3))]
    write_table(tmp_path / "sample.csv",
                [("id", "beagle", "pug"), ("c", 0.5, 0.5), ("b", 0.5, 0.5), ("a", 0.5, 0.5)])
    header, rows = submitted(tmp_path / "submission.csv", sample=tmp_path / "sample.csv")
    assert header == ["id", "beagle", "pug"]
    assert rows == [("c", pytest.approx(2 / 3), pytest.approx(1 / 3)), ("b", 0.75, 0.25),
                    ("a", 0, 1)]


@pytest.mark.parametrize("sample, message", [
    ([("id", "pug", "poodle"), ("a", 0, 0), ("b", 0, 0), ("c", 0, 0)],
     "other breeds .*: beagle, poodle"),
    ([("id", "pug", "beagle"), ("a", 0, 0), ("b", 0, 0)], "other ids .*: c"),
    ([("id", "pug", "beagle"), ("a", 0, 0), ("b", 0, 0), ("c", 0, 0), ("c", 0, 0)],
     "other ids .*, or some twice"),
])
def test_a_sample_that_does_not_fit_is_refused(tmp_path, sample, message):
    write_table(tmp_path / "sample.csv", sample)
    with pytest.raises(ValueError, match=message):
        submitted(tmp_path / "submission.csv", sample=tmp_path / "sample.csv")
    assert not (tmp_path / "submission.csv").exists()


@pytest.mark.skipif(not shutil.which("mount"), reason="no mount")
def test_output_that_is_mounted_on_the_download_is_refused(data, tmp_path, request):
    """One folder in two places, which no name shows."""
    def mount(source, target):
        target.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "--bind", source, target], stderr=subprocess.DEVNULL)
        if done.returncode:
            pytest.skip("only root may mount")
        request.addfinalizer(lambda: subprocess.run(["umount", target], check=True))

    before = tree(data)
    mount(data, tmp_path / "twin")
    with pytest.raises(ValueError, match="are one in the other"):
        kaggle.organise(data, tmp_path / "twin" / "train")
    out = tmp_path / "out"
    kaggle.organise(data, out)
    other = shutil.copytree(data, tmp_path / "other")
    (other / "test" / "t1.jpg").unlink()
    unknown = out / "train_valid_test" / "test" / "unknown"
    mount(data / "test", unknown)
    with pytest.raises(ValueError, match="unknown.* was not made by organise"):
        kaggle.organise(other, out)
    assert tree(data) == before


def test_a_path_through_a_link_and_back(data, tmp_path, monkeypatch):
    """link/.. is the folder above what the link leads to, not the folder that holds the link."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    os.symlink(data / "train", "link")
    root = kaggle.organise(os.path.join("link", ".."), "out")[0]
    assert len(tree(root)) == 17 + 17 + 4
