"""Scripts as courses on GANs write them, by `python -m tinygrad_cv`, with PyTorch's numbers."""

import functools
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HERE = Path(__file__).parent
WRITES = {
    "conditional_sprites": ["0.png", "1.png"], "dog_breeds": ["submission.csv"],
    "tutorial_dcgan": ["figure1.png", "figure2.png", "figure3.png"], "autograd_function": [],
}
every_script = pytest.mark.parametrize("name", WRITES)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with sprites of two classes."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for number in range(10):
        place = folder / "sprites" / f"class{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.kron(rng.integers(0, 256, (5, 5, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return folder


@functools.cache
def numbers(name, folder, *options):
    """The numbers that a script prints."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "MPLBACKEND": "Agg",
                   "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, *options, str(HERE / "scripts" / f"{name}.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return [float(n) for n in re.findall(r"nan|-?\d+\.?\d*(?:e[-+]\d+)?", done.stdout)]


@every_script
def test_it_runs_and_writes_what_it_should(name, data):
    found = numbers(name, data, "-m", "tinygrad_cv")
    assert len(found) > 10 and np.isfinite(found).all()
    assert all((data / file).exists() for file in WRITES[name])


@pytest.mark.parity
@every_script
def test_its_numbers_are_pytorch_s(name, data):
    if not (find_spec("torch") and find_spec("torchvision")):
        pytest.skip("needs torch and torchvision")
    ours = numbers(name, data, "-m", "tinygrad_cv")
    theirs = numbers(name, data, str(HERE / "on_pytorch.py"))
    np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-3)
