import copy
import pickle

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn

# "constructor | shape of each input": compared with torch in state, values and gradients.
LAYERS = """
    Linear(3, 4) | (5, 3)
    Linear(3, 4, bias=False) | (2, 5, 3)
    Identity(3, a=4) | (2, 3)
    Conv2d(3, 4, 3) | (2, 3, 6, 7)
    Conv2d(4, 6, (3, 2), (2, 1), 1, dilation=(1, 2), groups=2, bias=False) | (2, 4, 7, 7)
    ConvTranspose2d(3, 4, 4, 2, 1, bias=False) | (2, 3, 4, 5)
    ConvTranspose2d(4, 6, 3, 3, 1, output_padding=(1, 2), groups=2, dilation=2) | (2, 4, 3, 3)
    BatchNorm1d(3) | (4, 3)
    BatchNorm1d(3, affine=False) | (4, 3, 5)
    BatchNorm1d(3, track_running_stats=False) | (4, 3)
    BatchNorm2d(3, eps=0.1, momentum=0.5) | (2, 3, 4, 4)
    InstanceNorm2d(3) | (2, 3, 4, 4)
    InstanceNorm2d(3, affine=True, track_running_stats=True) | (2, 3, 4, 4)
    GroupNorm(2, 4) | (2, 4, 3, 3)
    GroupNorm(4, 4, affine=False) | (2, 4, 5)
    MaxPool2d(2) | (2, 3, 5, 6)
    MaxPool2d((3, 2), stride=1, padding=1, ceil_mode=True) | (2, 3, 5, 6)
    AvgPool2d(2) | (2, 3, 5, 6)
    AvgPool2d(3, 2, padding=1, count_include_pad=False) | (3, 5, 6)
    AvgPool2d(2, divisor_override=3) | (2, 3, 5, 6)
    AdaptiveAvgPool2d((None, 2)) | (2, 3, 5, 6)
    Flatten() | (2, 3, 4)
    Flatten(0, 1) | (2, 3, 4)
    Unflatten(1, (2, 3)) | (2, 6)
    Dropout(0.0) | (2, 3)
    Dropout2d(0.0) | (2, 3, 2, 2)
    Upsample(scale_factor=2) | (1, 2, 3, 3)
    Upsample(size=(5, 4), mode='bilinear', align_corners=True) | (1, 2, 3, 3)
    Upsample(scale_factor=(2, 1.5), mode='bilinear') | (1, 2, 4, 4)
    UpsamplingNearest2d(scale_factor=2) | (1, 2, 3, 3)
    UpsamplingBilinear2d((4, 5)) | (1, 2, 3, 3)
    PixelShuffle(2) | (2, 8, 3, 3)
    ZeroPad2d(1) | (1, 2, 3, 3)
    ZeroPad2d((1, 0, 2, 3)) | (1, 2, 3, 3)
    ConstantPad2d((1, 0, 2, 3), 1.5) | (1, 2, 3, 3)
    ReflectionPad2d((1, 2, 0, 1)) | (1, 2, 3, 3)
    ReplicationPad2d((1, 2, 0, 1)) | (1, 2, 3, 3)
    ReLU() | (2, 3)
    ReLU(inplace=True) | (2, 3)
    ReLU6() | (2, 3)
    LeakyReLU(0.2, inplace=True) | (2, 3)
    PReLU() | (2, 3)
    PReLU(3, init=0.1) | (2, 3, 2)
    ELU(0.5) | (2, 3)
    GELU() | (2, 3)
    GELU('tanh') | (2, 3)
    Softplus(2, 1.5) | (2, 3)
    Sigmoid() | (2, 3)
    Tanh() | (2, 3)
    SiLU() | (2, 3)
    Softmax(dim=1) | (2, 3)
    LogSoftmax(dim=0) | (2, 3)
    LogSigmoid() | (2, 3)
    MSELoss() | (2, 3) | (2, 3)
    L1Loss(reduction='sum') | (2, 3) | (2, 3)
    SmoothL1Loss(beta=0.5) | (2, 3) | (2, 3)
"""
LAYERS = [line.strip() for line in LAYERS.strip().splitlines()]


def convert(t):
    return tg.tensor(t.detach().numpy().copy())


def close(ours, theirs):
    ours, theirs = ours.detach().cpu().numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch


@pytest.mark.parity
@pytest.mark.parametrize("line", LAYERS)
def test_layers_agree_with_torch(torch, line):
    text, *shapes = line.split(" | ")
    shapes = [eval(shape) for shape in shapes]
    ours, theirs = eval(f"nn.{text}"), eval(f"torch.nn.{text}").double()
    if not isinstance(ours, nn.layers.Layer):
        assert repr(ours) == repr(theirs)
    ours.double()
    state, expected = ours.state_dict(), theirs.state_dict()
    assert {k: (tuple(v.shape), str(v.dtype)) for k, v in state.items()} == {
        k: (tuple(v.shape), str(v.dtype).removeprefix("torch.")) for k, v in expected.items()
    }
    ours.load_state_dict({k: convert(v) for k, v in expected.items()})
    for training in (True, True, False):
        ours.train(training), theirs.train(training)
        inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
        mine = [convert(x).requires_grad_() for x in inputs]
        # Clones: an inplace=True layer of torch overwrites its input, which a leaf does not allow.
        result, wanted = ours(*mine), theirs(*[x.clone() for x in inputs])
        close(result, wanted)
        grad = torch.randn_like(wanted)
        wanted.backward(grad)
        result.backward(convert(grad))
        for x, y in zip([*mine, *ours.parameters()], [*inputs, *theirs.parameters()]):
            close(x.grad, y.grad)
        for x, y in zip(ours.buffers(), theirs.buffers()):
            if x.shape or "Instance" not in text:  # PyTorch's InstanceNorm does not count batches
                close(x, y)


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_with_weights_agree_with_torch(torch, reduction):
    x, p = torch.randn(4, 3, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
    classes, w = torch.tensor([0, 2, -100, 1]), torch.rand(3, dtype=torch.float64)
    for text, input, target in [
        ("BCELoss(weight=w, reduction=reduction)", p, 1 - p),
        ("BCEWithLogitsLoss(weight=w, pos_weight=2 * w, reduction=reduction)", x, p),
        ("NLLLoss(weight=w, ignore_index=2, reduction=reduction)", x.log_softmax(1), classes % 3),
        ("CrossEntropyLoss(weight=w, label_smoothing=0.1, reduction=reduction)", x, classes),
        ("CrossEntropyLoss(reduction=reduction)", x, p.softmax(1)),
        ("CrossEntropyLoss(ignore_index=0, reduction=reduction)", x, classes % 3),
    ]:
        theirs = eval(f"torch.nn.{text}", {"torch": torch, "w": w, "reduction": reduction})
        ours = eval(f"nn.{text}", {"nn": nn, "w": convert(w), "reduction": reduction})
        assert list(ours.state_dict()) == list(theirs.state_dict())
        close(ours(convert(input), convert(target)), theirs(input, target))


@pytest.mark.parity
def test_embedding_agrees_with_torch(torch):
    theirs = torch.nn.Embedding(5, 3).double()
    ours = nn.Embedding(5, 3, dtype=tg.float64)
    assert repr(ours) == repr(theirs)
    ours.load_state_dict({"weight": convert(theirs.weight)})
    index = torch.tensor([[1, 2, 2], [4, 0, 1]])
    result, wanted = ours(convert(index)), theirs(index)
    close(result, wanted)
    (wanted**2).sum().backward()
    (result**2).sum().backward()
    close(ours.weight.grad, theirs.weight.grad)


# Modes


@pytest.mark.parametrize("layer, shape", [
    (nn.BatchNorm1d(2), (4, 2)), (nn.BatchNorm2d(2), (3, 2, 2, 2)),
    (nn.InstanceNorm2d(2, track_running_stats=True), (3, 2, 2, 2)),
])
def test_track_running_stats_set_to_false_stops_the_averages(layer, shape):
    x, before = tg.randn(*shape) * 3 + 1, [b.tolist() for b in layer.buffers()]
    y = layer(x)
    assert [b.tolist() for b in layer.buffers()] != before
    stopped = [b.tolist() for b in layer.buffers()]
    layer.track_running_stats = False
    assert layer(x).tolist() == y.tolist() and [b.tolist() for b in layer.buffers()] == stopped
    layer.track_running_stats = True
    layer(x + 1)
    assert [b.tolist() for b in layer.buffers()] != stopped


def test_batch_norm_in_eval_then_in_training_then_differentiated():
    norm, x = nn.BatchNorm1d(2), tg.randn(5, 2, requires_grad=True)
    norm(x.detach())
    scale = (norm.running_var.detach().clone() + norm.eps).rsqrt()
    y = norm.eval()(x)
    norm.train()(x.detach() * 2 + 1)  # moves the averages, which the first pass has used
    y.sum().backward()
    assert tg.allclose(x.grad, scale.expand(5, 2))
    assert norm.weight.grad.shape == (2,)


def test_a_batch_that_is_refused_is_not_counted():
    norm = nn.BatchNorm1d(3)
    for wrong in (tg.zeros(4, 2), tg.zeros(1, 3), tg.zeros(3)):
        with pytest.raises((RuntimeError, ValueError)):
            norm(wrong)
    assert norm.num_batches_tracked.item() == 0


def test_dropout_only_while_training():
    layer, x = nn.Dropout(0.75), tg.ones(10000)
    values = layer(x)
    assert set(values.tolist()) == {0.0, 4.0} and 0.95 < values.mean().item() < 1.05
    assert layer.eval()(x).tolist() == x.tolist()
    channels = nn.Dropout2d(0.5)(tg.ones(4, 50, 3, 3)).reshape(200, 9).tolist()
    assert {tuple(set(channel)) for channel in channels} == {(0.0,), (2.0,)}


def test_softmax_without_a_dim_guesses_and_says_so():
    x = tg.tensor([[0.0, 1.0], [2.0, 0.0]])
    with pytest.warns(UserWarning, match="softmax: which dim adds up to one. Taking dim=1"):
        assert nn.Softmax()(x).tolist() == tg.softmax(x, 1).tolist()
    with pytest.warns(UserWarning, match="log_softmax.*Taking dim=0"):
        assert nn.LogSoftmax()(x[0]).tolist() == tg.log_softmax(x[0], 0).tolist()


def test_factory_arguments():
    for layer in (
        nn.Linear(2, 3, dtype=tg.float64), nn.Conv2d(1, 2, 3, dtype=tg.float64),
        nn.ConvTranspose2d(1, 2, 3, dtype=tg.float64), nn.PReLU(dtype=tg.float64),
        nn.BatchNorm2d(2, dtype=tg.float64, device="cpu"), nn.GroupNorm(1, 2, dtype=tg.float64),
        nn.Embedding(2, 3, dtype=tg.float64),
    ):
        assert all(p.dtype == tg.float64 for p in layer.parameters())
    assert nn.Linear(2, 3, device="cpu").weight.device == tg.device("cpu")


# Errors at the door


@pytest.mark.parametrize("layer, shape, error, message", [
    ("Linear(2, 3)", (5, 3), RuntimeError,
     r"Linear\(in_features=2, .*\): .*linear: .*I = 2, .*I = 3"),
    ("Conv2d(3, 4, 3)", (16, 1, 28, 28), RuntimeError,
     r"Conv2d\(3, 4, .*\): conv2d: weight .*C = 3, .*input .*C = 1"),
    ("Conv2d(3, 4, 3)", (5, 5), RuntimeError, r"\(N, C, H, W\) .*got shape \(5, 5\)"),
    ("BatchNorm1d(3)", (3,), ValueError, r"BatchNorm1d.*\(N, C\) or \(N, C, L\), got shape \(3,\)"),
    ("BatchNorm2d(3)", (2, 4, 3, 3), RuntimeError, r"BatchNorm2d\(3.*C = 3.*C = 4"),
    ("BatchNorm2d(3)", (1, 3, 1, 1), ValueError, "more than 1 value per channel"),
    ("GroupNorm(3, 3)", (2, 3), ValueError, r"group_norm: .* per group, got \(2, 3\)"),
    ("InstanceNorm2d(3, affine=True)", (2, 4, 3, 3), RuntimeError, r"InstanceNorm2d\(3"),
    ("GroupNorm(2, 4)", (2, 6, 3), RuntimeError, r"GroupNorm\(2, 4.*C = 4.*C = 6"),
    ("PixelShuffle(2)", (1, 3, 2, 2), RuntimeError, "3 channels"),
])
def test_wrong_inputs(layer, shape, error, message):
    with pytest.raises(error, match=message):
        eval(f"nn.{layer}")(tg.zeros(shape))


def test_a_replaced_weight_is_what_counts():
    """Pruning replaces weights: the layer takes what its weight takes, and says so."""
    conv = nn.Conv2d(3, 4, 3)
    conv.weight = nn.Parameter(conv.weight.detach()[:, :2].clone())
    assert conv(tg.zeros(1, 2, 5, 5)).shape == (1, 4, 3, 3)
    message = r"Conv2d\(3, 4.*weight .*\(4, 2, 3, 3\).*C = 2, .*input .*C = 3"
    with pytest.raises(RuntimeError, match=message):
        conv(tg.zeros(1, 3, 5, 5))


def test_every_layer_can_be_pickled_and_copied():
    for line in LAYERS + ["CrossEntropyLoss(tg.ones(3)) | ", "Embedding(3, 2) | "]:
        layer = eval(f"nn.{line.split(' | ')[0]}")
        for other in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
            assert repr(other) == repr(layer)
            values = {name: x.tolist() for name, x in layer.state_dict().items()}
            assert {name: x.tolist() for name, x in other.state_dict().items()} == values


@pytest.mark.parametrize("text, error, message", [
    ("Conv2d(3, 4, 3, groups=2)", ValueError, "groups"),
    ("Conv2d(3, 4, 3, padding='sam')", TypeError, "padding must be"),
    ("Conv2d(3, 4, 3, padding_mode='reflect')", NotImplementedError, "padding_mode.*Reflect"),
    ("ConvTranspose2d(3, 4, 3, padding_mode='circular')", NotImplementedError, "padding_mode"),
    ("BatchNorm2d(3, momentum=None)", TypeError, "momentum"),
    ("GroupNorm(3, 4)", ValueError, "num_groups"),
    ("Dropout(1.5)(tg.zeros(1))", ValueError, "1.5"),
    ("Embedding(3, 2, max_norm=1.0)", TypeError, "max_norm"),
    ("Embedding(3, 2)(tg.tensor([3]))", IndexError, "3"),
    ("Unflatten(1)", TypeError, "Unflatten: missing .*unflattened_size"),
    ("ReLU(tg.zeros(1))", TypeError, "ReLU: inplace can't be a Tensor"),
    ("BCELoss([1.0])", TypeError, "BCELoss: 'weight' must be a Tensor"),
    ("ZeroPad2d(1, 2.0)", TypeError, "ZeroPad2d: too many"),
    ("Upsample()(tg.zeros(1, 1, 2, 2))", ValueError, "scale_factor"),
    ("MSELoss(size_average=True)", TypeError, "size_average"),
    ("LeakyReLU(object())", TypeError, "negative_slope can't be object"),
    ("MSELoss(reduction='average')(tg.zeros(1), tg.zeros(1))", ValueError, "average"),
])
def test_wrong_settings(text, error, message):
    with pytest.raises(error, match=message):
        eval(f"nn.{text}")
