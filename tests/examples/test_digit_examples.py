"""The examples on digits, each for a few steps: GANs, the classifier, the scores."""

import functools
import itertools
import os

import images
import numpy as np
import pytest
from digits import Digits
from frechet import Judge, frechet_distance
from running import fails, on_the_cpu, picture, run, same_checkpoints

import tinygrad_cv as tg

SMALL = "--count 64 --batch-size 16 --epochs 2 --device cpu".split()
PICTURES = {"checkpoint.npz", "losses.png", "real_and_generated.png", "training.gif",
            "tinygrad_cv.log"}

pytestmark = on_the_cpu


@pytest.fixture(scope="module", autouse=True)
def drawn_once():
    """The digits of one seed are drawn for the first run, and not again for the others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "Digits", functools.cache(Digits))
        yield


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """The library's own digits are easy: 40 steps are enough to read most of them."""
    out = tmp_path_factory.mktemp("classifier")
    printed = run("mnist_classifier.py", "--count", 1000, "--batch-size", 50, "--epochs", 2,
                  "--out", out)
    assert float(printed.split("epoch 2: ")[1].split("%")[0]) > 90
    assert "of 4,000 test images right" in printed
    assert min(picture(out / "wrong.png")) > 100 and min(picture(out / "losses.png")) > 300
    return out / "checkpoint.npz"


@pytest.mark.parametrize("script, options", [
    ("mnist_gan.py", "--loss vanilla --model mlp"), ("mnist_gan.py", "--loss lsgan --model dc"),
    ("wgan_gp.py", "--model mlp"), ("wgan_gp.py", "--model dc"),
])
def test_the_gans(classifier, tmp_path, script, options):
    printed = run(script, *SMALL, *options.split(), "--every", 3, "--classifier", classifier,
                  "--score", 200, "--out", tmp_path)
    assert set(os.listdir(tmp_path)) == PICTURES | {f"step_{step:06}.png" for step in (3, 4, 6, 8)}
    assert picture(tmp_path / "step_000008.png") == (8 * 30 + 2,) * 2
    assert "generated digits" in printed.splitlines()[-1]
    history = tg.load(tmp_path / "checkpoint.npz")["history"]
    assert len(history) == 8 and all(np.isfinite(list(step.values())).all() for step in history)
    if script == "wgan_gp.py":
        steps_of_G = [k for k, step in enumerate(history, 1) if "loss_G" in step]
        assert steps_of_G == [5]  # every fifth step
        table = run("score.py", tmp_path / "checkpoint.npz", "--classifier", classifier,
                    "--score", 300).splitlines()
        assert table[1].startswith("real training digits") and table[2].startswith("wgan-gp")


def test_resume_is_bit_identical(tmp_path):
    options = [*SMALL, "--every", 3]
    run("mnist_gan.py", *options, "--out", tmp_path / "whole")
    run("mnist_gan.py", *options, "--epochs", 1, "--out", tmp_path / "cut")
    printed = run("mnist_gan.py", *options, "--resume", "--out", tmp_path / "cut")
    assert "no score: there is no runs/mnist_classifier/checkpoint.npz" in printed
    same_checkpoints(tmp_path / "whole", tmp_path / "cut")


def test_scores_tell_real_digits_from_noise(classifier):
    """Other real digits are near, noise is far, and one digit alone is far and counts as one."""
    judge = Judge(classifier, "digits")
    digits = Digits(2000, seed=7)
    images = digits.data.unsqueeze(1).float() / 127.5 - 1
    real, ones = judge.score(images), judge.score(images[digits.targets == 1])
    noise = judge.score(tg.rand(500, 1, 28, 28) * 2 - 1)
    assert real["distance"] < min(ones["distance"], noise["distance"]) / 5
    assert ones["digits"] < 5 < real["digits"] <= 10
    assert sum(real["shares"]) == pytest.approx(1)


def test_the_frechet_distance():
    """The closed form for Gaussians whose covariances commute, and what a distance must do."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    corners = np.array([*itertools.product([-1, 1], repeat=3)])  # of a cube
    cloud = corners * (7 / 8) ** 0.5  # mean 0, covariance exactly I
    one, other = np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.5, 0.0])
    shift = np.array([1.0, -2.0, 0.5])
    distance = frechet_distance(cloud * one @ basis, cloud * other @ basis + shift)
    assert distance == pytest.approx(shift @ shift + ((one - other) ** 2).sum())
    a, b = rng.standard_normal((200, 5)), rng.standard_normal((300, 5)) * 2 + 1
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))


@pytest.mark.parametrize("script", ["mnist_gan.py", "mnist_classifier.py", "wgan_gp.py", "score.py",
                                    "gaussian_gan.py", "dcgan.py", "sample.py", "dog_breeds.py"])
def test_help(script):
    """In a new process, which has imported nothing else."""
    printed = run(script, "--help", python=["-W", "error"])
    assert printed.startswith("usage:") and f"python examples/{script}" in printed
    assert "(default" in printed


@pytest.mark.parametrize("script, options", [
    ("mnist_classifier.py", "--lr nan"), ("dog_breeds.py", "--momentum -1.0"),
    ("dcgan.py", "--batch-size 0"), ("bilinear_game.py", "--steps 0"), ("dcgan.py", "--lr inf"),
])
def test_a_number_out_of_range_is_one_line(script, options):
    option, value = options.split()[:2]
    assert fails(script, *options.split()).startswith(f"{option} {value}: must be at least")


def test_a_checkpoint_of_another_example_is_one_line(classifier, tmp_path):
    score = ["score.py", "--classifier", classifier, "--score", 10]
    assert f"{classifier} was not written by examples/mnist_gan.py" in fails(*score, classifier)
    assert f"{classifier} was not written by examples/dcgan.py" in fails("sample.py", classifier)
    resume = "--count", 256, "--batch-size", 64, "--resume", "--out", classifier.parent
    assert "checkpoint.npz was not written by mnist_gan.py" in fails("mnist_gan.py", *resume)
    run("gaussian_gan.py", "--epochs", 1, "--out", tmp_path)
    gaussian = tmp_path / "checkpoint.npz"
    line = fails("score.py", "--classifier", gaussian)
    assert f"{gaussian} was not written by examples/mnist_classifier.py" in line


def test_bad_data_is_one_line(tmp_path):
    assert "the devices are " in fails("gaussian_gan.py", "--device", "abacus", "--out", tmp_path)
    options = *SMALL, "--out", tmp_path, "--data"
    assert "no such folder" in fails("mnist_gan.py", *options, tmp_path / "missing")
    assert "train-images-idx3-ubyte" in fails("mnist_classifier.py", *options, tmp_path)
    (tmp_path / "damaged.npz").write_bytes(b"damaged")
    for name in "damaged.npz", "missing.npz":
        assert "--classifier" in fails("score.py", "--classifier", tmp_path / name)
