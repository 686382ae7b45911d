"""Kaggle's dog breeds: from the download to folders that ImageFolder reads, and to a submission.

    dog-breed-identification/            out/train_valid_test/
        train/<id>.jpg                       train/<breed>/<id>.jpg         most of the labelled photographs
        test/<id>.jpg                        valid/<breed>/<id>.jpg         the rest of them
        labels.csv       id,breed            train_valid/<breed>/<id>.jpg   all of them
        sample_submission.csv                test/unknown/<id>.jpg

Settings are chosen by training on `train` and looking at `valid`; with the settings chosen, the network that
counts is trained on `train_valid`. The validation share is taken breed by breed, so that none is missing by
bad luck. A breed with one photograph keeps it in `train`: what was never seen cannot be recognised.
"""
import csv
import os
import shutil

import numpy as np
from PIL import Image, ImageChops
from tqdm import tqdm

from .image_folder import listed, named_format
from .sprites import Sprites

LABELS, SAMPLE = "labels.csv", "sample_submission.csv"


def read_table(path):
    """The rows of a .csv file, the names of the columns first; empty lines are left out."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        try:
            rows = [row for row in csv.reader(file) if row]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is no table (.csv): {error}") from error
    if not rows:
        raise ValueError(f"{path} is empty")
    for row in rows:
        if len(row) != len(rows[0]):
            raise ValueError(f"{path}: {len(rows[0])} columns, but {len(row)} values in the row {','.join(row)[:60]!r}")
    return rows


def images_by_id(folder):
    """{id: path} of the image files in a folder, by id; the id is the name without its ending."""
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder}; Kaggle's download has train/, test/ and {LABELS}")
    found = {}
    for name in sorted(os.listdir(folder)):
        if named_format(name) and not name.startswith("."):
            id = os.path.splitext(name)[0]
            if id in found:
                raise ValueError(f"{folder}: two images have the id {id}: {os.path.basename(found[id])} and {name}")
            found[id] = os.path.join(folder, name)
    if not found:
        raise FileNotFoundError(f"{folder} has no images")
    return found


def read_labels(data):
    """{id: breed} from labels.csv in the folder `data`, which must name each image of train/ once, and no other.

    FileNotFoundError for what is missing, ValueError for wrong columns, a label without image, an image without
    label, an id named twice or a breed that cannot be the name of a folder.
    """
    path = os.path.join(data, LABELS)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"there is no {path}; Kaggle's download has train/, test/ and {LABELS}")
    header, *rows = read_table(path)
    if header != ["id", "breed"]:
        raise ValueError(f"{path}: needs the columns id,breed, got {','.join(header)[:60]}")
    labels = {}
    for id, breed in rows:
        if id in labels:
            raise ValueError(f"{path}: {id} stands there twice, as {labels[id]} and as {breed}")
        if not breed or breed.startswith(".") or set(breed) & set('/\\:*?"<>|\0') or breed != breed.strip():
            raise ValueError(f"{path}: {breed!r}, the breed of {id}, cannot be the name of a folder")
        labels[id] = breed
    images = images_by_id(os.path.join(data, "train"))
    lost, unknown = sorted(set(labels) - set(images)), sorted(set(images) - set(labels))
    if lost:
        raise ValueError(f"{path}: {len(lost)} labels without an image in train/: {listed(lost, 3)}")
    if unknown:
        raise ValueError(f"{path}: {len(unknown)} images in train/ without a label: {listed(unknown, 3)}")
    return labels


def split(labels, valid_share, seed=0):
    """(ids for validation, breeds with one image), from {id: breed}.

    Of a breed with n > 1 images round(valid_share * n) are for validation, but at least 1 and at most n - 1;
    which ones, a random generator decides that is started from `seed`.
    """
    if not 0 <= valid_share < 1:
        raise ValueError(f"the share for validation must be at least 0 and less than 1, got {valid_share}")
    by_breed = {}
    for id in sorted(labels):
        by_breed.setdefault(labels[id], []).append(id)
    chance, valid = np.random.default_rng(seed), set()
    for breed in sorted(by_breed):
        ids = by_breed[breed]
        count = min(max(1, round(valid_share * len(ids))), len(ids) - 1) if valid_share else 0
        valid.update(ids[k] for k in chance.permutation(len(ids))[:count])
    return valid, [breed for breed in sorted(by_breed) if len(by_breed[breed]) == 1]


def organise(data, out, valid_share=0.1, seed=0):
    """Fill `out`/train_valid_test from Kaggle's download in the folder `data`, which is only read.

    Returns (that folder, {part: number of images}, breeds with one image). Files are links to those in `data`,
    or copies where the disk refuses links. Safe to repeat, after an interruption or with other labels too: what
    is right stays, what is wrong or left over goes, and nothing is ever seen half-written.

    Raises what `read_labels` and `split` do.
    """
    labels = read_labels(data)
    valid, single = split(labels, valid_share, seed)
    train, test = (images_by_id(os.path.join(data, part)) for part in ("train", "test"))
    wanted = {}                                      # path below `root`: the file of `data` to be there
    for id, source in train.items():
        place = os.path.join(labels[id], os.path.basename(source))
        wanted[os.path.join("valid" if id in valid else "train", place)] = source
        wanted[os.path.join("train_valid", place)] = source
    for source in test.values():
        wanted[os.path.join("test", "unknown", os.path.basename(source))] = source
    root = os.path.join(out, "train_valid_test")
    for part in ("train", "valid", "train_valid", "test"):
        clean(root, part, wanted)
    for place, source in tqdm(wanted.items(), desc="organising", unit="image", delay=2, leave=False):
        put(os.path.abspath(source), os.path.join(root, place))
    counts = {"train": len(train) - len(valid), "valid": len(valid), "train_valid": len(train), "test": len(test)}
    return root, counts, single


def clean(root, part, wanted):
    """Remove from root/part the files that are not wanted, and the folders that this leaves empty."""
    for folder, _, names in os.walk(os.path.join(root, part), topdown=False):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.relpath(path, root) not in wanted:
                os.remove(path)
        if not os.listdir(folder):
            os.rmdir(folder)


def put(source, path):
    """Let the file `source` be found at `path` too: by a link, or by a copy with the same time stamp."""
    if is_same(source, path):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = os.path.join(os.path.dirname(path), ".part")    # hidden: ImageFolder would not see it
    for make in (os.symlink, os.link, shutil.copy2):
        try:
            if os.path.lexists(partial):
                os.remove(partial)
            make(source, partial)
            break
        except OSError:
            if make is shutil.copy2:
                raise
    os.replace(partial, path)                                 # at once: there or not, never half


def is_same(source, path):
    if not os.path.exists(path):                              # or a link to nowhere
        return False
    old, new = os.stat(path), os.stat(source)
    return os.path.samestat(old, new) or (old.st_size, old.st_mtime_ns) == (new.st_size, new.st_mtime_ns)


def write_submission(path, ids, breeds, probabilities, sample=None):
    """Write Kaggle's table: a row for each id, a column for each breed, probabilities that sum to 1 in a row.

    `probabilities` is a tensor (len(ids), len(breeds)). If `sample` names a sample_submission.csv, rows and
    columns stand in its order; ValueError, and nothing is written, where it has other ids or breeds.
    """
    rows, columns = list(ids), list(breeds)
    if sample is not None:
        (first, *columns), *lines = read_table(sample)
        rows = [line[0] for line in lines]
        for what, theirs, ours in (("ids", rows, ids), ("breeds", columns, breeds)):
            if first != "id" or sorted(theirs) != sorted(ours):
                other = sorted(set(theirs) ^ set(ours))
                raise ValueError(f"{sample} has other {what} than the data, or some twice: {listed(other, 3)}")
    table = probabilities.detach().cpu().numpy().astype(np.float64)
    table /= table.sum(1, keepdims=True)
    order = [list(breeds).index(breed) for breed in columns]
    row_of = dict(zip(ids, table[:, order].tolist()))
    partial = f"{path}.part"
    with open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", *columns])
        writer.writerows([id, *(f"{p:.9g}" for p in row_of[id])] for id in rows)
    os.replace(partial, path)


def make_up(folder, images=12, seed=0):
    """Draw a small data set in Kaggle's layout into `folder`: `images` "photographs" each of 8 breeds of sprites,
    of different sizes and on backgrounds of different colours; the last third of each breed is for test/.

    A folder that has a labels.csv stays as it is: it is written last, so everything else is there.
    """
    if os.path.exists(os.path.join(folder, LABELS)):
        return
    for part in ("train", "test"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    breeds, chance = Sprites.classes, np.random.default_rng(seed)
    sprites = Sprites(images * len(breeds), size=160, seed=seed)
    labels, tests = [("id", "breed")], []
    for i, target in enumerate(sprites.targets):
        part = "train" if 3 * i < 2 * len(sprites) else "test"
        id = f"{chance.integers(2**63):016x}"
        photograph(sprites.picture(i), chance).save(os.path.join(folder, part, f"{id}.jpg"), quality=90)
        if part == "train":
            labels.append((id, breeds[target]))
        else:
            tests.append((id, *[f"{1 / len(breeds):.9g}"] * len(breeds)))
    for name, rows in ((SAMPLE, [("id", *breeds), *sorted(tests)]), (LABELS, labels)):
        with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def photograph(sprite, chance):
    """A sprite somewhere before a background that shades from one colour to another."""
    width, height = (int(side) for side in chance.integers(180, 320, size=2))
    corners = Image.fromarray(chance.integers(120, 256, size=(2, 2, 3), dtype=np.uint8))
    background = corners.resize((width, height), Image.Resampling.BILINEAR)
    left, top = int(chance.integers(width - 160)), int(chance.integers(height - 160))
    page = Image.new("RGB", (width, height), "white")
    page.paste(sprite, (left, top))
    return ImageChops.multiply(background, page)              # the sprite's paper is white: it lets all through
