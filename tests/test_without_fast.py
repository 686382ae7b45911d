"""fast/ is only speed: with its folder deleted, a DCGAN trains to the same numbers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "tinygrad_cv"

# Large enough that the faster kernels use blocks, strips and threads
TRAIN = """
import sys
import numpy as np
import tinygrad_cv as tg
from tinygrad_cv.models.dcgan import Discriminator, Generator
from training import GAN

assert ("tinygrad_cv.fast" in sys.modules) == (sys.argv[1] == "fast")
tg.set_default_dtype(getattr(tg, sys.argv[2]))
tg.manual_seed(0)
G = Generator(latent=16, features=16, image_size=32)
D = Discriminator(features=16, image_size=32)
gan, losses = GAN(tg, G, D, learning_rate=2e-4), []
for _ in range(int(sys.argv[3])):
    real, noise = tg.randn(16, 3, 32, 32).clamp(-1, 1), tg.randn(16, 16, 1, 1)
    losses += [loss.item() for loss in gan.step(real, noise)]
numbers = {f"number {k}": value.numpy() for k, value in enumerate(gan.state())}
np.savez(sys.argv[4], losses=losses, **numbers)
"""


def trained(folder, fast, dtype, steps, target):
    """Every loss and every number of both nets, trained with the package that lies in `folder`."""
    command = [sys.executable, "-c", TRAIN, fast, dtype, str(steps), str(target)]
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{TESTS}"}
    environment.pop("TINYGRAD_CV_FAST", None)
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(target) as numbers:
        return dict(numbers)


@pytest.mark.skipif(not (PACKAGE / "fast").is_dir(), reason="fast/ is deleted already")
@pytest.mark.parametrize("dtype, steps, tolerance", [
    ("float64", 5, 1e-9),
    # Sums in another order differ in the last digit. Adam divides a gradient by its own size,
    # so where a gradient is nearly 0 that digit decides which way a weight moves. After two
    # steps this has happened to no weight yet; after many, the two trainings part.
    ("float32", 2, 1e-5),
])
def test_training_without_fast_gives_the_same_numbers(tmp_path, dtype, steps, tolerance):
    skipped = shutil.ignore_patterns("fast", "__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "tinygrad_cv", ignore=skipped)
    plain = trained(tmp_path, "plain", dtype, steps, tmp_path / "plain.npz")
    fast = trained(PACKAGE.parent, "fast", dtype, steps, tmp_path / "fast.npz")
    assert plain.keys() == fast.keys() and len(plain) > 20
    for name in plain:
        np.testing.assert_allclose(fast[name], plain[name], rtol=0, atol=tolerance, err_msg=name)
