"""Every row of the table of operations: gradients of any order, dtypes, agreement with PyTorch."""

import importlib
import itertools
import pkgutil

import numpy as np
import pytest
from draws import is_differentiated, to_tensor
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import small_blocks
from operations import TABLE, Row, library_functions

import tinygrad_cv as tg
from tinygrad_cv.autograd import Function
from tinygrad_cv.gradcheck import gradcheck, gradgradcheck

rows = pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
few = settings(max_examples=max(4, settings().max_examples // 5))  # of each of many rows


def draw(row, data):
    return row.draw(lambda options: data.draw(st.sampled_from(options)))


def floating(tensors):
    return [y for y in tensors if y.is_floating_point()]


def to_numpy(t):
    return t.detach().cpu().numpy()


@rows
@few
@given(data=st.data())
def test_gradients(table, row, data):
    arrays, parameters = draw(row, data)
    layout = data.draw(st.sampled_from(("C", "channels last", "reversed")))
    inputs = [to_tensor(tg, a, layout=layout) for a in arrays]

    def call(*xs):
        return floating(row.outputs(tg, xs, parameters))

    call.__name__ = row.name  # for the table, and for an error's message
    with small_blocks(data.draw(st.booleans())):
        if any(y.requires_grad for y in row.outputs(tg, inputs, parameters)):
            assert gradcheck(call, inputs, eps=row.eps)
            assert not row.second or gradgradcheck(call, inputs, eps=row.eps)


@rows
@few
@given(data=st.data())
def test_gradients_do_not_depend_on_being_recorded(row, data):
    """create_graph=True may use operations where else a kernel runs: the same numbers arrive."""
    arrays, parameters = draw(row, data)
    xs = [to_tensor(tg, a) for a in arrays]
    leaves = [x for x in xs if x.requires_grad]
    for y in floating(row.outputs(tg, xs, parameters)):
        if y.requires_grad:
            cotangent = tg.randn(*y.shape, dtype=y.dtype, device=y.device)
            ways = [
                tg.autograd.grad(y, leaves, cotangent, True, recorded, allow_unused=True)
                for recorded in (False, True)
            ]
            for plain, recorded in zip(*ways):
                assert (plain is None) == (recorded is None)
                if plain is not None:
                    same(plain, recorded, 1e-12)


THIRD = (
    "pow", "tanh", "conv2d", "conv_transpose2d", "batch_norm", "softmax",
    "prod", "matmul", "norm", "var", "linear", "binary_cross_entropy_with_logits", "interpolate",
    "getitem",
)  # fmt: skip


@pytest.mark.parametrize("name", THIRD)
@settings(max_examples=3)
@given(data=st.data())
def test_third_derivatives(table, name, data):
    row = next(row for row in TABLE if row.name == name)
    arrays, parameters = draw(row, data)
    inputs = [to_tensor(tg, a) for a in arrays]

    def gradient(*xs):
        """The gradient of a weighted sum of the outputs, which is not linear in them."""
        ys = [y for y in floating(row.outputs(tg, xs, parameters)) if y.requires_grad]
        total = sum(((y + 1) ** 2 * (1 + i)).sum() for i, y in enumerate(ys))
        wanted = [x for x in xs if x.requires_grad]
        grads = tg.autograd.grad(total, wanted, create_graph=True, allow_unused=True)
        return [g for g in grads if g is not None]

    gradient.__name__ = f"the gradient of {name}"
    if sum(a.size for a in arrays if is_differentiated(a)):
        assert gradgradcheck(gradient, inputs, eps=row.eps)


@rows
@few
@given(data=st.data())
def test_float32_stays_float32(row, data):
    arrays, parameters = draw(row, data)
    inputs = [to_tensor(tg, a, double=False) for a in arrays]
    outputs = floating(row.outputs(tg, inputs, parameters))
    if row.name != "cast":
        assert {y.dtype for y in outputs} <= {tg.float32}
    for y in outputs:
        if y.requires_grad:
            y.backward(tg.ones_like(y), retain_graph=True)
    assert {x.grad.dtype for x in inputs if x.grad is not None} <= {tg.float32}


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's, about strides
@pytest.mark.parametrize("row", [row for row in TABLE if row.parity], ids=lambda row: row.name)
@few
@given(data=st.data())
def test_parity_with_torch(row, data):
    torch = pytest.importorskip("torch")
    arrays, parameters = draw(row, data)
    ours, theirs = ([to_tensor(t, a) for a in arrays] for t in (tg, torch))
    agree(row, parameters, torch, ours, theirs)


def agree(row, parameters, torch, ours, theirs, create_graph=False):
    """Values and gradients are PyTorch's."""
    y_ours, y_theirs = row.outputs(tg, ours, parameters), row.outputs(torch, theirs, parameters)
    assert len(y_ours) == len(y_theirs)
    rng = np.random.default_rng(0)
    for a, b in zip(y_ours, y_theirs):
        same(a, b, row.tolerance)
        assert a.requires_grad == b.requires_grad
        if a.requires_grad:
            cotangent = rng.standard_normal(tuple(a.shape))
            for y, t in ((a, tg), (b, torch)):
                y.backward(t.tensor(cotangent, dtype=y.dtype), True, create_graph and t is tg)
    for x, z in zip(ours, theirs):
        assert (x.grad is None) == (z.grad is None)
        if x.grad is not None:
            same(x.grad, z.grad, row.tolerance)


def same(ours, theirs, tolerance):
    ours, theirs = to_numpy(ours), to_numpy(theirs)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


# At kinks and poles finite differences say nothing: there PyTorch's choice is ours

INF, NAN = float("inf"), float("nan")
SPECIAL = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, 1e4, -30.0, 3e38]
PAIRS = zip(*itertools.product([NAN, INF, -INF, 0.0, 1.0, -2.5], repeat=2))
PAIRS = [list(values) for values in PAIRS]
EDGES = {
    "relu6": (lambda t, F, x: F.relu6(x), [0.0, 6.0, 7.0, INF, -INF, NAN]),
    "prelu": (lambda t, F, x, w: F.prelu(x, w), SPECIAL, [0.25]),
    "clamp": (lambda t, F, x: x.clamp(-1, 1), [-1.0, 1.0, 0.0, INF, NAN]),
    "clamp by a tensor": (lambda t, F, x, y: t.clamp(x, y), [-1.0, 1.0, 2, NAN], [-1.0, 2, 2, 0]),
    "max": (lambda t, F, x: (x.max(), x.amax(0), x.max(0)[0], x.min()), [3.0, 1.0, 3.0, 1.0]),
    "max_pool2d": (lambda t, F, x: F.max_pool2d(x.view(1, 1, 2, 4), 2), [1.0, 1.0, 0.0, 0.0] * 2),
    "norm": (lambda t, F, x: (x.norm(), x.norm(1), x.norm(3)), [0.0, 0.0]),
    "std": (lambda t, F, x: x.std(), [2.0, 2.0, 2.0]),
    "sqrt": (lambda t, F, x: (x.sqrt(), x.log(), x**0.5), [0.0, 4.0]),
    "pow": (lambda t, F, x, y: x**y, [0.0, 0.0, 0.0, -2.0], [0.0, 1.0, 2.0, 3.0]),
    "pow by a number": (lambda t, F, x: (x**0, x**1, x**2, 0**x), [0.0, 1.0]),
    "prod": (lambda t, F, x: (x.prod(), x[1:].prod()), [0.0, 2.0, 0.0]),
    "log_softmax": (lambda t, F, x: t.log_softmax(x, 0), [-999.0, 999.0]),
    "logsumexp": (lambda t, F, x: (x.logsumexp(0), x[:1].logsumexp(0), x.softmax(0)), [-INF, 1.0]),
    "bce": (lambda t, F, x, y: F.binary_cross_entropy_with_logits(x, y),
            [0.0, 999.0, -999.0], [0.5, 0, 1]),
    "clamp backwards": (lambda t, F, x: x.clamp(1, -1), SPECIAL[1:]),
    "clamp by tensors backwards": (lambda t, F, x, y, z: t.clamp(x, min=y, max=z),
                                   SPECIAL[1:], [1.0], [-1.0]),
    "clamp by NaN": (lambda t, F, x, y: (t.clamp(x, min=y), t.clamp(x, None, y), x.clamp(1, NAN)),
                     SPECIAL, [NAN]),
    "one": (lambda t, F, x: (x.abs(), x.sign(), x.relu(), x.exp(), x.expm1(), x.log1p(), x.sqrt(),
                             x.rsqrt(), x.sin(), x.tanh(), x.sigmoid(), x.floor(), x.square(),
                             1 / x, x / 0), SPECIAL),
    "activations": (lambda t, F, x: (F.gelu(x), F.silu(x), F.softplus(x), F.logsigmoid(x),
                                     F.leaky_relu(x), F.elu(x), F.relu(x), x.abs(), x.sigmoid(),
                                     x.tanh()), SPECIAL),
    "prelu without limits": (lambda t, F, x, w: F.prelu(x, w), [INF, 1.0, NAN, -1.0], [INF]),
    "powers": (lambda t, F, x: [x**p for p in (0, 1, 2, 3, -1, -2, 0.5, 1.5)],
               SPECIAL[:4] + SPECIAL[5:]),  # PyTorch has (-0)^-0.5 = -inf
    "roots": (lambda t, F, x: x**-0.5, [INF, NAN, 0.0, 4.0]),
    "exponents": (lambda t, F, x: [b**x for b in (0, 1, 2, 0.5, INF)], SPECIAL),
    "pairs": (lambda t, F, x, y: (x + y, x - y, x * y, x / y, x**y, t.maximum(x, y),
                                  t.minimum(x, y), x % y, t.where(x > y, x, y)), *PAIRS),
    "pairs of a loss": (lambda t, F, x, y: [
        f(x, y, reduction="none") for f in (F.mse_loss, F.l1_loss, F.smooth_l1_loss)], *PAIRS),
    "a NaN among": (lambda t, F, x: (x.max(), x.min(), *x.max(0), *x.min(0), x.norm(INF), x.norm(0),
                                     x.norm(1), x.softmax(0), x.logsumexp(0), x.sum(), x.argmax()),
                    [1.0, NAN, 2.0, NAN]),
    "infinities among": (lambda t, F, x: (x.max(), x.amin(0), *x.max(0), x.mean(), x.softmax(0)),
                         [INF, 1.0, INF, -INF]),
    "pooling": (lambda t, F, x: F.max_pool2d(x.reshape(1, 1, 2, 4), 2),
                [NAN, 1.0, NAN, 2.0, NAN, 0.0, INF, INF]),
    "bce at the ends": (lambda t, F, x, y: F.binary_cross_entropy(x, y, reduction="none"),
                        [0.0, 0.0, 1.0, 1.0, 0.0, 1e-30], [0.0, 1.0, 0.0, 1.0, 0.3, 0.5]),
    "infinite gradients": (lambda t, F, x, y: (x.tanh() * y, x.sigmoid() * y),
                           [0.5, -0.5, 0.0], [INF, -INF, INF]),
    "leaky_relu of slope 0": (lambda t, F, x: F.leaky_relu(x, 0.0), SPECIAL),
    "silu near the largest": (lambda t, F, x: F.silu(x), [1.7e308, -1.7e308, 40.0]),
    "bce and infinities": (
        lambda t, F, x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"), *PAIRS),
    "bce weighted": (lambda t, F, x, y, w: F.binary_cross_entropy_with_logits(
        x, y, reduction="none", pos_weight=w.detach()),
        [INF, -INF, INF, -INF, NAN, 999.0, -999.0], [0.0, 0.0, 1.0, 1.0, 0.5, 0.5, 0.5], [2.0]),
    "var and infinities": (lambda t, F, x: (x.var(), x.var(0, unbiased=False), x[:2].std()),
                           [1.0, 3.0, INF]),
    "norms of zeros": (lambda t, F, x: [x.norm(p) for p in (-1, -2, 0.5, 1.5, 3)], [0.0, 2.0, 0.0]),
    "resized": (lambda t, F, x: F.interpolate(x.view(1, 1, 1, -1), scale_factor=2, mode="bilinear"),
                [NAN, 1.0, 2.0, 3.0]),
    "adaptive": (lambda t, F, x: F.adaptive_avg_pool2d(x.view(1, 1, 1, -1), (1, 2)),
                 [NAN, 1.0, 2.0]),
}  # fmt: skip


@pytest.mark.parity
@pytest.mark.parametrize("name", EDGES)
def test_edges_are_torch_s(name):
    torch = pytest.importorskip("torch")
    call, *values = EDGES[name]
    for create_graph in False, True:
        ours, theirs = ([to_tensor(t, np.array(v)) for v in values] for t in (tg, torch))
        row = Row(name, call, None, tolerance=1e-8)  # PyTorch has some constants in float32
        agree(row, {}, torch, ours, theirs, create_graph)


# Nothing without a row

NO_OPERATIONS = {"inplace"}  # writing has no gradient


def operation_modules():
    for module in pkgutil.iter_modules(tg.ops.__path__):
        if module.name not in NO_OPERATIONS:
            yield importlib.import_module(f"tinygrad_cv.ops.{module.name}")


def test_every_public_operation_has_a_row():
    public = set(dir(tg.nn.functional))
    for module in operation_modules():
        defined = vars(module).items()
        public |= {n for n, f in defined if getattr(f, "__module__", "") == module.__name__}
    public = {n for n in public if n[0].islower() and callable(getattr(tg.ops, n, None))}
    assert public - {row.name.split()[0] for row in TABLE} == set()


def test_every_function_is_run_by_a_row(monkeypatch):
    run = set()
    call = Function.__call__
    watched = lambda self, *xs: run.add(type(self)) or call(self, *xs)  # noqa: E731
    monkeypatch.setattr(Function, "__call__", watched)
    for row in TABLE:
        arrays, parameters = row.draw(lambda options: options[0])
        inputs = [to_tensor(tg, a) for a in arrays]
        differentiated = [x for x, a in zip(inputs, arrays) if is_differentiated(a)]
        outputs = [y for y in row.outputs(tg, inputs, parameters) if y.requires_grad]
        if outputs:
            ones = [tg.ones_like(y) for y in outputs]
            tg.autograd.grad(outputs, differentiated, ones, create_graph=True, allow_unused=True)
    assert set(library_functions().values()) - run == set()


def test_elu_keeps_small_slopes():
    x = tg.tensor([-20.0], requires_grad=True)
    tg.nn.functional.elu(x).backward()
    assert x.grad.item() == pytest.approx(np.exp(-20), rel=1e-5)
