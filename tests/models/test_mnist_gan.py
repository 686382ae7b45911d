"""The GANs on digits: sizes of the networks, and their losses."""

import math

import numpy as np
import pytest

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


def softplus(x):
    """log(1 + e^x), without overflow; -log sigmoid(x) is softplus(-x)."""
    return np.logaddexp(0, x)


def test_losses_are_what_their_formulas_say():
    real, fake = np.array([[-60.0], [0.5], [2.0]]), np.array([[3.0], [60.0], [-1.0]])
    for loss, arrays, wanted in (
        (models.discriminator_loss, (real, fake), softplus(-real) + softplus(fake)),
        (models.generator_loss, (fake,), softplus(-fake)),
        (models.ls_discriminator_loss, (real, fake), ((real - 1) ** 2 + fake**2) / 2),
        (models.ls_generator_loss, (fake,), (fake - 1) ** 2 / 2),
    ):
        found = loss(*map(tg.tensor, arrays)).item()
        assert found == pytest.approx(wanted.mean(), rel=1e-7)
