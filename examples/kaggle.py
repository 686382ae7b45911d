"""Kaggle's dog breeds: from the download to folders that ImageFolder reads, and to a submission.

    dog-breed-identification/            out/train_valid_test/
        train/<id>.jpg                       train/<breed>/<id>.jpg         most labelled images
        test/<id>.jpg                        valid/<breed>/<id>.jpg         the rest of them
        labels.csv       id,breed            train_valid/<breed>/<id>.jpg   all of them
        sample_submission.csv                test/unknown/<id>.jpg

Settings are chosen by training on `train` and looking at `valid`. With the settings chosen, the
network that counts is trained on `train_valid`. The validation share is taken breed by breed, so
that none is missing by bad luck. A breed with one photograph keeps it in `train`: what was never
seen can't be recognised.
"""

import contextlib
import csv
import io
import json
import os
import shutil
import uuid

import numpy as np
from folders import LOG, Folder, holds
from PIL import Image, ImageChops
from sprites import Sprites

from tinygrad_cv.data.image_folder import is_image, listed, visible
from tinygrad_cv.data.progress import progress
from tinygrad_cv.serialization.files import complete_file

LABELS, SAMPLE = "labels.csv", "sample_submission.csv"
LAYOUT = f"Kaggle's download has train/, test/ and {LABELS}"
MADE = "organised.json"  # what `organise` made, in the folder that it fills


def read_table(path):
    """The rows of a .csv file, beginning with the names of the columns, without empty lines."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        try:
            rows = [row for row in csv.reader(file) if row]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is not a table (.csv): {error}") from error
    if not rows:
        raise ValueError(f"{path} is empty")
    for row in rows:
        if len(row) != len(rows[0]):
            raise ValueError(
                f"{path}: {len(rows[0])} columns, but {len(row)} values in the row "
                f"{','.join(row)[:60]!r}"
            )
    return rows


def images_by_id(folder):
    """{id: path} of the image files in a folder, sorted; the id is the name without its ending."""
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder}; {LAYOUT}")
    found = {}
    for name in sorted(os.listdir(folder)):
        if is_image(name) and not name.startswith("."):
            id = os.path.splitext(name)[0]
            if id in found:
                other = os.path.basename(found[id])
                raise ValueError(f"{folder}: two images have the id {id}: {other} and {name}")
            found[id] = os.path.join(folder, name)
    if not found:
        raise FileNotFoundError(f"{folder} has no images")
    return found


def read_labels(data):
    """{id: breed} from labels.csv in the folder `data`.

    FileNotFoundError or ValueError unless it names each image of train/ exactly once, and no other,
    and every breed can be the name of a folder.
    """
    path = os.path.join(data, LABELS)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no {path}; {LAYOUT}")
    header, *rows = read_table(path)
    if header != ["id", "breed"]:
        raise ValueError(f"{path}: expected the columns id,breed, got {','.join(header)[:60]}")
    labels = {}
    for id, breed in rows:
        if id in labels:
            raise ValueError(f"{path}: {id} is listed twice, as {labels[id]} and as {breed}")
        bad = not breed or breed.startswith(".") or set(breed) & set('/\\:*?"<>|\0')
        if bad or breed != breed.strip():
            raise ValueError(f"{path}: {breed!r}, the breed of {id}, can't be a folder's name")
        labels[id] = breed
    images = images_by_id(os.path.join(data, "train"))
    lost, unknown = sorted(set(labels) - set(images)), sorted(set(images) - set(labels))
    if lost:
        raise ValueError(
            f"{path}: {len(lost)} labels without an image in train/: {listed(lost, 3)}"
        )
    if unknown:
        raise ValueError(
            f"{path}: {len(unknown)} images in train/ without a label: {listed(unknown, 3)}"
        )
    return labels


def split(labels, valid_share, seed=0):
    """(ids for validation, breeds with one image), from {id: breed}.

    Of a breed with n > 1 images, round(valid_share * n) are for validation, but at least 1 and at
    most n - 1. A random generator started from `seed` decides which.
    """
    if not 0 <= valid_share < 1:
        raise ValueError(
            f"the share for validation must be at least 0 and less than 1, got {valid_share}"
        )
    by_breed = {}
    for id in sorted(labels):
        by_breed.setdefault(labels[id], []).append(id)
    rng, valid = np.random.default_rng(seed), set()
    for breed in sorted(by_breed):
        ids = by_breed[breed]
        count = min(max(1, round(valid_share * len(ids))), len(ids) - 1) if valid_share else 0
        valid.update(ids[k] for k in rng.permutation(len(ids))[:count])
    return valid, [breed for breed in sorted(by_breed) if len(by_breed[breed]) == 1]


def organise(data, out, valid_share=0.1, seed=0):
    """Fill `out`/train_valid_test from Kaggle's download in the folder `data`, which is only read.

    Returns (that folder, {part: number of images}, breeds with one image). The files are links to
    those in `data`, or copies if the disk refuses links. Safe to repeat, also after an interruption
    or with other labels: what is right stays, what is left over goes, and no file is ever
    half-written. Only what it made itself, as its file `MADE` says, is replaced or removed.

    Errors are those of `read_labels` and `split`; ValueError if one of the two folders holds the
    other, or if there is anything else in the one to fill.
    """
    labels = read_labels(data)
    valid, single = split(labels, valid_share, seed)
    data = os.path.realpath(data)  # where it is, seen from the links too
    train, test = (images_by_id(os.path.join(data, part)) for part in ("train", "test"))
    root = os.path.join(out, "train_valid_test")
    for source in (data, os.path.join(data, "train"), os.path.join(data, "test")):
        if holds(source, root) or holds(root, source):
            raise ValueError(
                f"{root}, to be filled, and the download, {source}, are one in the other; choose "
                "another folder for the output"
            )
    wanted = {}  # path below `root`: the file of `data` to be there
    for id, source in train.items():
        place = os.path.join(labels[id], os.path.basename(source))
        wanted[os.path.join("valid" if id in valid else "train", place)] = source
        wanted[os.path.join("train_valid", place)] = source
    for source in test.values():
        wanted[os.path.join("test", "unknown", os.path.basename(source))] = source
    with contextlib.closing(Folder(root)):
        fill(root, wanted)
    counts = {"train": len(train) - len(valid), "valid": len(valid), "train_valid": len(train),
              "test": len(test)}
    return root, counts, single


def fill(root, wanted):
    """Make `root` hold the files {path below it: source}, and no others that were made here."""
    made = read_made(root)
    found = files_below(root, made)
    new = {place: [[source, *stamp(source)]] for place, source in wanted.items()}
    both = {place: made.get(place, []) + new.get(place, []) for place in {**made, **new}}
    write_made(root, both)  # first: after a kill, everything that is there must be known
    for place in found - set(wanted):
        os.remove(os.path.join(root, place))  # a link itself, never what it leads to
    for folder in {os.path.dirname(place) for place in both}:
        with contextlib.suppress(OSError):  # not empty, or not there yet
            os.removedirs(os.path.join(root, folder))
    places = progress(wanted.items(), desc="organising", unit="image", delay=2, leave=False)
    for place, source in places:
        put(source, root, place)
    write_made(root, new)


def read_made(root):
    """{path below root: [[source, size, time], ...]}, what may be there of the files made here."""
    path = os.path.join(root, MADE)
    if not os.path.lexists(path):
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)["made by kaggle.organise"]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{path} was not written by organise; move {root} away") from None


def write_made(root, made):
    with complete_file(os.path.join(root, MADE)) as file:
        file.write(json.dumps({"made by kaggle.organise": made}).encode())


def files_below(root, made):
    """The paths below root of the files that were made here; ValueError if there are others."""
    found = set()
    for folder, folders, names in os.walk(root):  # which does not follow links
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in names + links:
            path = os.path.join(folder, name)
            place = os.path.relpath(path, root)
            if place == LOG or place.startswith(MADE) or not visible(place.replace(os.sep, "/")):
                continue  # bookkeeping, what a killed run left behind, or an operating system's
            if not any(is_from(path, *record) for record in made.get(place, ())):
                raise ValueError(
                    f"{path} was not made by organise, or changed since; move it to another folder"
                )
            found.add(place)
    return found


def stamp(path):
    """Size and time of a file."""
    status = os.stat(path)
    return status.st_size, status.st_mtime


def is_from(path, source, size, time):
    """Is the file a link to this source, or a copy of it as it was, and not the only one left?"""
    if os.path.islink(path):
        return os.readlink(path) == source
    if not os.path.exists(source):
        return False
    if os.path.samefile(path, source):  # a link; or one folder in two places, by a mount
        return not os.path.samefile(os.path.dirname(path), os.path.dirname(source))
    now = stamp(path)
    return now[0] == size and abs(now[1] - time) <= 2  # some disks count in two seconds


def put(source, root, place):
    """Make the file `source` available at root/place: by a link, or by a copy with its time."""
    path = os.path.join(root, place)
    if os.path.lexists(path) and is_from(path, source, *stamp(source)):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = os.path.join(root, f".{uuid.uuid4().hex[:8]}.part")
    for make in (os.symlink, os.link, shutil.copy2):
        try:
            make(source, partial)
            break
        except OSError:
            if make is shutil.copy2:
                raise
    os.replace(partial, path)  # in one step: the file is there or not, never half of it


def order_of(ids, breeds, sample=None):
    """The rows and columns of a submission: as they are, or as in the file `sample`.

    ValueError if the sample has other ids or breeds.
    """
    if sample is None:
        return list(ids), list(breeds)
    (first, *columns), *lines = read_table(sample)
    rows = [line[0] for line in lines]
    for what, theirs, ours in (("ids", rows, ids), ("breeds", columns, breeds)):
        if first != "id" or sorted(theirs) != sorted(ours):
            other = listed(sorted(set(theirs) ^ set(ours)), 3)
            raise ValueError(f"{sample} has other {what} than the data, or some twice: {other}")
    return rows, columns


def write_submission(path, ids, breeds, probabilities, sample=None):
    """Write Kaggle's table: one row per id, one column per breed; the values of a row sum to 1.

    `probabilities` is a tensor (len(ids), len(breeds)). If `sample` names a sample_submission.csv,
    rows and columns have its order; see `order_of`.
    """
    rows, columns = order_of(ids, breeds, sample)
    table = probabilities.detach().cpu().numpy().astype(np.float64)
    table /= table.sum(1, keepdims=True)
    order = [list(breeds).index(breed) for breed in columns]
    row_of = dict(zip(ids, table[:, order].tolist()))
    lines = [["id", *columns], *([id, *(f"{p:.9g}" for p in row_of[id])] for id in rows)]
    with complete_file(path) as file:
        file.write(as_table(lines).encode())


def as_table(rows):
    """Rows as the text of a .csv file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def make_up(folder, images=12, seed=0):
    """Draw a small data set in Kaggle's layout into `folder`.

    It has `images` "photographs" each of 8 breeds of sprites, of different sizes and on backgrounds
    of different colours; the last third of each breed goes to test/. Files that are there stay as
    they are. labels.csv is written last: if there is one, everything else is there.
    """
    if os.path.exists(os.path.join(folder, LABELS)):
        return
    for part in ("train", "test"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    breeds, rng = Sprites.classes, np.random.default_rng(seed)
    sprites = Sprites(images * len(breeds), size=160, seed=seed)
    labels, tests = [("id", "breed")], []
    for i, target in enumerate(sprites.targets):
        part = "train" if 3 * i < 2 * len(sprites) else "test"
        id = f"{rng.integers(2**63):016x}"
        path = os.path.join(folder, part, f"{id}.jpg")
        picture = photograph(sprites.picture(i), rng)
        if not os.path.exists(path):
            with complete_file(path) as file:
                picture.save(file, format="JPEG", quality=90)
        if part == "train":
            labels.append((id, breeds[target]))
        else:
            tests.append((id, *[f"{1 / len(breeds):.9g}"] * len(breeds)))
    for name, rows in ((SAMPLE, [("id", *breeds), *sorted(tests)]), (LABELS, labels)):
        if not os.path.exists(os.path.join(folder, name)):
            with complete_file(os.path.join(folder, name)) as file:
                file.write(as_table(rows).encode())


def photograph(sprite, rng):
    """A sprite somewhere on a background that shades from one colour to another."""
    width, height = (int(side) for side in rng.integers(180, 320, size=2))
    corners = Image.fromarray(rng.integers(120, 256, size=(2, 2, 3), dtype=np.uint8))
    background = corners.resize((width, height), Image.Resampling.BILINEAR)
    left, top = int(rng.integers(width - 160)), int(rng.integers(height - 160))
    page = Image.new("RGB", (width, height), "white")
    page.paste(sprite, (left, top))
    return ImageChops.multiply(background, page)  # the sprite's white paper lets everything through
