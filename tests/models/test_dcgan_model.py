"""DCGAN: sizes, widths and initial weights."""

import pytest

import tinygrad_cv as tg
from tinygrad_cv.models import dcgan


@pytest.mark.parametrize("size, found", [(8, [1]), (16, [2, 1]), (64, [8, 4, 2, 1])])
def test_widths_halve_to_one(size, found):
    assert dcgan.widths(size) == found


@pytest.mark.parametrize("size", [0, 4, 12, 63, 96])
def test_sizes_that_doubling_does_not_reach_are_refused(size):
    with pytest.raises(ValueError, match="power of two from 8 on"):
        dcgan.widths(size)


def test_blocks_double_and_halve():
    assert dcgan.generator_block(3, 20)(tg.zeros(2, 3, 16, 16)).shape == (2, 20, 32, 32)
    assert dcgan.discriminator_block(3, 20)(tg.zeros(2, 3, 16, 16)).shape == (2, 20, 8, 8)


@pytest.mark.parametrize("options", [
    {}, {"image_size": 16, "channels": 1}, {"image_size": 32, "outer_bias": True}])
def test_shapes_and_range(options):
    G, D = dcgan.Generator(10, features=4, **options), dcgan.Discriminator(features=4, **options)
    images = G(tg.randn(2, 10, 1, 1))
    size = options.get("image_size", 64)
    assert images.shape == (2, options.get("channels", 3), size, size)
    assert images.abs().max().item() <= 1 and D(images).shape == (2, 1, 1, 1)
    assert (G[0][0].bias is not None) == options.get("outer_bias", False)


def test_initial_weights():
    G = dcgan.Generator(features=32)
    weights = [p.detach() for name, p in G.named_parameters() if p.ndim == 4]
    scales = tg.cat([m.weight.detach() for m in G.modules() if isinstance(m, tg.nn.BatchNorm2d)])
    assert all(abs(w.std().item() - 0.02) < 1e-3 and abs(w.mean().item()) < 1e-3 for w in weights)
    assert abs(scales.mean().item() - 1) < 5e-3 and abs(scales.std().item() - 0.02) < 3e-3
    assert all(not p.detach().any() for name, p in G.named_parameters() if name.endswith("bias"))
