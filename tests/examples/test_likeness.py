"""The numbers of examples/likeness.py, on sprites and on what was made of them."""

import numpy as np
import pytest
from images import image_data
from likeness import Ruler, line
from running import on_the_cpu, run

import tinygrad_cv as tg
from tinygrad_cv.data import TensorDataset

pytestmark = on_the_cpu


@pytest.fixture(scope="module")
def sprites():
    return image_data("sprites", 16, 800)


@pytest.fixture(scope="module")
def ruler(sprites):
    return Ruler(sprites, 300)


def test_other_real_images_are_the_nearest(sprites, ruler):
    images = tg.stack([sprites[k][0] for k in range(300)])
    for spoiled in (images.flip(1), images.clip(-0.5, 0.5), images.transpose(2, 3)):
        score = ruler.score(spoiled)
        assert min(score["conv"], score["pixels"]) > 2 * max(
            ruler.real["conv"], ruler.real["pixels"])
    assert ruler.real["twins"] < 0.15 and ruler.real["sharp"] == pytest.approx(1, abs=0.05)


def test_the_mean_image_is_1_away(sprites):
    """Its distance is the whole variance of the real ones, which is scaled to 1."""
    ruler = Ruler(sprites, 300)
    order = np.random.default_rng(0).permutation(800)[:300]
    mean = tg.stack([sprites[k][0] for k in order]).mean(0)
    score = ruler.score(mean.expand(300, *mean.shape))
    assert score["pixels"] == pytest.approx(1, abs=1e-3)
    assert score["twins"] == 1 and score["sharp"] < 0.8


def test_twins_and_sharpness(sprites, ruler):
    images = tg.stack([sprites[k % 100][0] for k in range(300)])  # each of them three times
    score = ruler.score(images)
    assert score["twins"] == 1 and score["sharp"] == pytest.approx(1, abs=0.1)
    speckled = ruler.score(images + 0.2 * tg.randn_like(images))
    assert speckled["sharp"] > 1.2 and speckled["twins"] < 1


def test_nothing_to_compare(ruler):
    """Images that are NaN have no score, and data that are all alike no variance; no error."""
    assert np.isnan(list(ruler.score(tg.full((9, 3, 16, 16), float("nan"))).values())).all()
    same = TensorDataset(tg.zeros(3, 1, 8, 8), tg.zeros(3))
    assert np.isfinite(list(Ruler(same).score(tg.rand(5, 1, 8, 8)).values())).all()


def test_score_of_a_checkpoint(tmp_path):
    """A run notes the numbers of each epoch and prints the last, and so does score.py."""
    printed = run("dcgan.py", *"--features 2 --image-size 16 --count 64 --batch-size 4".split(),
                  "--epochs", 2, "--out", tmp_path)
    history = tg.load(tmp_path / "checkpoint.npz")["history"]
    assert ["conv" in step for step in history] == ([False] * 15 + [True]) * 2
    assert printed.splitlines()[-1] == line("generated", history[-1])
    checkpoint = tmp_path / "checkpoint.npz"
    rows = run("score.py", checkpoint).splitlines()
    assert rows[2:] == printed.splitlines()[-2:]  # the ruler, and images of the same noise
