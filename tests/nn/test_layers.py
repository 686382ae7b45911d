import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv import nn

# (constructor, shapes of the inputs): each is compared with torch in repr, state, values and gradients.
LAYERS = [
    ("Linear(3, 4)", [(5, 3)]),
    ("Linear(3, 4, bias=False)", [(2, 5, 3)]),
    ("Linear(3, 4)", [(3,)]),
    ("Conv2d(3, 4, 3)", [(2, 3, 6, 7)]),
    ("Conv2d(4, 6, (3, 2), stride=(2, 1), padding=1, dilation=(1, 2), groups=2, bias=False)", [(2, 4, 7, 7)]),
    ("Conv2d(2, 3, 4, padding='same', dilation=2)", [(1, 2, 6, 5)]),
    ("Conv2d(2, 3, 2, padding='valid')", [(2, 5, 5)]),
    ("ConvTranspose2d(3, 4, 4, 2, 1, bias=False)", [(2, 3, 4, 5)]),
    ("ConvTranspose2d(4, 6, 3, 3, padding=1, output_padding=(1, 2), groups=2, dilation=2)", [(2, 4, 3, 3)]),
    ("ConvTranspose2d(3, 4, 1, output_padding=(1, 0), dilation=(2, 1))", [(2, 3, 3, 2)]),
    ("Conv2d(2, 3, 3, padding=(1, 2), padding_mode='reflect', bias=False)", [(2, 2, 4, 5)]),
    ("Conv2d(2, 3, (3, 2), padding='same', dilation=2, padding_mode='replicate')", [(2, 4, 5)]),
    ("Conv2d(2, 3, 3, padding=1, stride=2, padding_mode='circular')", [(2, 2, 4, 5)]),
    ("Conv2d(2, 3, 3, padding='valid', padding_mode='circular')", [(2, 2, 4, 5)]),
    ("BatchNorm1d(3)", [(4, 3)]),
    ("BatchNorm1d(3, affine=False, momentum=None)", [(4, 3, 5)]),
    ("BatchNorm1d(3, track_running_stats=False)", [(4, 3)]),
    ("BatchNorm2d(3, eps=0.1, momentum=0.5)", [(2, 3, 4, 4)]),
    ("BatchNorm2d(3, bias=False)", [(2, 3, 4, 4)]),
    ("InstanceNorm2d(3)", [(2, 3, 4, 4)]),
    ("InstanceNorm2d(3, affine=True, track_running_stats=True)", [(2, 3, 4, 4)]),
    ("InstanceNorm2d(3)", [(3, 4, 4)]),
    ("GroupNorm(2, 4)", [(2, 4, 3, 3)]),
    ("GroupNorm(4, 4, affine=False)", [(2, 4, 5)]),
    ("MaxPool2d(2)", [(2, 3, 5, 6)]),
    ("MaxPool2d((3, 2), stride=1, padding=1, ceil_mode=True)", [(2, 3, 5, 6)]),
    ("AvgPool2d(2)", [(2, 3, 5, 6)]),
    ("AvgPool2d(3, 2, padding=1, count_include_pad=False)", [(3, 5, 6)]),
    ("AvgPool2d(2, divisor_override=3)", [(2, 3, 5, 6)]),
    ("AdaptiveAvgPool2d((None, 2))", [(2, 3, 5, 6)]),
    ("AdaptiveAvgPool2d(1)", [(2, 3, 5, 6)]),
    ("Flatten()", [(2, 3, 4)]),
    ("Flatten(0, 1)", [(2, 3, 4)]),
    ("Unflatten(1, (2, 3))", [(2, 6)]),
    ("Dropout(0.0)", [(2, 3)]),
    ("Dropout2d(0.0)", [(2, 3, 2, 2)]),
    ("Upsample(scale_factor=2)", [(1, 2, 3, 3)]),
    ("Upsample(size=(5, 4), mode='bilinear', align_corners=True)", [(1, 2, 3, 3)]),
    ("Upsample(scale_factor=(2, 1.5), mode='bilinear')", [(1, 2, 4, 4)]),
    ("PixelShuffle(2)", [(2, 8, 3, 3)]),
    ("ZeroPad2d(1)", [(1, 2, 3, 3)]),
    ("ZeroPad2d((1, 0, 2, 3))", [(1, 2, 3, 3)]),
    ("ReflectionPad2d((1, 2, 0, 1))", [(1, 2, 3, 3)]),
    ("ReplicationPad2d((1, 2, 0, 1))", [(1, 2, 3, 3)]), ("ConstantPad2d((1, 0, 2, 3), 1.5)", [(1, 2, 3, 3)]),
    ("UpsamplingNearest2d(scale_factor=2)", [(1, 2, 3, 3)]), ("UpsamplingBilinear2d((4, 5))", [(1, 2, 3, 3)]),
    ("LayerNorm(4)", [(2, 3, 4)]), ("LayerNorm([3, 4], eps=0.1, bias=False)", [(2, 3, 4)]),
    ("LayerNorm((4,), elementwise_affine=False)", [(2, 4)]),
    ("Hardtanh()", [(4, 5)]), ("Hardtanh(-0.3, 0.8)", [(4, 5)]),
    ("Mish()", [(2, 3)]), ("SELU()", [(2, 3)]), ("Softsign()", [(2, 3)]), ("LogSigmoid()", [(2, 3)]),
    ("KLDivLoss(reduction='batchmean', log_target=True)", [(2, 3), (2, 3)]), ("KLDivLoss(reduction='sum')", [(2, 3), (2, 3)]),
    ("Identity(3, a=4)", [(2, 3)]),
    ("ReLU()", [(2, 3)]), ("ReLU(inplace=True)", [(2, 3)]), ("ReLU6()", [(2, 3)]),
    ("LeakyReLU(0.2, inplace=True)", [(2, 3)]), ("PReLU()", [(2, 3)]), ("PReLU(3, init=0.1)", [(2, 3, 2)]),
    ("ELU(0.5)", [(2, 3)]), ("GELU()", [(2, 3)]), ("GELU('tanh')", [(2, 3)]), ("Softplus(2, 1.5)", [(2, 3)]),
    ("Sigmoid()", [(2, 3)]), ("Tanh()", [(2, 3)]), ("SiLU()", [(2, 3)]), ("Softmax(dim=1)", [(2, 3)]),
    ("LogSoftmax(dim=0)", [(2, 3)]),
    ("MSELoss()", [(2, 3), (2, 3)]), ("L1Loss(reduction='sum')", [(2, 3), (2, 3)]),
    ("SmoothL1Loss(beta=0.5)", [(2, 3), (2, 3)]), ("HuberLoss('none', delta=0.5)", [(2, 3), (2, 3)]),
]


def convert(t):
    return tg.tensor(t.detach().numpy().copy())


def close(ours, theirs):
    np.testing.assert_allclose(ours.detach().cpu().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-9)


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch


@pytest.mark.parity
@pytest.mark.parametrize("text, shapes", LAYERS, ids=[f"{text}{shapes[0]}" for text, shapes in LAYERS])
def test_layers_agree_with_torch(torch, text, shapes):
    ours, theirs = eval(f"nn.{text}"), eval(f"torch.nn.{text}").double()
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
            close(x, y)


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_with_weights_agree_with_torch(torch, reduction):
    x, p = torch.randn(4, 3, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
    classes, w = torch.tensor([0, 2, -100, 1]), torch.rand(3, dtype=torch.float64)
    for text, input, target in [
        ("BCELoss(weight=w, reduction=reduction)", p, 1 - p),
        ("BCEWithLogitsLoss(weight=w, pos_weight=2 * w, reduction=reduction)", x, p),
        ("NLLLoss(weight=w, ignore_index=2, reduction=reduction)", x.log_softmax(1), classes.clamp(min=0)),
        ("CrossEntropyLoss(weight=w, label_smoothing=0.1, reduction=reduction)", x, classes),
        ("CrossEntropyLoss(reduction=reduction)", x, p.softmax(1)),
        ("CrossEntropyLoss(ignore_index=0, reduction=reduction)", x, classes.clamp(min=0)),
    ]:
        theirs = eval(f"torch.nn.{text}", {"torch": torch, "w": w, "reduction": reduction})
        ours = eval(f"nn.{text}", {"nn": nn, "w": convert(w), "reduction": reduction})
        assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
        close(ours(convert(input), convert(target)), theirs(input, target))


@pytest.mark.parity
def test_embedding_agrees_with_torch(torch):
    theirs = torch.nn.Embedding(5, 3, padding_idx=1).double()
    ours = nn.Embedding(5, 3, padding_idx=1, dtype=tg.float64)
    assert repr(ours) == repr(theirs)
    ours.load_state_dict({"weight": convert(theirs.weight)})
    index = torch.tensor([[1, 2, 2], [4, 0, 1]])
    result, wanted = ours(convert(index)), theirs(index)
    close(result, wanted)
    (wanted**2).sum().backward()
    (result**2).sum().backward()
    close(ours.weight.grad, theirs.weight.grad)


@pytest.mark.parity
@pytest.mark.parametrize("size", [(7, 7), (8, 7), (8, 8)])
def test_output_size_of_conv_transpose(torch, size):
    x = torch.randn(1, 2, 4, 4, dtype=torch.float64)
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1).double()
    ours = nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1).double()
    ours.load_state_dict({k: convert(v) for k, v in theirs.state_dict().items()})
    close(ours(convert(x), output_size=size), theirs(x, output_size=size))


# The output-shape formulas of the course


@given(n=st.integers(1, 12), k=st.integers(1, 5), s=st.integers(1, 3), p=st.integers(0, 2))
def test_convolution_shapes(n, k, s, p):
    if n + 2 * p >= k:
        out = nn.Conv2d(1, 2, k, s, p)(tg.zeros(2, 1, n, n))
        assert out.shape == (2, 2, *[math.floor((n - k + 2 * p + s) / s)] * 2)
    if k + s * (n - 1) - 2 * p > 0:
        out = nn.ConvTranspose2d(1, 2, k, s, p)(tg.zeros(2, 1, n, n))
        assert out.shape == (2, 2, *[k + s * (n - 1) - 2 * p] * 2)


def test_convolution_weights_are_stored_channels_last():
    for layer in (nn.Conv2d(3, 4, 2), nn.ConvTranspose2d(3, 4, 2)):
        stored = layer.weight.array.transpose(0, 2, 3, 1)
        assert stored.flags.c_contiguous and stored.shape[:3] == (*layer.weight.shape[:1], 2, 2)


# Modes


def test_batch_norm_in_eval_mode_uses_what_training_averaged():
    norm = nn.BatchNorm1d(1, affine=False, momentum=None)
    for values in ([0.0, 2.0], [2.0, 6.0]):
        norm(tg.tensor([[v] for v in values]))
    assert norm.running_mean.tolist() == [2.5]  # of 1 and 4
    assert norm.running_var.tolist() == [5.0]   # of 2 and 8
    assert norm.num_batches_tracked.item() == 2
    norm.eval()
    assert norm(tg.tensor([[2.5]])).tolist() == [[0.0]]
    assert norm.num_batches_tracked.item() == 2
    norm.reset_running_stats()
    assert norm.running_mean.tolist() == [0.0] and norm.num_batches_tracked.item() == 0


def test_dropout_only_while_training():
    layer, x = nn.Dropout(0.75), tg.ones(10000)
    values = layer(x)
    assert set(values.tolist()) == {0.0, 4.0} and 0.95 < values.mean().item() < 1.05
    assert layer.eval()(x).tolist() == x.tolist()
    channels = nn.Dropout2d(0.5)(tg.ones(4, 50, 3, 3)).reshape(200, 9).tolist()
    assert all(len(set(c)) == 1 for c in channels) and {c[0] for c in channels} == {0.0, 2.0}


def test_float32_stays_float32_through_a_training_step():
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.LeakyReLU(0.2), nn.Dropout(), nn.ConvTranspose2d(2, 1, 3),
        nn.InstanceNorm2d(1, affine=True), nn.PReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 1),
        nn.Sigmoid(),
    )
    loss = nn.BCELoss()(net(tg.randn(2, 1, 4, 4)), tg.ones(2, 1))
    loss.backward()
    assert loss.dtype == tg.float32
    assert {str(p.grad.dtype) for p in net.parameters()} == {"float32"}
    assert {str(b.dtype) for b in net.buffers()} == {"float32", "int64"}


def test_factory_arguments():
    for layer in (
        nn.Linear(2, 3, dtype=tg.float64), nn.Conv2d(1, 2, 3, dtype=tg.float64), nn.PReLU(dtype=tg.float64),
        nn.ConvTranspose2d(1, 2, 3, dtype=tg.float64), nn.BatchNorm2d(2, dtype=tg.float64, device="cpu"),
        nn.GroupNorm(1, 2, dtype=tg.float64), nn.Embedding(2, 3, dtype=tg.float64),
    ):
        assert all(p.dtype == tg.float64 for p in layer.parameters())
    assert nn.Linear(2, 3, device="cpu").weight.device == tg.device("cpu")
    table = nn.Embedding.from_pretrained(tg.ones(3, 2))
    assert not table.weight.requires_grad and table(tg.tensor(1)).tolist() == [1.0, 1.0]


# Errors at the door


@pytest.mark.parametrize("layer, shape, error, message", [
    ("Linear(2, 3)", (5, 3), RuntimeError,
     r"Linear\(in_features=2, .*\): expected input \(\.\.\., 2\), got \(5, 3\)"),
    ("Linear(2, 3)", (), RuntimeError, r"got \(\)"),
    ("Conv2d(3, 4, 3)", (16, 1, 28, 28), RuntimeError,
     r"Conv2d\(3, 4, .*\): expected input \(N, 3, H, W\), got \(16, 1, 28, 28\)"),
    ("Conv2d(3, 4, 3)", (5, 5), RuntimeError, r"\(N, 3, H, W\), got \(5, 5\)"),
    ("Conv2d(3, 4, 3)", (1, 3, 2, 5), RuntimeError, "kernel"),
    ("ConvTranspose2d(3, 4, 3)", (1, 2, 5, 5), RuntimeError, r"ConvTranspose2d\(3.*\(N, 3, H, W\)"),
    ("BatchNorm1d(3)", (3,), ValueError, r"BatchNorm1d\(3.*\(N, 3\) or \(N, 3, L\), got \(3,\)"),
    ("BatchNorm2d(3)", (2, 3), ValueError, r"\(N, 3, H, W\), got \(2, 3\)"),
    ("BatchNorm2d(3)", (2, 4, 3, 3), RuntimeError, r"BatchNorm2d\(3"),
    ("BatchNorm2d(3)", (1, 3, 1, 1), ValueError, "more than 1 value per channel"),
    ("InstanceNorm2d(3, affine=True)", (2, 4, 3, 3), ValueError, r"InstanceNorm2d\(3"),
    ("InstanceNorm2d(3)", (2, 3), ValueError, r"got \(2, 3\)"),
    ("GroupNorm(2, 4)", (2, 3, 3), RuntimeError, r"GroupNorm\(2, 4.*\(N, 4, \.\.\.\), got \(2, 3, 3\)"),
    ("MaxPool2d(2)", (2, 2), RuntimeError, r"\(2, 2\)"),
    ("PReLU(3)", (2, 4), RuntimeError, "3"),
    ("PixelShuffle(2)", (1, 3, 2, 2), RuntimeError, "3 channels"),
    ("Embedding(3, 2)", (2,), RuntimeError, "float32"),
])
def test_wrong_inputs(layer, shape, error, message):
    with pytest.raises(error, match=message):
        eval(f"nn.{layer}")(tg.zeros(shape))


def test_what_is_no_tensor_is_refused_by_every_layer():
    for text, _ in LAYERS:
        layer = eval(f"nn.{text}")
        if not isinstance(layer, nn.Identity):
            with pytest.raises(TypeError, match="Tensor"):
                layer(*[[1.0, 2.0]] * (2 if "Loss" in text else 1))


@pytest.mark.parametrize("text, error, message", [
    ("Conv2d(3, 4, 3, groups=2)", ValueError, "groups"),
    ("Conv2d(3, 4, 3, groups=0)", ValueError, "groups"),
    ("Conv2d(3, 4, 3, padding='sam')", ValueError, "'sam'"),
    ("Conv2d(3, 4, 3, padding='same', stride=2)", ValueError, "stride"),
    ("Conv2d(3, 4, 3, padding_mode='mirror')", ValueError, "padding_mode"),
    ("ConvTranspose2d(3, 4, 3, padding_mode='reflect')", ValueError, "padding_mode"),
    ("ConvTranspose2d(3, 4, 3, padding='same')", TypeError, "padding"),
    ("ConvTranspose2d(3, 4, 3)(tg.zeros(1, 3, 5, 5), output_size=(8, 8))", ValueError, "output_size"),
    ("GroupNorm(3, 4)", ValueError, "num_groups"),
    ("Dropout(1.5)", ValueError, "1.5"),
    ("Embedding(3, 2, max_norm=1.0)", NotImplementedError, "max_norm"),
    ("Embedding(3, 2, sparse=True)", NotImplementedError, "sparse"),
    ("Embedding(3, 2, scale_grad_by_freq=True)", NotImplementedError, "scale_grad_by_freq"),
    ("Embedding(3, 2, padding_idx=3)", ValueError, "padding_idx"),
    ("Embedding(3, 2)(tg.tensor([3]))", IndexError, "3"),
    ("Unflatten(1, 3)", TypeError, "Unflatten"),
    ("Upsample()(tg.zeros(1, 1, 2, 2))", ValueError, "scale_factor"),
    ("MSELoss(size_average=True)", NotImplementedError, "reduction"),
    ("MSELoss(reduction='average')(tg.zeros(1), tg.zeros(1))", ValueError, "average"),
])
def test_wrong_settings(text, error, message):
    with pytest.raises(error, match=message):
        eval(f"nn.{text}")
