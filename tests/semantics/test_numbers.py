"""Numbers arrive as they are: sums lose no digits, integers never wrap unseen, comparisons are exact."""

import operator

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv.dtypes import ALL

INF, NAN = float("inf"), float("nan")
WHOLE = [dtype for dtype in ALL if dtype.kind != "f"]
COMPARISONS = {f.__name__: f for f in (
    operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)}  # fmt: skip


def extremes(dtype):
    """The ends of a dtype's range, and what is about them."""
    if dtype.kind == "b":
        return [False, True]
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    return [low, low + 1, 0, 1, high - 1, high]


# Sums


def logsumexp(x, dims):
    return np.log(np.exp(x).sum(dims))


SUMS = {
    "sum": (lambda x, dims: x.sum(dims), lambda x, dims: x.sum(dims)),
    "mean": (lambda x, dims: x.mean(dims), lambda x, dims: x.mean(dims)),
    "var": (lambda x, dims: x.var(dims), lambda x, dims: x.var(dims, ddof=1)),
    "std": (lambda x, dims: x.std(dims), lambda x, dims: x.std(dims, ddof=1)),
    "norm": (lambda x, dims: x.norm(dim=dims), lambda x, dims: (x**2).sum(dims) ** 0.5),
    "norm 3": (lambda x, dims: x.norm(3, dims), lambda x, dims: (x**3).sum(dims) ** (1 / 3)),
    "logsumexp": (lambda x, dims: x.logsumexp(dims), logsumexp),
}


@pytest.mark.parametrize("dims", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("offset", [0.5, 100.0])
@pytest.mark.parametrize("name", SUMS)
def test_sums_are_as_exact_over_leading_dims_as_over_the_last(name, offset, dims):
    ours, exact = SUMS[name]
    a = np.random.default_rng(0).random((300_000, 2), np.float32) + np.float32(offset)
    a = a if offset < 1 or name != "logsumexp" else a / 2  # e^100 is more than float32 holds
    for x, turned in ((a, dims), (a.T, tuple(1 - d for d in dims))):
        found = ours(tg.from_numpy(x), turned).double().numpy()
        np.testing.assert_allclose(found, exact(a.astype(np.float64), dims), rtol=3e-7)


def test_large_sums_count_every_one():
    x = tg.ones(1001, 2)
    x[0] = 2.0**24  # + 1 is no float32 of its own
    assert x.sum(0).tolist() == [2**24 + 1000] * 2
    bias = tg.zeros(2, requires_grad=True)
    ((x * 0 + bias) * x).sum().backward()
    assert bias.grad.tolist() == [2**24 + 1000] * 2
    weight = tg.zeros(1, 2, requires_grad=True)
    tg.nn.functional.linear(x, weight, tg.zeros(1, requires_grad=True)).sum().backward()
    assert tg.ones(17_000_000, 1).mean(0).item() == 1


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_reductions_of_every_dtype(dtype):
    values = [extremes(dtype)[-1] if dtype.kind != "f" else 1.5] * 3 + [0, 1]
    x = tg.tensor(values, dtype=dtype)
    kept = dtype if dtype.kind == "f" else tg.int64
    if dtype != tg.int64:  # the sum of its largest numbers wraps, as everywhere
        assert (x.sum().item(), x.sum().dtype) == (sum(x.tolist()), kept)
    assert (x[3:].prod().item(), x[2:3].prod().item()) == (0, values[2])
    assert x.prod().dtype == kept and x.max().dtype == x.amin().dtype == dtype
    assert (x.max().item(), x.min().item(), x.argmax().item()) == (max(values), 0, 0)
    assert x.max(0).values.item() == max(values) and x.min(0).indices.item() == 3
    assert x.any().item() is True and x.all().item() is False
    if dtype.kind != "f":
        for name in "mean", "var", "std", "norm":
            with pytest.raises(RuntimeError, match=f"{name}|var"):
                getattr(x, name)()


# Integers


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("dtype", WHOLE, ids=str)
def test_comparisons_with_numbers_are_pythons(name, dtype):
    compare, x = COMPARISONS[name], tg.tensor(extremes(dtype), dtype=dtype)
    others = [-1, 2, 300, -(2**31) - 1, 2**63, 2**70, -(10**400), 0.5, -0.5, 1.0, 2.0**63, INF, NAN]
    for other in [*others, *extremes(dtype), -INF, True]:
        expected = [compare(value, other) for value in extremes(dtype)]
        assert compare(x, other).tolist() == expected, other
        assert compare(other, x).tolist() == [compare(other, v) for v in extremes(dtype)], other


def test_comparisons_of_two_integer_dtypes_are_exact():
    for a in WHOLE:
        for b in WHOLE:
            for value in extremes(b):
                x, y = tg.tensor(extremes(a), dtype=a), tg.tensor(value, dtype=b)
                assert (x < y).tolist() == [v < value for v in extremes(a)]
                assert (x == y.reshape(1)).tolist() == [v == value for v in extremes(a)]
    far, farther = tg.tensor([2**53 - 1]), tg.tensor([2**53])
    assert not tg.isclose(far, farther, rtol=0, atol=0).item() and not far.equal(farther + 1)
    assert not tg.isclose(tg.tensor([0], dtype=tg.uint8), tg.tensor([255], dtype=tg.uint8)).item()


SCOPE = dict(
    tg=tg, u=tg.tensor([128, 255], dtype=tg.uint8), i8=tg.tensor([100], dtype=tg.int8), c=tg.tensor([True, False]),
)


@pytest.mark.parametrize("text", [
    "u + 300", "u * -1", "u & 256", "u.clamp(max=300)", "u.clamp(min=-1)", "tg.where(c, u, 300)",
    "tg.where(c, -1, u)", "tg.maximum(u, tg.tensor(300))", "tg.minimum(u, tg.tensor(-1))",
    "i8 // 128", "u % 256", "u ** 300", "tg.where(c, u, tg.tensor(256))",
])  # fmt: skip
def test_a_number_that_the_dtype_cannot_hold_is_refused(text):
    with pytest.raises(RuntimeError, match="can't be stored"):
        eval(text, SCOPE)


@pytest.mark.parametrize("text, expected", [
    ("u / 256", [0.5, 0.99609375]), ("u / 300", [128 / 300, 0.85]), ("u / -1", [-128, -255]),
    ("256 / u", [2, 256 / 255]), ("u / tg.tensor(256)", [0.5, 0.99609375]), ("1000 / i8", [10]),
    ("i8 / 128", [0.78125]), ("u.div(1000)", [0.128, 0.255]), ("u.clamp(130, 254.5)", [130, 254.5]),
    ("u.clamp(0.5)", [128, 255]), ("tg.where(c, u, 0.5)", [128, 0.5]), ("u * 0.5", [64, 127.5]),
    ("tg.where(c, tg.tensor(-7, dtype=tg.int8), u.long())", [-7, 255]),
])  # fmt: skip
def test_floats_are_made_before_anything_can_wrap(text, expected):
    assert eval(text, SCOPE).tolist() == pytest.approx(expected, rel=1e-6)


def test_float16_is_refused_by_name():
    for make in (lambda d: tg.zeros(2, dtype=d), lambda d: tg.tensor([1.0], dtype=d),
                 lambda d: tg.ones(2).to(dtype=d), lambda d: tg.ones(2).sum(dtype=d)):  # fmt: skip
        for dtype in "float16", np.float16:
            with pytest.raises(TypeError, match="float16"):
                make(dtype)
    with pytest.raises(TypeError, match="float16"):
        tg.from_numpy(np.zeros(2, np.float16))
