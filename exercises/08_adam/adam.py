"""Exercise 8: one step of Adam. The text is in README.md."""

import numpy as np


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Step t = 1, 2, ... of Adam; changes the arrays theta, m and v in place.

    All four arrays have one shape. m and v are zero before the first step.
    """
    raise NotImplementedError("adam_step in adam.py is still to be written; see README.md")
