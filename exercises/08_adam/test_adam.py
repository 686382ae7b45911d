"""Does your step move the parameters as Adam does?"""

import numpy as np
import pytest
from adam import adam_step

import tinygrad_cv as tg


def start(*theta):
    theta = np.array(theta)
    return theta, np.zeros_like(theta), np.zeros_like(theta)


def test_theta_m_and_v_change_in_place():
    theta, m, v = start(1.0, 2.0)
    adam_step(theta, np.array([0.5, -0.5]), m, v, t=1)
    for name, array, before in ("theta", theta, [1, 2]), ("m", m, [0, 0]), ("v", v, [0, 0]):
        assert (array != before).all(), (
            f"{name} is what it was. `{name} = ...` only gives a name to a new array; write into "
            f"the old one with `{name} += ...` or `{name}[...] = ...`"
        )


@pytest.mark.parametrize("g", [5.0, -5.0, 1e-3, 1e3])
def test_the_first_step_has_the_size_lr_whatever_the_gradient(g):
    theta, m, v = start(1.0)
    adam_step(theta, np.array([g]), m, v, t=1, lr=0.01)
    step, expected = 1 - theta[0], 0.01 * np.sign(g)
    why = ""
    if np.isclose(step, expected * (1 - 0.9) / (1 - 0.999) ** 0.5, 1e-2):
        why = "m and v started at 0 and are still too small: divide them by 1 - beta^t"
    if np.isclose(step, -expected, 1e-2):
        why = "the step goes uphill"
    if np.isclose(step, 0.01 * g / (g * g + 1e-8) ** 0.5):
        why = "eps is added to the root, not under it"
    assert np.isclose(step, expected, 1e-4), (
        f"g = {g}: theta moved by {-step:.6g} instead of {-expected:.6g}. {why}"
    )


def test_equal_gradients_give_equal_steps():
    theta, m, v = start(1.0)
    for t in range(1, 6):
        before = theta[0]
        adam_step(theta, np.array([2.0]), m, v, t, lr=0.01)
        assert np.isclose(before - theta[0], 0.01), (
            f"step {t} with the same gradient as before moved theta by {theta[0] - before:.6g} "
            "instead of -0.01; does the correction depend on t?"
        )


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.99), (0.0, 0.9)])
def test_twenty_steps_of_the_library_s_adam(betas):
    rng = np.random.default_rng(0)
    theta, m, v = start(*rng.normal(size=4))
    parameter = tg.nn.Parameter(tg.from_numpy(theta.copy()))
    optimizer = tg.optim.Adam([parameter], lr=0.05, betas=betas)
    for t in range(1, 21):
        grad = rng.normal(size=4)
        adam_step(theta, grad, m, v, t, 0.05, *betas)
        parameter.grad = tg.from_numpy(grad.copy())
        optimizer.step()
        expected = parameter.detach().numpy()
        assert np.allclose(theta, expected), f"after step {t}: {theta}, expected {expected}"


def test_a_narrow_valley():
    """Gradient descent with one rate can't go down both directions of this bowl."""
    theta, m, v = start(1.0, 1.0)
    for t in range(1, 301):
        adam_step(theta, theta * [1e-3, 1e3], m, v, t, lr=0.05)
    assert (abs(theta) < 0.05).all(), f"after 300 steps theta is {theta}, it should be near 0"
