"""Scripts as courses on GANs write them, by `python -m tinygrad_cv`, with PyTorch's numbers."""

import functools
import os
import re
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PYTORCH = str(Path(__file__).with_name("on_pytorch.py"))
SCRIPTS = sorted(Path(__file__).with_name("scripts").glob("*.py"))
WRITES = {
    "gaussian_gan": ["gaussian.png"], "conditional_sprites": ["0.png", "1.png"],
    "tutorial_dcgan": ["figure1.png", "figure2.png", "figure3.png"],
    "mnist64_tensorboard": ["logs/real", "logs/fake"], "chunk_sampler": [],
    "dog_breeds": ["submission.csv"], "autograd_function": [],
}
every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with sprites of two classes, and MNIST's four files of 30 blurred squares."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for number in range(10):
        place = folder / "sprites" / f"class{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.kron(rng.integers(0, 256, (5, 5, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.kron(rng.integers(0, 256, (30, 4, 4)), np.ones((1, 7, 7))).astype(np.uint8)
    labels = rng.integers(0, 10, 30).astype(np.uint8)
    for part in "train", "t10k":
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (raw / f"{part}-{name}-ubyte").write_bytes(head + array.tobytes())
    return folder


@functools.cache
def output_of(script, folder, *options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg",
                   "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *options, str(script), str(folder)],
                          capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", text)]


@every_script
def test_it_runs_and_writes_what_it_should(script, data):
    for name in WRITES[script.stem]:
        (data / name).unlink() if (data / name).is_file() else None
    output = output_of(script, data, "-m", "tinygrad_cv")
    assert len(numbers(output)) > 10 and "nan" not in output
    for name in WRITES[script.stem]:
        assert (data / name).exists()


@pytest.mark.parity
@every_script
def test_its_numbers_are_pytorch_s(script, data):
    for library in {"torch", *re.findall("torchvision|tensorboard", script.read_text())}:
        if not find_spec(library):
            pytest.skip(f"needs {library}")
    ours = numbers(output_of(script, data, "-m", "tinygrad_cv"))
    theirs = numbers(output_of(script, data, PYTORCH))
    np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-3)
