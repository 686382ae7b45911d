"""Anomaly mode: which operation made the first NaN or infinity, and which line called it."""

import inspect
import re

import pytest

import tinygrad_cv as tg
from tinygrad_cv.autograd import detect_anomaly, set_detect_anomaly


def leaf(*values):
    return tg.tensor(values, requires_grad=True)


@pytest.fixture(autouse=True)
def off_again():
    yield
    set_detect_anomaly(False)


def line_of(text):
    """file:line of the line of this file that contains `text`."""
    lines = inspect.getsource(inspect.getmodule(line_of)).splitlines()
    return f"{__file__}:{1 + next(i for i, line in enumerate(lines) if text in line and 'line_of' not in line)}"


def test_the_operation_and_the_line_are_named():
    x = leaf(0.0, 4.0)
    with detect_anomaly():
        y = (2 * x).sqrt()  # the culprit
        loss = (y * 3).sum()
        with pytest.raises(RuntimeError, match="^Sqrt: backward returned inf values in its 0th output") as caught:
            loss.backward()
    assert f"The line that called it: {line_of('# the culprit')}: y = (2 * x).sqrt()  # the culprit" in str(caught.value)
    assert "the gradient that it was given was finite" in str(caught.value) and x.grad is None


def test_a_layer_s_line_is_the_user_s_not_the_library_s():
    layer = tg.nn.Linear(2, 2)
    with detect_anomaly():
        y = layer(leaf(1.0, 2.0).reshape(1, 2))  # called here
        with pytest.raises(RuntimeError, match="Linear") as caught:
            y.backward(tg.full((1, 2), float("nan")))
    assert line_of("# called here") in str(caught.value)
    assert "already had nan values" in str(caught.value)


def test_the_first_one_is_named_not_those_that_it_poisons():
    x = leaf(0.0, 1.0)
    with detect_anomaly(), pytest.raises(RuntimeError, match="^Div: backward returned nan"):
        (x.exp().log() * 1 / (x / x)).sum().backward()


@pytest.mark.parametrize("create_graph", [False, True])
def test_second_derivatives(create_graph):
    x = leaf(0.0)
    with detect_anomaly():
        (g,) = tg.autograd.grad((x**1.5).sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="backward returned inf"):
            tg.autograd.grad(g.sum(), x, create_graph=create_graph)


def test_without_a_forward_pass_in_the_mode_the_message_says_how():
    loss = leaf(0.0).sqrt().sum()
    with detect_anomaly(), pytest.raises(RuntimeError, match="run the forward pass in the mode"):
        loss.backward()


def test_off_nothing_is_noted_or_refused():
    loss = leaf(0.0).sqrt().sum()
    assert loss.grad_fn.made_at is None
    loss.backward()


def test_switching():
    assert not tg.is_anomaly_enabled()
    with set_detect_anomaly(True):
        with set_detect_anomaly(False):
            assert not tg.is_anomaly_enabled()
        assert tg.is_anomaly_enabled()
    assert not tg.is_anomaly_enabled()
    set_detect_anomaly(True)
    assert tg.is_anomaly_enabled()
    set_detect_anomaly(False)
    with pytest.raises(KeyError), detect_anomaly():
        raise KeyError
    assert not tg.is_anomaly_enabled()


def test_finite_gradients_are_the_same():
    x = leaf(1.0, 2.0)
    with detect_anomaly():
        (x.log() * x).sum().backward()
    assert tg.allclose(x.grad, x.detach().log() + 1)


@pytest.mark.parity
def test_torch_s_words():
    torch = pytest.importorskip("torch")
    pattern = r"returned nan values in its 0th output"
    for t in tg, torch:
        x = t.tensor([0.0], requires_grad=True)
        with pytest.warns(UserWarning) if t is torch else detect_anomaly():
            with t.autograd.detect_anomaly(), pytest.raises(RuntimeError) as caught:
                (x.log() * 0).sum().backward()
        assert re.search(pattern, str(caught.value)), t
