"""The GANs on digits: sizes of the networks, and losses held against float64."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv.models import mnist_gan as models


def parameters(net):
    return sum(p.numel() for p in net.parameters())


def test_parameters():
    """The course's numbers."""
    assert parameters(models.mlp_discriminator()) == 267_009
    assert parameters(models.mlp_generator(4)) == 1_858_320
    assert parameters(models.dc_discriminator()) == 1_102_721
    assert parameters(models.dc_generator(4)) == 6_580_801


@pytest.mark.parametrize("kind", ["mlp", "dc"])
def test_shapes_and_range(kind):
    G, D = (getattr(models, f"{kind}_{name}")() for name in ("generator", "discriminator"))
    images = G(tg.rand(3, 96) * 2 - 1)
    assert images.shape == (3, 1, 28, 28) and images.abs().max().item() <= 1
    assert D(images).shape == (3, 1)


def test_weights_are_xavier():
    weight = models.mlp_generator()[2].weight  # (1024, 1024)
    bound = math.sqrt(6 / 2048)
    assert weight.abs().max().item() <= bound
    assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.01)


logits = st.lists(st.floats(-60, 60, width=32), min_size=1, max_size=8)


def softplus(x):
    """log(1 + e^x) in float64, without overflow."""
    return np.logaddexp(0.0, np.asarray(x, np.float64))


@given(logits, logits)
def test_losses_are_those_of_float64(real, fake):
    """Within 1e-7 relative; -log sigmoid(x) = softplus(-x), -log(1 - sigmoid(x)) = softplus(x)."""
    r, f = np.array(real), np.array(fake)
    wanted = [
        (models.discriminator_loss, softplus(-r).mean() + softplus(f).mean()),
        (models.ls_discriminator_loss, ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2),
    ]
    one = [(models.generator_loss, softplus(-f).mean()),
           (models.ls_generator_loss, ((f - 1) ** 2).mean() / 2)]

    def column(values):
        return tg.tensor(values, dtype=tg.float64).reshape(-1, 1)

    for loss, value in wanted:
        assert loss(column(real), column(fake)).item() == pytest.approx(value, rel=1e-7, abs=1e-30)
    for loss, value in one:
        assert loss(column(fake)).item() == pytest.approx(value, rel=1e-7, abs=1e-30)
