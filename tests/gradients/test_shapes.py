"""What the course says about sizes, against what the layers return."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.models import dcgan

sizes = st.integers(1, 9)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


# The formulas: of a layer with kernel k, stride s and padding p, and its height or width


def window(n, k, s, p):
    return math.floor((n - k + 2 * p + s) / s)


LAYERS = {
    "conv2d": (lambda k, s, p: nn.Conv2d(k * k, 3, k, s, p), window),
    "conv_transpose2d": (lambda k, s, p: nn.ConvTranspose2d(k * k, 3, k, s, p),
                         lambda n, k, s, p: k + s * (n - 1) - 2 * p),
    "max_pool2d": (nn.MaxPool2d, window),
    "avg_pool2d": (nn.AvgPool2d, window),
    "adaptive_avg_pool2d": (lambda k, s, p: nn.AdaptiveAvgPool2d(k), lambda n, k, s, p: k),
    "interpolate": (lambda k, s, p: nn.Upsample(scale_factor=s), lambda n, k, s, p: n * s),
    "pixel_shuffle": (lambda k, s, p: nn.PixelShuffle(k), lambda n, k, s, p: n * k),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
@given(sizes, sizes, st.integers(1, 5), st.integers(1, 3), st.integers(0, 3))
def test_output_sizes(table, name, n, m, k, s, p):
    make, formula = LAYERS[name]
    p = min(p, k // 2) if name.endswith("pool2d") else p
    layer, images = make(k, s, p), tg.zeros(2, k * k, n, m)
    expected = [formula(size, k, s, p) for size in (n, m)]
    if min(expected) < 1:
        with pytest.raises(RuntimeError, match="larger than the|leave no output|not fit"):
            layer(images)
    else:
        size = layer(images).shape[2:]
        table(name, "output size", max(abs(a - b) for a, b in zip(size, expected)))
        assert size == tuple(expected)


# The blocks and the networks of the course


def test_the_generator_of_the_course():
    G = dcgan.Generator().eval()
    assert G(tg.randn(1, 100, 1, 1)).shape == (1, 3, 64, 64)
    blocks = list(G)[:4]
    assert [block[0].out_channels for block in blocks] == [512, 256, 128, 64]
    assert all(isinstance(block[2], nn.ReLU) for block in blocks)
    assert all(isinstance(block[1], nn.BatchNorm2d) for block in blocks)
    assert all(block[0].bias is None for block in blocks)
    assert isinstance(G[5], nn.Tanh) and G[4].bias is None
    weights = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    assert parameters(G) == weights + 2 * (512 + 256 + 128 + 64) == 3_576_704


def test_the_discriminator_of_the_course():
    D = dcgan.Discriminator().eval()
    assert D(tg.randn(1, 3, 64, 64)).shape == (1, 1, 1, 1)
    blocks = list(D)[:4]
    assert [block[0].out_channels for block in blocks] == [64, 128, 256, 512]
    assert all(block[2].negative_slope == 0.2 for block in blocks)
    assert all(isinstance(block[1], nn.BatchNorm2d) for block in blocks)
    weights = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512)
    assert parameters(D) == weights + 2 * (64 + 128 + 256 + 512) == 2_765_696


def test_the_grey_variant():
    """Biases in the first and the last layer only."""
    G = dcgan.Generator(features=8, channels=1, outer_bias=True)
    assert [block[0].out_channels for block in list(G)[:4]] == [64, 32, 16, 8]
    convolutions = [m for m in G.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert [m.bias is not None for m in convolutions] == [True, False, False, False, True]
    assert G.eval()(tg.randn(2, 100, 1, 1)).shape == (2, 1, 64, 64)
    D = dcgan.Discriminator(features=4, channels=1, outer_bias=True)
    convolutions = [m for m in D.modules() if isinstance(m, nn.Conv2d)]
    assert [m.bias is not None for m in convolutions] == [True, False, False, False, True]
    assert convolutions[0].bias.tolist() == [0.0] * 4 and convolutions[-1].bias.tolist() == [0.0]
    assert D.eval()(tg.randn(2, 1, 64, 64)).shape == (2, 1, 1, 1)


def test_spread_shows_the_deviation_over_the_batch():
    x = tg.randn(5, 3, 2, 2, dtype=tg.float64)
    features, deviation = dcgan.Spread()(x).chunk(2, dim=1)
    expected = x.std(0, correction=0).mean((1, 2), keepdim=True)
    assert tg.equal(features, x) and (deviation - expected).abs().max().item() < 1e-6
    alike = tg.zeros(2, 1, 1, 1, requires_grad=True)
    dcgan.Spread()(alike).sum().backward()
    assert alike.grad.isfinite().all()


@pytest.mark.parametrize("size", [8, 16, 32, 128])
def test_other_image_sizes(size):
    G = dcgan.Generator(features=1, image_size=size).eval()
    D = dcgan.Discriminator(features=1, image_size=size).eval()
    images = G(tg.randn(2, 100, 1, 1))
    assert images.shape == (2, 3, size, size) and images.abs().max().item() <= 1
    assert D(images).shape == (2, 1, 1, 1)


@pytest.mark.parametrize("network", [dcgan.Generator, dcgan.Discriminator])
@pytest.mark.parametrize("size", [0, 1, 4, 7, 12, 48, 63, 65, 100, -64])
def test_sizes_that_doubling_never_reaches_are_refused(network, size):
    message = rf"image_size must be a power of two from 8 on.*got {size}; resize .* to \d+"
    with pytest.raises(ValueError, match=message):
        network(features=2, image_size=size)


def test_initial_weights():
    G = dcgan.Generator(features=16)
    for module in G.modules():
        if isinstance(module, nn.ConvTranspose2d):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert abs(module.weight.mean().item()) < 0.002
        if isinstance(module, nn.BatchNorm2d):
            assert module.weight.mean().item() == pytest.approx(1, abs=0.02)
            assert 0 < module.weight.std().item() < 0.04
            assert module.bias.abs().sum().item() == 0
