"""Clipping of gradients, spectral norm."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, float("inf")])
def test_clip_grad_norm(norm_type):
    rng = np.random.default_rng(0)
    grads = [rng.standard_normal(shape) for shape in ((2, 3), (4,))]
    params = [nn.Parameter(tg.zeros(*g.shape, dtype=tg.float64)) for g in grads]
    params.append(nn.Parameter(tg.zeros(1)))  # without a gradient
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]), norm_type)
    for limit in (norm / 2, norm * 2):
        for p, g in zip(params, grads):
            p.grad = tg.tensor(g)
        returned = nn.utils.clip_grad_norm_(iter(params), limit, norm_type)
        assert returned.item() == pytest.approx(norm)
        for p, g in zip(params, grads):
            expected = g * min(1, limit / (norm + 1e-6))
            np.testing.assert_allclose(p.grad.cpu().numpy(), expected, rtol=1e-12)


def test_clipping_that_would_turn_gradients_round_or_do_nothing():
    clip, p = nn.utils.clip_grad_norm_, nn.Parameter(tg.zeros(2))
    p.grad = tg.tensor([3.0, -4.0])
    for bound in -1.0, float("nan"):
        with pytest.raises(ValueError, match="must not be negative"):
            clip([p], bound)
    assert clip(nn.Parameter(tg.zeros(1)), 1.0).item() == 0  # without a gradient
    with pytest.warns(UserWarning, match="a generator can be used once only"):
        clip(iter([]), 1.0)
    assert p.grad.tolist() == [3, -4]


# Spectral norm


def test_spectral_u_and_v_move_in_training_only():
    layer = nn.utils.spectral_norm(nn.Linear(5, 4))
    before = layer.weight_u.tolist()
    layer.eval()(tg.zeros(1, 5))
    assert layer.weight_u.tolist() == before
    held, saved = layer.weight_u, layer.state_dict()["weight_v"]
    layer.train()(tg.zeros(1, 5))
    assert held is layer.weight_u and held.tolist() != before
    assert saved.tolist() == layer.weight_v.tolist()


@pytest.mark.parity
@pytest.mark.parametrize("make, shape", [
    ("Conv2d(3, 4, 3)", (2, 3, 5, 5)), ("ConvTranspose2d(3, 5, 2)", (2, 3, 4, 4)),
    ("Linear(6, 4)", (2, 6)),
])
def test_spectral_norm_is_like_pytorch_step_by_step(make, shape):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.utils.spectral_norm(eval(f"torch.nn.{make}", {"torch": torch}).double())
    ours = nn.utils.spectral_norm(eval(f"nn.{make}", {"nn": nn}).double())
    ours.load_state_dict({k: tg.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    x = np.random.default_rng(0).standard_normal(shape)
    for _ in range(3):
        y, z = ours(tg.tensor(x)), theirs(torch.from_numpy(x))
        np.testing.assert_allclose(y.detach().cpu().numpy(), z.detach().numpy(), rtol=1e-9)
    assert dict(ours.named_parameters()).keys() == dict(theirs.named_parameters()).keys()
    y.sum().backward()
    z.sum().backward()
    found, wanted = ours.weight_orig.grad.cpu().numpy(), theirs.weight_orig.grad.numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_a_spectral_norm_go_on_alike(duplicate):
    layer = nn.Sequential(nn.utils.spectral_norm(nn.Conv2d(2, 3, 2)), nn.Flatten())
    x = tg.randn(2, 2, 3, 3)
    layer(x).sum().backward()
    other = duplicate(layer)
    for _ in range(2):
        assert layer(x).tolist() == other(x).tolist()
    before = other.eval()(x).tolist()
    with tg.no_grad():
        layer[0].weight_orig.add_(1.0)
    assert other(x).tolist() == before != layer.eval()(x).tolist()


def test_spectral_norm_refuses():
    with pytest.raises(ValueError, match="ReLU has no parameter 'weight'"):
        nn.utils.spectral_norm(nn.ReLU())
    with pytest.raises(ValueError, match="n_power_iterations must be at least 1"):
        nn.utils.spectral_norm(nn.Linear(2, 2), n_power_iterations=0)
