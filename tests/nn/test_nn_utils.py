"""Helpers around parameters, and the initial values that few networks use."""

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn


def test_parameters_as_one_vector():
    one, two = nn.Linear(3, 2), nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(one.parameters())
    nn.utils.vector_to_parameters(vector.detach(), two.parameters())
    assert vector.shape == (8,) and one.bias.tolist() == two.bias.tolist()
    assert one.weight.tolist() == two.weight.tolist()


def test_gradients_clipped_by_value():
    p = nn.Parameter(tg.zeros(3))
    p.grad = tg.tensor([-3.0, 0.5, 2.0])
    nn.utils.clip_grad_value_([p, nn.Parameter(tg.zeros(1))], 1)
    assert p.grad.tolist() == [-1, 0.5, 1]


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (4, 2, 3, 3)])
def test_orthogonal_weights(shape):
    tg.manual_seed(0)
    w = nn.init.orthogonal_(tg.empty(*shape, dtype=tg.float64), gain=2)
    w = w.cpu().numpy().reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    with pytest.raises(ValueError, match="at least 2 dim"):
        nn.init.orthogonal_(tg.empty(3))


def test_softmax_without_a_dim_guesses_and_says_so():
    x = tg.tensor([[0.0, 1.0], [2.0, 0.0]])
    with pytest.warns(UserWarning, match="softmax: which dim adds up to one. Taking dim=1"):
        assert nn.Softmax()(x).tolist() == tg.softmax(x, 1).tolist()
    with pytest.warns(UserWarning, match="log_softmax.*Taking dim=0"):
        assert nn.LogSoftmax()(x[0]).tolist() == tg.log_softmax(x[0], 0).tolist()
