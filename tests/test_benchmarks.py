"""benchmarks/: every workload does its work, and both engines do the same work."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import workloads
from running import on_the_cpu

import tinygrad_cv as tg

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def command(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS.parent), "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), *arguments], env=environment,
        capture_output=True, text=True, timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@on_the_cpu
@pytest.mark.parity
@pytest.mark.parametrize(
    "name", ["dcgan", "gaussian", "mnist_mlp", "mnist_dc", "resnet34", "efficientnet"]
)
def test_both_engines_compute_the_same(name):
    """From the same weights and inputs, two steps give the same losses or features."""
    torch = pytest.importorskip("torch")
    make, _, _ = workloads.WORKLOADS[name]
    ours, our_nets = make(Shared(tg), tiny=True)
    theirs, their_nets = make(Shared(torch), tiny=True)
    for our_net, their_net in zip(our_nets, their_nets):
        state = {key: torch.tensor(value.numpy()) for key, value in our_net.state_dict().items()}
        their_net.load_state_dict(state)
    for _ in range(2):
        wanted = theirs().detach().numpy()
        got = ours().detach().numpy()
        np.testing.assert_allclose(got, wanted, rtol=2e-3, atol=2e-4 * max(1, np.abs(wanted).max()))


class Shared:
    """An engine whose random numbers come from NumPy, so that both engines get the same inputs."""

    def __init__(self, T):
        self.engine, self.generator, self.__name__ = T, np.random.default_rng(0), T.__name__

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def randn(self, *shape):
        return self.engine.tensor(self.generator.standard_normal(shape).astype(np.float32))

    def rand(self, *shape):
        return self.engine.tensor(self.generator.random(shape).astype(np.float32))


def test_every_single_operation_runs():
    for name, make in workloads.MICRO.items():
        step, _ = make(tg, tiny=True)
        assert np.isfinite(step().cpu().numpy()).all(), name


@on_the_cpu
def test_the_command():
    listed = command("--list").splitlines()
    assert listed == [*workloads.WORKLOADS, "import", *workloads.MICRO]
    printed = command("gaussian", "--tiny", "--rounds", "1")
    assert "Gaussian GAN step" in printed and "NumPy" in printed.splitlines()[-1]
    assert "one DCGAN step" in command("--profile", "--tiny", "--rounds", "1")
    assert command("--scaling", "--tiny", "--rounds", "1").count("ns a pixel") == 4
