"""Losses that surprised users: shapes that broadcast, two dtypes, numbers out of range."""

import inspect
import math

import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.nn import functional as F

ON_HOST = tg.ones(1).device.type == "cpu"  # elsewhere a refusal would have to wait: the loss is NaN
LOSSES = F.mse_loss, F.l1_loss, F.smooth_l1_loss, nn.MSELoss(), nn.L1Loss(), nn.SmoothL1Loss()


@pytest.mark.parametrize("loss", LOSSES)
def test_two_shapes_are_broadcast_with_a_warning_at_the_users_line(loss):
    x, t = tg.tensor([[0.0], [2.0]]), tg.tensor([0.0, 2.0])  # (2, 1) against (2,)
    with pytest.warns(UserWarning, match=r"_loss: .*\(2, 1\).*\(2,\).*view_as") as caught:
        line = inspect.currentframe().f_lineno + 1
        value = loss(x, t)
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    assert value.item() in (2.0, 1.0, 0.75)  # two of the four pairs differ by 2
    assert loss(x, t.view_as(x)).item() == 0  # without a warning: that would be an error here


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")])
def test_bce_with_logits_of_two_dtypes(dtypes):
    x = tg.tensor([0.1, -2.0], dtype=dtypes[0]).requires_grad_()
    loss = F.binary_cross_entropy_with_logits(x, tg.tensor([0.25, 1.0], dtype=dtypes[1]))
    loss.backward()
    s = [1 / (1 + math.exp(-0.1)), 1 / (1 + math.exp(2))]
    mean = -(0.25 * math.log(s[0]) + 0.75 * math.log(1 - s[0]) + math.log(s[1])) / 2
    assert loss.dtype == tg.float64 and loss.item() == pytest.approx(mean, rel=1e-7)
    assert str(x.grad.dtype) == dtypes[0]
    assert x.grad.tolist() == pytest.approx([(s[0] - 0.25) / 2, (s[1] - 1) / 2], rel=1e-6)


@pytest.mark.parametrize("p, t", [(1.1, 0.5), (-0.1, 0.5), (0.5, 2), (0.5, -1), (math.nan, 1)])
def test_bce_of_what_is_no_probability(p, t):
    p, t = tg.tensor([0.5, p]), tg.tensor([1.0, t])
    if not ON_HOST:
        assert math.isnan(F.binary_cross_entropy(p, t).item())
        return
    with pytest.raises(RuntimeError, match="(input|targets) must be probabilities.*_with_logits"):
        F.binary_cross_entropy(p, t)


@pytest.mark.parametrize("target", [3, -1, 255])
@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_unknown_classes(loss, target):
    x, t = tg.zeros(2, 3), tg.tensor([0, target])
    assert math.isfinite(loss(x, t, ignore_index=target).item())
    if not ON_HOST:
        assert math.isnan(loss(x, t).item())
        return
    with pytest.raises(IndexError, match=rf"{loss.__name__}: targets must be 0 to 2.*{target}"):
        loss(x, t)
