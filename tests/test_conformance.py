"""Corners of PyTorch's interface that its own sample inputs visit.

Each line was once a difference. The expected values are PyTorch's; `test_the_table_is_pytorchs`
asks PyTorch itself, where it is installed.
"""

import pytest

import tinygrad_cv as tg

INF, NAN = float("inf"), float("nan")
ERRORS = TypeError, ValueError, RuntimeError, IndexError, OverflowError


def scope(t):
    """What the expressions may use: t is tinygrad_cv or torch, F its nn.functional."""
    u8 = dict(dtype=t.uint8)
    return dict(
        t=t, F=t.nn.functional, inf=INF, nan=NAN,
        x=t.tensor([1.5, -0.5, 2.0]), m=t.tensor([[1.0, 2.0, 4.0], [3.0, 8.0, 5.0]]),
        i=t.tensor([3, -1, 2]), b=t.tensor([True, False, True]), u=t.tensor([0, 5, 250], **u8),
        u8=u8, c=t.arange(24.0).reshape(2, 3, 4), image=t.arange(25.0).reshape(1, 1, 5, 5),
        assigned=assigned,
    )


def assigned(x, index, value):
    y = x.clone()
    y[index] = value
    return y


def plain(result):
    """Numbers as lists, with the dtype; several tensors as a list of those."""
    if isinstance(result, (tuple, list)):
        return [plain(r) for r in result]
    if hasattr(result, "tolist"):
        return str(result.dtype).replace("torch.", ""), result.tolist()
    return result


VALUES = [
    # arithmetic: integers wrap round, and stay integers
    ("t.tensor([1.0], dtype=float)", ("float64", [1.0])), ("+x is x", True),
    ("i / t.tensor(2.0, dtype=t.float64)", ("float64", [1.5, -0.5, 1.0])),
    ("t.tensor(2.0, dtype=t.float64) / t.tensor([4])", ("float64", [0.5])),
    ("u / t.tensor([300.0])", ("float32", pytest.approx([0, 5 / 300, 250 / 300]))),
    ("u + 10", ("uint8", [10, 15, 4])), ("t.pow(2, abs(i))", ("int64", [8, 2, 4])),
    ("t.div(t.tensor([7, -7]), 2, rounding_mode='trunc')", ("int64", [3, -3])),
    ("t.div(t.tensor([7.0, -7.0]), 2, rounding_mode='floor')", ("float32", [3.0, -4.0])),
    ("i.random_(2, 3), t.zeros(2).random_(1)", [("int64", [2, 2, 2]), ("float32", [0.0, 0.0])]),
    ("x.clone().lerp_(t.zeros(3), 0.5)", ("float32", [0.75, -0.25, 1.0])),
    ("t.is_floating_point(x), t.is_floating_point(i)", [True, False]),
    ("t.bitwise_xor(3, i + 1), t.bitwise_and(3, b)", [("int64", [7, 3, 0]), ("int64", [1, 0, 1])]),
    ("t.square(b)", ("int64", [1, 0, 1])), ("t.sign(b)", ("bool", [True, False, True])),
    ("t.round(t.tensor([1.25, 1234.0]), decimals=-2)", ("float32", [0.0, 1200.0])),
    ("t.minimum(u, t.tensor([7, 7, 7], **u8))", ("uint8", [0, 5, 7])),
    ("t.min(b, ~b)", ("bool", [False, False, False])),
    ("(x == None, x != None, x == 'a')", [False, True, False]),
    ("t.full((2,), inf)", ("float32", [INF, INF])),
    ("t.tensor([1e50, -1e50])", ("float32", [INF, -INF])),
    ("str(F.softplus(t.tensor(-1000.0)).item())", "0.0"),  # not -0.0
    ("F.relu6(t.tensor([1e-30, 0.1, 7.0]))", ("float32", pytest.approx([1e-30, 0.1, 6.0], 1e-6))),
    ("t.ceil(i)", ("int64", [3, -1, 2])),
    ("[t.allclose(v, t.tensor(inf)) for v in t.tensor([1.0, inf, -inf, nan])]",
     [False, True, False, False]),
    ("t.allclose(u, u + 1, atol=1.0)", True),
    # reductions
    ("m.std(1, False)", ("float32", pytest.approx([1.2472191, 2.0548046]))),
    ("m.var(True).item() == m.var().item() > m.var(False).item()", True),
    ("m.mean([]).shape == ()", True), ("b.prod(dtype=t.uint8)", ("uint8", 0)),
    ("t.max(x, -x)", ("float32", [1.5, 0.5, 2.0])),
    ("t.tensor([1e30, -1e30]).std()", ("float32", pytest.approx(2**0.5 * 1e30))),
    ("t.tensor([1e-30, -1e-30]).std() * 1e30", ("float32", pytest.approx(2**0.5))),
    ("t.zeros(2, 0).prod(1)", ("float32", [1.0, 1.0])),
    ("t.div(t.tensor([2**60 + 1, -7, 7]), t.tensor([1, 2, -2]), rounding_mode='trunc')",
     ("int64", [2**60 + 1, -3, -3])),
    ("t.div(-7, t.tensor([2.0]), rounding_mode='trunc')", ("float32", [-3.0])),
    ("t.tensor([2**60]).allclose(t.tensor([2**60 + 1]), rtol=0.0, atol=0.0)", False),
    ("F.interpolate(t.arange(2.0).reshape(1, 1, 2), 98).sum()", ("float32", 49.0)),
    # shapes
    ("t.cat([x, t.zeros(0, dtype=t.float64)])", ("float64", [1.5, -0.5, 2.0])),
    ("x.flip(dims=(0,))", ("float32", [2.0, -0.5, 1.5])),
    ("t.matmul(t.zeros(1, 1, 0), t.zeros(0, 1))", ("float32", [[[0.0]]])),
    ("F.linear(t.zeros(1, 1, 0), t.zeros(1, 0))", ("float32", [[[0.0]]])),
    # indices: an integer is read before the tensors, wherever it stands
    ("c[0, :, t.tensor([1, 2])]", ("float32", [[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]])),
    ("c[1, t.tensor([0, 2]), 3]", ("float32", [15.0, 23.0])),
    ("assigned(t.zeros(2, 2, 2), (0, slice(None), t.tensor([1])), t.tensor([[5.0], [6.0]]))",
     ("float32", [[[0.0, 5.0], [0.0, 6.0]], [[0.0, 0.0], [0.0, 0.0]]])),
    ("assigned(x, 0, t.tensor([[7.0]]))", ("float32", [7.0, -0.5, 2.0])),
    ("t.tensor(2.0).flip(0)", ("float32", 2.0)),
    ("[len(piece) for piece in t.zeros(0, 3).chunk(2)]", [0, 0]),
    ("t.zeros(0).logsumexp(0)", ("float32", -INF)),
    ("t.index_select(t.tensor(5.0), 0, t.tensor([0]))", ("float32", 5.0)),
    ("t.gather(x, 0, t.zeros(2, 0, dtype=t.int64)).shape == (2, 0)", True),
    ("F.pad(m, (-2, 3), 'replicate')", ("float32", [[4.0] * 4, [5.0] * 4])),
    ("F.pad(t.ones(1, 1, 3, 4), (-2, -2, 0, 0), 'reflect').shape == (1, 1, 3, 0)", True),
    ("F.pad(m, (-1, 1), 'circular')", ("float32", [[2.0, 4.0, 2.0], [8.0, 5.0, 8.0]])),
    # creation
    ("x.new_full((2,), 3), i.new_full((1,), 7, dtype=t.float32)",
     [("float32", [3.0, 3.0]), ("float32", [7.0])]),
    ("x.new_zeros(2, device='cpu', dtype=t.int64), x.new_ones((1,))",
     [("int64", [0, 0]), ("float32", [1.0])]),
    ("t.arange(0.1, -7.9, -4.0, dtype=t.int64)", ("int64", [0, -4])),
    ("t.linspace(4.3, 0, 5, dtype=t.int64)", ("int64", [4, 3, 2, 1, 0])),
    ("t.tensor(range(3))", ("int64", [0, 1, 2])),
    ("t.tensor([2**64, 0.5])", ("float32", [2.0**64, 0.5])),
    ("t.tensor([2**64, 1], dtype=t.float64)", ("float64", [2.0**64, 1.0])),
    ("t.arange(5.5, dtype=t.int64)", ("int64", [0, 1, 2, 3, 4])),
    ("t.ones_like(i, dtype=None), t.zeros_like(x, dtype=t.int64)",
     [("int64", [1] * 3), ("int64", [0] * 3)]),
    ("t.randint(1, size=(2,)), t.randint(high=1, size=(2,))", [("int64", [0, 0])] * 2),
    ("x.new_empty(2, 0, requires_grad=True).requires_grad", True),
    # layers and losses
    ("F.avg_pool2d(image, 2, ceil_mode=True)",
     ("float32", [[[[3.0, 5.0, 6.5], [13.0, 15.0, 16.5], [20.5, 22.5, 24.0]]]])),
    ("F.avg_pool2d(image, 3, 3, 1, ceil_mode=True, count_include_pad=False).flatten()",
     ("float32", [3.0, 5.5, 15.5, 18.0])),
    ("F.avg_pool2d(image, 3, 3, 1, True).flatten()",
     ("float32", pytest.approx([12 / 9, 33 / 9, 93 / 9, 18.0]))),
    ("F.max_pool2d(image.long(), 4)", ("int64", [[[[18]]]])),
    ("F.pixel_shuffle(t.zeros(1, 1, 1, 4, 1, 1), 2).shape == (1, 1, 1, 1, 2, 2)", True),
    ("F.nll_loss(m[0], t.tensor([1]))", ("float32", -2.0)), ("F.relu6(u)", ("uint8", [0, 5, 6])),
    ("F.cross_entropy(m, m.softmax(1).double()).dtype == t.float64", True),
    ("t.equal(F.batch_norm(m, t.zeros(3), t.ones(3), eps=0.0), m)", True),
]  # fmt: skip

REFUSED = [
    ("b - b", "bool"), ("b ** b", "bool"), ("abs(b)", "bool"), ("t.eq(2, x)", "Tensor"),
    ("t.add(i, i, alpha=2.5)", "alpha"), ("t.div(x, 2, rounding_mode='up')", "rounding_mode"),
    ("t.gather(m, 1, t.tensor([[3]]))", "out of range"), ("m.select(1, 3)", "out of bounds"),
    ("t.lerp(x, x, 'a')", "str"), ("u.new_full((1,), 300)", "300"), ("b // b", "bool"),
    ("b % True", "bool"), ("t.div(b, b, rounding_mode='trunc')", "bool"), ("i ** -1", "negative"),
    ("F.batch_norm(m, None, None, training=True, eps=0)", "eps must be positive"),
    ("F.batch_norm(m, m[0], m[0], eps=-1)", "eps must be positive"),
    ("t.ones(1).expand(2**40, 2**40)", "expand: no memory for size"),
    ("x * 10**400", "mul: .* below 1e308"), ("10**400 / i", "div: .* below 1e308"),
    ("x.new_zeros(10**20)", "zeros: .* int64"), ("t.zeros(10**20)", "zeros: .* int64"),
    ("x.reshape(3, 1).expand(3, 10**17) + 1", "Add: no memory"),
    ("x.new_zeros(10**17)", "zeros: .*memory"), ("t.arange(0, 5, 0)", "step 0"),
    ("t.tensor([x, x])", "one element"), ("t.tensor(2**70)", "int64"), ("t.zeros(0).max(0)", "max"),
    ("1 - b", "sub"), ("c[t.tensor([0, 1]), t.tensor([0, 1, 2])]", "broadcast"),
    ("t.ones(1).reshape(-1, -1)", "reshape"), ("t.ones(1).expand(-1, 1)", "expand"),
    ("t.tensor([[1, -(2**64)]])", f"{-(2**64)} can't be stored"), ("t.zeros(10**18)", "10{18},"),
    ("t.randn(10**10, 10**10)", "randn: .*(10{10}, 10{10})"),
    ("t.arange(10**18)", "arange: .*10{18}"), ("t.randperm(10**30)", "randperm: .*10{30}"),
    ("t.arange(0, 5, 0.5, dtype=t.int64)", "step 0 in int64"),
    ("t.arange(0, 1, 1e-320)", "can't count"),
    ("t.normal(t.tensor([inf]), 1.0, (1,))", "mean must be a number"),
    ("F.max_pool2d(image[:, :0], 2)", "channels"),
    ("F.conv2d(image, image, padding='much')", "padding"),
    ("F.cross_entropy(m, t.tensor(0))", "cross_entropy"), ("t.cat([])", "non-empty"),
    ("t.narrow(t.tensor(1.0), 0, 0, 1)", "0-d"), ("t.unbind(t.tensor(1.0))", "0-d"),
    ("t.chunk(t.tensor(1.0), 1)", "0-d"), ("t.split(t.tensor(1.0), 1)", "0-d"), ("x[u]", "uint8"),
    ("t.index_select(x, 0, t.tensor([-1]))", "-1"), ("assigned(x, 0, None)", "NoneType"),
    ("assigned(x, 0, [1.0])", "list"), ("assigned(u, 0, 300)", "300"),
    ("t.tensor(300, **u8)", "300"), ("t.full((2,), 1e50)", "too large"),
    ("x.masked_fill(b, 1e50)", "too large"), ("assigned(x, 0, 1e50)", "too large"),
    ("t.arange(0, inf)", "inf"), ("t.randint(0, 300, (2,), **u8)", "299"),
    ("F.one_hot(i.int())", "int64"), ("F.embedding(u, m)", "uint8"),
    ("F.embedding(t.tensor([0]), m, max_norm='x')", "max_norm"),
    ("F.interpolate(image, (2, 2, 2))", "interpolate"),
    ("F.adaptive_avg_pool2d(m, 2)", "adaptive_avg_pool2d"),
    ("F.adaptive_avg_pool2d(image[None], 2)", "adaptive_avg_pool2d"),
    ("F.group_norm(m[:1], 3)", "more than 1"), ("F.gelu(x, 'tanh')", "positional"),
    ("F.conv2d(image, t.ones(1, 1, 2, 2), 1)", "bias"),
    ("F.prelu(x, t.ones(1, dtype=t.float64))", "float64"),
    ("F.binary_cross_entropy_with_logits(x, x, pos_weight=2.0)", "pos_weight"),
    ("F.binary_cross_entropy_with_logits(x, i)", "int64"),
    ("F.nll_loss(m, t.tensor([0, 1]).int())", "int32"),
    ("F.nll_loss(m, t.tensor([0, 1, 2]))", "targets"),
    ("F.cross_entropy(m, m.softmax(1), ignore_index=1)", "ignore_index"),
]  # fmt: skip

# What PyTorch takes, and this library refuses
REFUSED_HERE = [
    ("2 ** t.tensor(-1)", "negative powers"), ("t.tensor([2, 3, 4]) ** i", "negative powers"),
    ("b * 2**70", "mul: .* can't be stored"), ("i.new_tensor([1.5])", "can't be stored"),
    ("u.new_tensor([300])", "can't be stored"),
    ("t.linspace(0, 10**400, 3)", "below 1e308"),
    ("t.arange(10**400)", "arange"),
    ("F.embedding(t.tensor([0]), m, sparse=True)", "sparse"),
    ("F.interpolate(image, 3, mode='bilinear', antialias=True)", "antialias"),
    ("F.interpolate(image, 3, mode='lanczos')", "lanczos"), ("t.tensor(1j)", "complex"),
    ("t.full((2,), -1, **u8)", "-1"),
    ("u.random_(0, 300)", "299"), ("x.clone().random_(3, 3)", "low < high"),
    ("t.tensor([0.5], dtype=t.int64)", "0.5"), ("t.arange(300, **u8)", "299"),
]


@pytest.mark.parametrize("text, expected", VALUES, ids=[text for text, _ in VALUES])
def test_values(text, expected):
    assert plain(eval(text, scope(tg))) == expected


@pytest.mark.parametrize("text, message", REFUSED + REFUSED_HERE)
def test_refused(text, message):
    with pytest.raises(ERRORS, match=message):
        eval(text, scope(tg))


@pytest.mark.parametrize("text", [
    "t.einsum", "t.float16", "F.huber_loss", "t.nn.LSTM", "t.nn.init.trunc_normal_",
    "t.nn.utils.weight_norm", "t.optim.LBFGS", "t.optim.lr_scheduler.OneCycleLR", "t.cuda.amp",
    "t.autograd.functional", "t.data.FakeData", "t.data.transforms.RandomRotation",
    "t.models.vgg16",
])  # fmt: skip
def test_a_name_that_is_missing_points_to_the_table(text):
    owner, _, name = text.rpartition(".")
    message = f"has no '{name}'; docs/from_pytorch.md says what to write instead"
    with pytest.raises(AttributeError, match=message):
        eval(text, scope(tg))
    assert not hasattr(eval(owner, scope(tg)), name)


@pytest.mark.parametrize("text", [
    "t.div(x, 2, rounding_mode='floor')", "t.norm(x, 0)", "t.zeros(0, requires_grad=True).prod()",
    "x.round(decimals=1)",
])  # fmt: skip
def test_steps_and_empty_products_are_differentiable(text):
    names = scope(tg)
    names["x"].requires_grad_()
    assert eval(text, names).requires_grad


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
def test_the_table_is_pytorchs():
    torch = pytest.importorskip("torch")
    for text, expected in VALUES:
        assert plain(eval(text, scope(torch))) == expected, text
    for text, _ in REFUSED:
        if text != "x[u]":  # PyTorch still takes uint8 for a mask, with a warning
            with pytest.raises(ERRORS):
                eval(text, scope(torch))
