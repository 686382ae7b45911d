"""Is your softplus right where the formula overflows, and is its gradient?"""

import math

import pytest
from softplus import softplus

import tinygrad_cv as tg

VALUES = {  # x: log(1 + e^x)
    0.0: math.log(2), 1.0: 1.3132616875, -1.0: 0.3132616875, 30.0: 30.0 + 9.3576e-14,
    1000.0: 1000.0, -1000.0: 0.0, -40.0: math.exp(-40),
}
SLOPES = {0.0: 0.5, 1.0: 0.7310585786, -1.0: 0.2689414214, 1000.0: 1.0, -1000.0: 0.0}


def tensor(*numbers):
    return tg.tensor(numbers, dtype=tg.float64, requires_grad=True)


def close(got, expected):
    return math.isclose(got, expected, rel_tol=1e-8)


@pytest.mark.parametrize("x", VALUES)
def test_the_value(x):
    got, expected = softplus(tensor(x)).item(), VALUES[x]
    why = "e^x overflows" if x > 700 else "1 + e^x rounds e^x away" if 0 < expected < 1e-10 else ""
    assert close(got, expected), f"softplus({x}) should be {expected:.9g}, got {got:.9g}. {why}"


@pytest.mark.parametrize("x", SLOPES)
def test_the_slope(x):
    t = tensor(x)
    softplus(t).sum().backward()
    got, expected = t.grad.item(), SLOPES[x]
    assert close(got, expected), f"softplus'({x}) should be {expected:.9g}, got {got:.9g}"


def test_it_works_on_every_entry():
    x = tensor(-2.0, 0.0, 3.0)
    got, expected = softplus(x).tolist(), (1 + x.exp()).log().tolist()
    assert got == pytest.approx(expected), f"softplus({x.tolist()}) should be {expected}, got {got}"


def test_gradcheck():
    assert tg.gradcheck(softplus, tensor(-3.0, -0.5, 0.2, 4.0))


def test_the_second_derivative():
    assert tg.gradgradcheck(softplus, tensor(-3.0, -0.5, 0.2, 4.0))


def test_float32_stays_float32():
    x = tg.tensor([0.5], requires_grad=True)
    assert softplus(x).dtype == tg.float32, f"float32 became {softplus(x).dtype}"
