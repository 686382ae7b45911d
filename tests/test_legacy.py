"""Names of older scripts, and the small helpers that GAN scripts use."""

import math

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.optim import lr_scheduler


def test_tensors_by_their_old_classes():
    ones = tg.FloatTensor(4, 1).fill_(1.0)
    assert ones.shape == (4, 1) and ones.dtype == tg.float32 and ones.tolist() == [[1.0]] * 4
    z = tg.autograd.Variable(tg.FloatTensor(np.random.default_rng(0).normal(0, 1, (3, 5))))
    assert z.dtype == tg.float32 and not z.requires_grad
    labels = tg.LongTensor(np.array([1, 2]))
    assert labels.dtype == tg.int64 and labels.type(tg.FloatTensor).dtype == tg.float32
    assert isinstance(ones, tg.FloatTensor) and not isinstance(labels, tg.FloatTensor) and not isinstance(1, tg.LongTensor)
    assert tg.ByteTensor([255]).dtype == tg.uint8 and tg.BoolTensor([True]).dtype == tg.bool
    with pytest.raises(TypeError, match="FloatTensor: expected sizes, or one list"):
        tg.FloatTensor([1.0], [2.0])


def test_variable_starts_a_new_graph():
    x = tg.ones(2, requires_grad=True)
    y = tg.autograd.Variable(x * 2, requires_grad=True)
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3, 3] and x.grad is None
    with pytest.raises(TypeError, match="Variable: data must be a Tensor"):
        tg.autograd.Variable([1.0])


def test_other_places_of_known_names():
    assert tg.utils.data.DataLoader is tg.data.DataLoader
    with pytest.raises(AttributeError, match="has no attribute 'date'"):
        tg.utils.date
    with tg.inference_mode():
        assert not (tg.ones(1, requires_grad=True) * 2).requires_grad
    assert tg.inf == math.inf and tg.pi == math.pi and math.isnan(tg.nan)
    assert not tg.backends.mps.is_available()
    assert (tg.accelerator.current_accelerator() is None) == (not tg.accelerator.is_available())


def test_parameters_as_one_vector():
    one, two = nn.Linear(3, 2), nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(one.parameters())
    nn.utils.vector_to_parameters(vector.detach(), two.parameters())
    assert vector.shape == (8,) and one.weight.tolist() == two.weight.tolist() and one.bias.tolist() == two.bias.tolist()


def test_gradients_clipped_by_value():
    p = nn.Parameter(tg.zeros(3))
    p.grad = tg.tensor([-3.0, 0.5, 2.0])
    nn.utils.clip_grad_value_([p, nn.Parameter(tg.zeros(1))], 1)
    assert p.grad.tolist() == [-1, 0.5, 1]


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3), (4, 2, 3, 3)])
def test_orthogonal_weights(shape):
    tg.manual_seed(0)
    w = nn.init.orthogonal_(tg.empty(*shape, dtype=tg.float64), gain=2).cpu().numpy().reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        nn.init.orthogonal_(tg.empty(3))


def test_truncated_normal_weights():
    tg.manual_seed(0)
    w = nn.init.trunc_normal_(tg.empty(2000), std=1.0, a=-1, b=1.5).cpu().numpy()
    assert w.min() >= -1 and w.max() <= 1.5 and 0.5 < w.std() < 0.75
    with pytest.raises(ValueError, match="the mean must lie between"):
        nn.init.trunc_normal_(tg.empty(2), mean=3.0)


def test_fake_data_is_the_same_every_time():
    data = tg.data.FakeData(5, (1, 8, 6), 3, tg.data.transforms.ToTensor(), random_offset=7)
    image, label = data[2]
    assert image.shape == (1, 8, 6) and 0 <= label < 3 and len(data) == 5
    assert data[2][0].tolist() == image.tolist() != data[3][0].tolist()
    with pytest.raises(IndexError):
        data[5]
    with pytest.raises(ValueError, match="1 or 3 channels"):
        tg.data.FakeData(5, (2, 8, 8))


PLATEAU = [3.0, 2.0, 2.0, 2.1, 1.9999, 1.5, 1.6, 1.7, 1.8, 1.9, 1.0, 1.0, 1.0, 1.0, 1.0]
OPTIONS = [
    dict(patience=1), dict(mode="max", patience=0, factor=0.5), dict(patience=0, cooldown=2, min_lr=0.02),
    dict(threshold=0.2, threshold_mode="abs", patience=1), dict(threshold=0.3, patience=1),
]


@pytest.mark.parity
@pytest.mark.parametrize("options", OPTIONS)
def test_plateau_like_pytorch(options):
    torch = pytest.importorskip("torch")
    ours = lr_scheduler.ReduceLROnPlateau(tg.optim.SGD([nn.Parameter(tg.zeros(1))], lr=1.0), **options)
    parameter = torch.nn.Parameter(torch.zeros(1))
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([parameter], lr=1.0), **options)
    for loss in PLATEAU:
        ours.step(loss)
        theirs.step(loss)
        assert ours.get_last_lr() == pytest.approx(theirs.get_last_lr())


def test_plateau_goes_on_from_its_state():
    def new():
        return lr_scheduler.ReduceLROnPlateau(tg.optim.SGD([nn.Parameter(tg.zeros(1))], lr=1.0), patience=2)

    whole, first, second = new(), new(), new()
    for loss in PLATEAU:
        whole.step(loss)
    for loss in PLATEAU[:4]:
        first.step(loss)
    second.load_state_dict(first.state_dict())
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    for loss in PLATEAU[4:]:
        second.step(tg.tensor(loss, dtype=tg.float64))
    assert second.get_last_lr() == whole.get_last_lr() != [1.0]
    with pytest.raises(ValueError, match="factor must be smaller than 1"):
        lr_scheduler.ReduceLROnPlateau(whole.optimizer, factor=1.5)


def test_hard_sigmoid_and_swish():
    """(PyTorch multiplies by 1/6 in float32, whatever the dtype.)"""
    x = tg.tensor([-4.0, -3.0, 0.0, 1.5, 3.0, 9.0], dtype=tg.float64)
    assert nn.Hardsigmoid()(x).tolist() == [0, 0, 0.5, 0.75, 1, 1]
    assert nn.Hardswish()(x).tolist() == [0, 0, 0, 1.125, 3, 9]


def test_data_parallel_is_the_module_under_another_name():
    net = nn.Linear(3, 2)
    wrapped = nn.DataParallel(net, device_ids=[0])
    x = tg.randn(4, 3)
    assert wrapped(x).tolist() == net(x).tolist() and list(wrapped.state_dict()) == ["module.weight", "module.bias"]


def test_softmax_without_a_dim_guesses_and_says_so():
    x = tg.tensor([[0.0, 1.0], [2.0, 0.0]])
    with pytest.warns(UserWarning, match="softmax: which dim adds up to one. Taking dim=1"):
        assert nn.Softmax()(x).tolist() == tg.softmax(x, 1).tolist()
    with pytest.warns(UserWarning, match="log_softmax.*Taking dim=0"):
        assert nn.LogSoftmax()(x[0]).tolist() == tg.log_softmax(x[0], 0).tolist()


def test_the_class_tensor_makes_tensors():
    x = tg.Tensor(2, 3, 1, 4)
    assert x.shape == (2, 3, 1, 4) and x.dtype == tg.float32 and not x.requires_grad
    assert tg.Tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]] and tg.Tensor(np.ones(3)).dtype == tg.float32
    assert tg.Tensor(3).shape == (3,) and tg.Tensor().shape == (0,)
    for wrong in ((2.5, 3), ("text",), (-1,), ([1.0], [2.0]), ({},), ([[1, 2], [3]],)):
        with pytest.raises((TypeError, ValueError, RuntimeError), match="Tensor|tensor|empty"):
            tg.Tensor(*wrong)


def test_the_gpu_as_old_scripts_ask_for_it():
    tg.cuda.manual_seed_all(1)
    tg.cuda.empty_cache()
    assert (tg.cuda.device_count() > 0) == tg.cuda.is_available()
    assert not isinstance(tg.zeros(1, device="cpu"), tg.cuda.FloatTensor)
