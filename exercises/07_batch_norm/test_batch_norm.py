"""Is your backward the gradient of batch norm? The easy ones first."""

from batch_norm import batch_norm

import tinygrad_cv as tg


def sample(*wanted):
    """x (5, 3), weight and bias (3,); only the `wanted` ones require a gradient."""
    generator = tg.Generator().manual_seed(0)
    shapes = dict(x=(5, 3), weight=(3,), bias=(3,))
    tensors = [tg.randn(*shape, dtype=tg.float64, generator=generator) for shape in shapes.values()]
    return tuple(t.requires_grad_(name in wanted) for name, t in zip(shapes, tensors))


def test_the_gradient_with_respect_to_the_bias():
    assert tg.gradcheck(batch_norm, sample("bias"))


def test_the_gradient_with_respect_to_the_weight():
    assert tg.gradcheck(batch_norm, sample("weight"))


def test_a_shift_of_a_channel_changes_nothing_so_the_gradient_sums_to_zero():
    x, weight, bias = sample("x")
    grad = tg.randn(5, 3, dtype=tg.float64, generator=tg.Generator().manual_seed(1))
    batch_norm(x, weight, bias).backward(grad)
    assert x.grad is not None, "there is no gradient with respect to x yet"
    sums = x.grad.sum(0)
    assert sums.abs().max().item() < 1e-10, (
        f"adding a constant to a channel of x changes no output, so dL/dx must sum to 0 over the "
        f"batch; your sums are {sums.tolist()}"
    )


def test_the_gradient_with_respect_to_x():
    assert tg.gradcheck(batch_norm, sample("x"))


def test_the_second_derivatives():
    assert tg.gradgradcheck(batch_norm, sample("x", "weight", "bias"))
