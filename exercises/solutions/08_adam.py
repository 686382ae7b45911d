"""Exercise 8, solved: one step of Adam."""

import numpy as np


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Step t = 1, 2, ... of Adam; changes the arrays theta, m and v in place.

    All four arrays have one shape. m and v are zero before the first step.
    """
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    theta -= lr * m_hat / (np.sqrt(v_hat) + eps)
