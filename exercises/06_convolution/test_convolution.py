"""Are your two functions the derivatives of T, and so the gradients of a convolution?"""

import numpy as np
import pytest
from convolution import conv2d, gradient_of_input, gradient_of_weight

import tinygrad_cv as tg

# shapes of x and of the weight, stride, padding
CASES = [
    ((1, 1, 4, 4), (1, 1, 3, 3), 1, 0),
    ((2, 3, 5, 4), (2, 3, 2, 2), 1, 0),
    ((2, 3, 6, 6), (2, 3, 2, 2), 2, 0),
    ((2, 3, 5, 6), (4, 3, 3, 3), 1, 1),
    ((2, 3, 6, 7), (4, 3, 4, 4), 2, 1),  # the last column is under no kernel
]
cases = pytest.mark.parametrize("x, weight, stride, padding", CASES)


def numbers(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


def check(name, argument, derivative, T):
    assert np.shape(derivative) == argument.shape, (
        f"gradient_of_{name} should have the shape {argument.shape}, not {np.shape(derivative)}"
    )
    got = (argument * derivative).sum()
    assert np.isclose(got, T), (
        f"T = conv2d(x, weight) . g = {T:.6g}, but {name} . gradient_of_{name} = {got:.6g}; T is "
        "linear in each of its arguments, so they must be equal"
    )


@cases
def test_the_weight_times_its_gradient_is_T(x, weight, stride, padding):
    x, weight = numbers(x, weight)
    y = conv2d(x, weight, stride, padding)
    (g,) = numbers(y.shape)
    check("weight", weight, gradient_of_weight(x, g, weight.shape, stride, padding), (y * g).sum())


@cases
def test_the_input_times_its_gradient_is_T(x, weight, stride, padding):
    x, weight = numbers(x, weight)
    y = conv2d(x, weight, stride, padding)
    (g,) = numbers(y.shape)
    check("input", x, gradient_of_input(g, weight, x.shape, stride, padding), (y * g).sum())


class Conv2d(tg.autograd.Function):
    """Your functions as an operation, so that gradcheck can look at every single entry."""

    saves = (0, 1)

    def __init__(self, stride, padding):
        self.how = stride, padding

    def forward(self, x, weight):
        return conv2d(x, weight, *self.how)

    def backward(self, grad):
        x, weight = (t.detach().numpy() for t in self.saved())
        g = grad.detach().numpy()
        grad_x = gradient_of_input(g, weight, x.shape, *self.how)
        grad_weight = gradient_of_weight(x, g, weight.shape, *self.how)
        return tg.from_numpy(grad_x), tg.from_numpy(grad_weight)


@cases
def test_gradcheck(x, weight, stride, padding):
    x, weight = (tg.from_numpy(a).requires_grad_() for a in numbers(x, weight))

    def conv(x, weight):
        return Conv2d(stride, padding)(x, weight)

    assert tg.gradcheck(conv, (x, weight))
