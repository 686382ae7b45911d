"""Does your layer double the size, and can it draw without a checkerboard?"""

import pytest
from upsampling import LATENT, checkerboard, generator, stamping, upsampling

import tinygrad_cv as tg
from tinygrad_cv import nn


@pytest.mark.parametrize("size", [4, 7])
def test_it_doubles_the_size_and_sets_the_channels(size):
    got = upsampling(6, 3)(tg.randn(2, 6, size, size)).shape
    expected = stamping(6, 3)(tg.randn(2, 6, size, size)).shape
    assert got == expected, f"images of {size} x {size}: expected the shape {expected}, got {got}"


def test_it_has_a_weight_that_learns_and_no_transposed_convolution():
    layer = upsampling(6, 3)
    kinds = [type(module).__name__ for module in layer.modules()]
    assert "ConvTranspose2d" not in kinds, f"it is made of {kinds}"
    layer(tg.randn(2, 6, 4, 4)).square().sum().backward()
    assert any(p.grad.abs().max().item() > 0 for p in layer.parameters()), "nothing in it can learn"


def test_neighbours_can_differ():
    y = upsampling(6, 3)(tg.randn(1, 6, 8, 8))
    repeated = y[:, :, ::2, ::2].allclose(y[:, :, 1::2, 1::2])
    assert not repeated, "every pixel stands there four times: convolve after the upsampling"


def test_a_constant_image_stays_constant_inside():
    """A transposed convolution uses other weights for even pixels than for odd ones."""
    tg.manual_seed(0)
    image = tg.ones(1, 6, 8, 8)
    inside = upsampling(6, 3)(image)[:, :, 3:-3, 3:-3]
    spread = (inside - inside.mean((2, 3), keepdim=True)).abs().max().item()
    assert spread < 1e-5, (
        f"away from the frame every pixel sees the same values, but yours differ by {spread:.3g}: "
        "is the convolution's stride 1, and does it come after the upsampling?"
    )


def test_an_untrained_generator_draws_no_checkerboard():
    tg.manual_seed(0)
    noise = tg.randn(64, LATENT, 1, 1)
    before, after = (checkerboard(generator(way)(noise).detach()) for way in (stamping, upsampling))
    assert before > 0.05, "the generator with transposed convolutions has changed"
    assert after < before / 10, f"checkerboard: {after:.2%} of the variance, before {before:.2%}"


def test_the_measure_knows_a_checkerboard():
    board = (tg.arange(8).reshape(1, 1, 8, 1) + tg.arange(8).reshape(1, 1, 1, 8)) % 2
    slope = tg.arange(64).reshape(1, 1, 8, 8)
    assert checkerboard(board.float()) == pytest.approx(1)
    assert checkerboard(slope.float()) < 0.1
    assert nn.Upsample(scale_factor=2)(slope.float()).shape == (1, 1, 16, 16)
