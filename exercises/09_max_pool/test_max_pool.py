"""Does the gradient go to the maxima, and is it shared where there are several?"""

import pytest
from max_pool import max_pool

import tinygrad_cv as tg


def gradient(rows, *grad):
    """dL/dx of one image, for the gradient `grad` of its windows, as a list of rows."""
    x = tg.tensor([[rows]], dtype=tg.float64, requires_grad=True)
    y = max_pool(x)
    y.backward(tg.tensor(grad, dtype=tg.float64).reshape(y.shape))
    return x.grad[0, 0].tolist()


def check(rows, grad, expected):
    got = gradient(rows, *grad)
    assert got == expected, (
        f"image {rows}, gradient of the windows {[*grad]}: dL/dx should be {expected}, got {got}"
    )


def test_one_window_one_maximum():
    check([[1.0, 2.0], [4.0, 3.0]], [5.0], [[0, 0], [5, 0]])


def test_each_window_has_its_own():
    check([[9.0, 1.0, 2.0, 3.0], [1.0, 1.0, 2.0, 5.0]], [5.0, 7.0], [[5, 0, 0, 0], [0, 0, 0, 7]])


@pytest.mark.parametrize("rows, expected", [
    ([[3.0, 3.0], [1.0, 2.0]], [[4, 4], [0, 0]]),
    ([[1.0, 3.0], [3.0, 2.0]], [[0, 4], [4, 0]]),
    ([[0.0, 0.0], [0.0, 0.0]], [[2, 2], [2, 2]]),
])
def test_equal_maxima_share_equally(rows, expected):
    check(rows, [8.0], expected)


def test_nothing_is_lost_at_ties():
    x = tg.randint(0, 3, (2, 3, 4, 6)).double().requires_grad_()
    max_pool(x).sum().backward()
    passed_on = x.grad.sum().item()
    assert passed_on == pytest.approx(36), f"36 windows with gradient 1 passed on {passed_on}"


def test_gradcheck():
    x = tg.randn(2, 3, 4, 6, dtype=tg.float64, generator=tg.Generator().manual_seed(0))
    assert tg.gradcheck(max_pool, x.requires_grad_())
