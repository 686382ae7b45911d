"""Does your gradient agree with the definition of the derivative?"""

import numpy as np
import pytest
from gradient import gradient, loss

import tinygrad_cv as tg

X, T = np.array([1.0, -2.0, 0.5]), 1.0


class Neuron(tg.autograd.Function):
    """Your loss and your gradient as an operation of the library, so that gradcheck can test it."""

    saves = (0, 1)

    def forward(self, w, b):
        return np.array(loss(w, b, X, T))

    def backward(self, grad):
        w, b = (x.detach().numpy() for x in self.saved())
        dw, db = (tg.tensor(d, dtype=tg.float64) for d in gradient(w, b, X, T))
        return grad * dw, grad * db


def neuron(w, b):
    return Neuron()(w, b)


def tensor(data, requires_grad):
    return tg.tensor(data, dtype=tg.float64, requires_grad=requires_grad)


def test_the_shapes_are_those_of_w_and_b():
    dw, db = gradient(np.array([0.3, 0.1, -0.4]), 0.2, X, T)
    assert np.shape(dw) == (3,), f"dL/dw must have the shape of w, (3,), not {np.shape(dw)}"
    assert np.shape(db) == (), f"dL/db must be a number, not an array of shape {np.shape(db)}"


@pytest.mark.parametrize("b", [0.2, -1.0])
def test_the_gradient_with_respect_to_b(b):
    assert tg.gradcheck(neuron, (tensor([0.3, 0.1, -0.4], False), tensor(b, True)))


@pytest.mark.parametrize("w", [[0.3, 0.1, -0.4], [-1.0, 0.5, 2.0]])
def test_the_gradient_with_respect_to_w(w):
    assert tg.gradcheck(neuron, (tensor(w, True), tensor(0.2, False)))
