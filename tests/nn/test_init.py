import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.nn import init

SHAPE = (60, 40, 3, 2)  # (O, I, kh, kw): fan_in 240, fan_out 360
STD = {"xavier": math.sqrt(2 / 600), "kaiming": math.sqrt(2 / 240)}


def values(t):
    return t.detach().cpu().numpy().ravel()


@pytest.mark.parametrize("name, kind, options, std", [
    ("xavier_normal_", "normal", {}, STD["xavier"]),
    ("xavier_uniform_", "uniform", {"gain": 2.0}, 2 * STD["xavier"]),
    ("kaiming_normal_", "normal", {}, STD["kaiming"]),
    ("kaiming_normal_", "normal", dict(mode="fan_out", nonlinearity="tanh"), 5 / 3 / 360**0.5),
    ("kaiming_uniform_", "uniform", {"a": 1.0}, math.sqrt(1 / 240)),
    ("normal_", "normal", {"mean": 0.5, "std": 0.1}, 0.1),
    ("uniform_", "uniform", {"a": 0.0, "b": math.sqrt(12)}, 1.0),
])
def test_distributions(name, kind, options, std):
    w = tg.empty(SHAPE)
    assert getattr(init, name)(w, **options) is w
    x = values(w)
    centre = {"normal_": 0.5, "uniform_": math.sqrt(3)}.get(name, 0.0)
    assert x.std() == pytest.approx(std, rel=0.03)
    assert x.mean() == pytest.approx(centre, abs=0.05 * std)
    largest = abs(x - centre).max() / std
    # A uniform distribution ends at sqrt(3) standard deviations, a normal one goes on to 3 and more
    low, high = (1.7, math.sqrt(3) * 1.0001) if kind == "uniform" else (3, 7)
    assert low < largest <= high


def test_constants_and_generators():
    w = nn.Parameter(tg.empty(2, 3))
    assert init.constant_(w, 0.25).tolist() == [[0.25] * 3] * 2
    assert init.ones_(w).tolist() == [[1.0] * 3] * 2 and init.zeros_(w).tolist() == [[0.0] * 3] * 2
    assert w.requires_grad
    one, two = tg.Generator().manual_seed(5), tg.Generator().manual_seed(5)
    draws = init.normal_(tg.empty(3), generator=one).tolist()
    assert draws == init.normal_(tg.empty(3), generator=two).tolist()


@given(i=st.integers(1, 6), o=st.integers(1, 6), k=st.integers(1, 3), groups=st.integers(1, 3))
def test_layers_start_uniform_on_one_over_root_fan_in(i, o, k, groups):
    i, o = i * groups, o * groups
    for layer, fan_in in (
        (nn.Linear(i, o), i),
        (nn.Conv2d(i, o, k, groups=groups), i // groups * k * k),
        (nn.ConvTranspose2d(i, o, (k, 2), groups=groups), o // groups * k * 2),
    ):
        for p in layer.parameters():
            x = values(p)
            assert abs(x).max() <= 1 / math.sqrt(fan_in)
            assert len(x) < 20 or abs(x).max() > 0.5 / math.sqrt(fan_in)


def test_other_layers_start_as_torch_says():
    norm = nn.BatchNorm2d(3)
    assert norm.weight.tolist() == [1.0] * 3 and norm.bias.tolist() == [0.0] * 3
    assert norm.running_mean.tolist() == [0.0] * 3 and norm.running_var.tolist() == [1.0] * 3
    assert norm.num_batches_tracked.item() == 0 and norm.num_batches_tracked.dtype == tg.int64
    assert nn.PReLU(2).weight.tolist() == [0.25, 0.25]
    assert values(nn.Embedding(2000, 4).weight).std() == pytest.approx(1, rel=0.03)


@pytest.mark.parity
@pytest.mark.parametrize("name, param", [
    ("linear", None), ("conv2d", None), ("conv_transpose2d", None), ("sigmoid", None),
    ("tanh", None), ("relu", None), ("leaky_relu", None), ("leaky_relu", 0.2), ("selu", None),
])
def test_gains_are_torchs(name, param):
    torch = pytest.importorskip("torch")
    assert init.calculate_gain(name, param) == torch.nn.init.calculate_gain(name, param)


def test_errors():
    with pytest.raises(ValueError, match="2 dims"):
        init.xavier_normal_(tg.empty(3))
    with pytest.raises(ValueError, match="fan_in"):
        init.kaiming_normal_(tg.empty(3, 3), mode="fan")
    with pytest.raises(ValueError, match="swish"):
        init.calculate_gain("swish")
    with pytest.raises(TypeError, match="slope must be a number"):
        init.calculate_gain("leaky_relu", "steep")
    assert nn.Linear(0, 3).weight.shape == (3, 0) and nn.Linear(0, 3).bias.tolist() == [0.0] * 3
    with pytest.raises(TypeError, match="ndarray"):
        init.zeros_(np.zeros(3))
    with pytest.raises(TypeError, match="Tensor"):
        init.kaiming_uniform_(np.zeros((3, 3)))
