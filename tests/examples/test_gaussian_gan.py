"""examples/gaussian_gan.py and bilinear_game.py against the numbers of the course."""

import math
import re

import pytest
from running import on_the_cpu, picture, prepared, run

import tinygrad_cv as tg

pytestmark = on_the_cpu


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("gaussian")
    return out, run("gaussian_gan.py", "--out", out)


def test_both_losses_end_at_ln_2(trained):
    _, printed = trained
    losses = [float(value) for value in re.search(r"D (\S+), G (\S+);", printed).groups()]
    assert losses == pytest.approx([math.log(2)] * 2, abs=0.02)


def test_the_moments(trained):
    _, printed = trained
    assert "true: mean [1.00, 2.00], covariance [[1.01, 1.95], [1.95, 4.25]]" in printed
    numbers = re.search(r"generated: (.*)", printed)[1]
    mean_x, mean_y, a, b, c, d = (float(n) for n in re.findall(r"-?\d+\.\d+", numbers))
    assert (mean_x, mean_y) == pytest.approx((1, 2), abs=0.5)
    assert b == c and 0.5 < a < 2 and 2 < d < 7 and 0 < b <= math.sqrt(a * d)


def test_pictures_and_history(trained):
    out, _ = trained
    assert min(picture(out / "points.png")) > 300 and min(picture(out / "losses.png")) > 300
    assert len(tg.load(out / "checkpoint.npz")["history"]) == 20 * 125


def test_other_ways_to_start_python(tmp_path):
    """Without docstrings, a standard error, a home, Unicode; with the backend of a notebook."""
    options = "--dry-run", "--out", tmp_path / "\u00f6"
    run("gaussian_gan.py", *options, python=["-OO"])
    run("gaussian_gan.py", *options, MPLBACKEND="module://matplotlib_inline.backend_inline")
    run("gaussian_gan.py", *options, python=prepared("sys.stderr = None"))
    run("gaussian_gan.py", *options, PYTHONIOENCODING="ascii", HOME="")


def test_the_bilinear_game_goes_in_a_circle(tmp_path):
    printed = run("bilinear_game.py", "--out", tmp_path).splitlines()
    assert printed == ["x = 1, -1, -2, -1, 1, 2, 1", "y = 1, 2, 1, -1, -2, -1, 1"]
    assert min(picture(tmp_path / "path.png")) > 300
