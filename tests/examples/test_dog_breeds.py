"""examples/dog_breeds.py as a user runs it, with random weights and small pictures."""

import os
import shutil

import kaggle
import pytest
from running import fails, on_the_cpu, picture, run, same_checkpoints
from sprites import Sprites

import tinygrad_cv as tg

TINY = "--network resnet18 --weights random --image-size 32 --cache-features 2 --device cpu".split()
WRITTEN = {
    "features", "made_up", "predictions.png", "submission.csv", "train_valid_test", "training",
    "training.png", "tinygrad_cv.log", "tuning", "tuning.png",
}

pytestmark = on_the_cpu


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of an uninterrupted run of three epochs on the made-up set."""
    out = tmp_path_factory.mktemp("trained")
    printed = run("dog_breeds.py", *TINY, "--epochs", 3, "--out", out)
    assert "organise: 56 train, 8 valid, 64 train_valid, 32 test photographs" in printed
    assert "tune: on 56 photographs, checked on 8" in printed
    assert "train: on all 64 photographs" in printed
    assert printed.count("valid accuracy") == 3 and printed.count("epoch") == 6
    return out


def copy_of(folder, tmp_path):
    """The features are there already, but nothing of the trainings."""
    out = tmp_path / "copy"
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns("tuning", "training"))
    return out


def test_submission_and_pictures(trained):
    assert set(os.listdir(trained)) == WRITTEN
    header, *rows = kaggle.read_table(trained / "submission.csv")
    sample_header, *sample = kaggle.read_table(trained / "made_up" / "sample_submission.csv")
    assert header == sample_header == ["id", *Sprites.classes]
    assert [row[0] for row in rows] == [row[0] for row in sample] and len(rows) == 32
    for row in rows:
        numbers = [*map(float, row[1:])]
        assert sum(numbers) == pytest.approx(1, abs=1e-6) and 0 <= min(numbers)
    for name in ("predictions.png", "tuning.png", "training.png"):
        assert min(picture(trained / name)) > 300


def test_again_with_the_features_kept_and_the_same_result(trained, tmp_path):
    out = copy_of(trained, tmp_path)
    times = {name: os.stat(out / "features" / name).st_mtime_ns
             for name in os.listdir(out / "features") if name.endswith(".npz")}
    (out / "features" / "valid_1.npz").unlink()  # made anew, which must change nothing else
    run("dog_breeds.py", *TINY, "--epochs", 3, "--out", out, "--workers", 3)
    for name in ("tuning", "training"):
        same_checkpoints(trained / name, out / name)
    assert (out / "submission.csv").read_bytes() == (trained / "submission.csv").read_bytes()
    for name in set(times) - {"valid_1.npz"}:
        assert os.stat(out / "features" / name).st_mtime_ns == times[name]


def test_resume_is_bit_identical(trained, tmp_path):
    out = copy_of(trained, tmp_path)
    run("dog_breeds.py", *TINY, "--epochs", 1, "--out", out)
    printed = run("dog_breeds.py", *TINY, "--epochs", 3, "--out", out, "--resume")
    assert printed.count("1 epochs are done") == 2
    for name in ("tuning", "training"):
        same_checkpoints(trained / name, out / name)


def test_new_views_in_every_epoch(trained, tmp_path):
    out = copy_of(trained, tmp_path)
    options = "--cache-features", 0, "--features", "pooled", "--epochs", 1
    run("dog_breeds.py", *TINY, *options, "--out", out)
    head = tg.load(out / "training" / "checkpoint.npz")["parts"]["head"]
    assert set(head) == {"weight", "bias"} and head["weight"].shape == (8, 512)


def test_dry_run_without_validation_and_again_with_other_weights(tmp_path):
    """The weights are others though their file has the same name, so the features are others."""
    weights, out, seen = tmp_path / "weights.npz", tmp_path / "out", []
    options = "--dry-run", "--valid-share", 0, "--batch-size", 8, "--weights", weights
    for _ in range(2):
        tg.save(tg.models.resnet18().state_dict(), weights)
        printed = run("dog_breeds.py", *TINY, *options, "--out", out)
        seen.append(tg.load(out / "features" / "test_1.npz")["features"].tolist())
    assert seen[0] != seen[1]
    assert "64 train, 0 valid" in printed and "tune" not in printed
    assert len(tg.load(out / "training" / "checkpoint.npz")["history"]) == 2
    assert len(kaggle.read_table(out / "submission.csv")) == 1 + 16


def test_a_damaged_photograph_is_named_as_the_user_knows_it(trained, tmp_path):
    shutil.copytree(trained / "made_up", tmp_path / "data")
    photograph = sorted((tmp_path / "data" / "train").iterdir())[3]
    photograph.write_bytes(photograph.read_bytes()[:500])
    line = fails("dog_breeds.py", *TINY, "--data", tmp_path / "data", "--out", tmp_path / "out")
    assert "1 damaged photographs" in line and str(photograph) in line and "labels.csv" in line


@pytest.mark.parametrize("arguments, message", [
    (["--data", "missing"], "--data missing: there is no missing/labels.csv"),
    (["--network", "resnet34"],
     "fetch https://download.pytorch.org/models/resnet34-b627a593.pth and say --weights"),
    ([*TINY, "--weights", "missing.pth"], "missing.pth"),
    ([*TINY, "--valid-share", 1], "share for validation"),
])
def test_what_cannot_be_is_told_in_a_line(tmp_path, arguments, message):
    assert message in fails("dog_breeds.py", "--out", tmp_path, *arguments)


def test_what_does_not_fit_is_told_before_features_are_computed(trained, tmp_path):
    out = copy_of(trained, tmp_path)
    options = "dog_breeds.py", *TINY, "--out", out
    shutil.rmtree(out / "features")
    assert "there is no" in fails(*options, "--resume")
    tg.save({"not": "a checkpoint"}, out / "tuning" / "checkpoint.npz")
    assert "was not written by dog_breeds.py" in fails(*options, "--resume")
    assert "was made with --lr" in fails(*options, "--resume", "--lr", 1, "--out", trained)
    (out / "tuning" / "checkpoint.npz").unlink()
    (out / "training").write_text("in the way")
    assert "training" in fails(*options)
    (out / "made_up" / "sample_submission.csv").write_text("id,pug\n1,1\n")
    assert "other ids than the data" in fails(*options) and not (out / "features").exists()
