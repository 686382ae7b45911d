"""Exercise 1: the gradient of one neuron, by hand. The text is in README.md."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss(w, b, x, t):
    """How wrong the neuron is: (sigmoid(w . x + b) - t)^2.

    w and x are arrays of shape (n,); b and t are numbers.
    """
    z = w @ x + b
    y = sigmoid(z)
    return (y - t) ** 2


def gradient(w, b, x, t):
    """dL/dw, an array of shape (n,), and dL/db, a number."""
    raise NotImplementedError("gradient in gradient.py is still to be written; see README.md")
