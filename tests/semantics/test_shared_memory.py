"""A copy is a copy, a view is a view, and what can't be written exactly is refused."""

import copy
import io
import operator as op
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.parallel import broadcast

CPU = tg.ones(1).device.type == "cpu"
on_cpu = pytest.mark.skipif(not CPU, reason="NumPy shares and locks only memory of the host")

COPIES = {
    "np.array": lambda x: tg.from_numpy(np.array(x.cpu())),
    "np.copy": lambda x: tg.from_numpy(np.copy(x.cpu())),
    "tensor": lambda x: tg.tensor(x), "of an array": lambda x: tg.tensor(x.array),
    "clone": lambda x: x.clone(), "to": lambda x: x.to(tg.float32, copy=True),
    "contiguous": lambda x: x.t().contiguous(), "flatten": lambda x: x.t().flatten(),
    "expand().contiguous()": lambda x: x.expand(2, 2, 2).contiguous(),
    "new_tensor": lambda x: x.new_tensor(x.array), "repeat": lambda x: x.repeat(1, 1),
    "cat": lambda x: tg.cat([x]), "pad": lambda x: nn.functional.pad(x, (-0, 0), mode="reflect"),
}  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_shares_nothing(name):
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = COPIES[name](x)
    before = y.tolist()
    x.zero_()
    assert y.tolist() == before
    assert y.fill_(7).mean().item() == 7 and x.sum().item() == 0


@on_cpu
def test_numpy_s_copy_false_shares_or_refuses():
    x = tg.ones(2)
    np.asarray(x)[0], np.array(x, copy=False)[1] = 5, 6
    assert x.tolist() == [5, 6]
    with pytest.raises(ValueError, match="copy"):
        np.array(x, dtype=np.float64, copy=False)


def image():
    """The numbers from 0 to 23 as a result with the shape of images: stored channels-last."""
    x = tg.arange(24.0).reshape(2, 3, 2, 2)
    return nn.functional.conv2d(x, tg.eye(3).reshape(3, 3, 1, 1))


RESHAPED = {
    "view": lambda x: x.view(2, -1), "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: x.unflatten(0, (2, 1)).flatten(1), "reshape": lambda x: x.reshape(6, 4),
    "a slice": lambda x: x[1:].flatten(), "and sliced": lambda x: x.flatten().view(4, 6)[2:],
}  # fmt: skip


@pytest.mark.parametrize("name", RESHAPED)
def test_an_image_is_seen_through_other_shapes(name):
    """It is stored channels-last until its first view; then writes arrive in both directions."""
    x = image()
    y, again, w = RESHAPED[name](x), RESHAPED[name](x), tg.ones(1, requires_grad=True)
    loss = (w * y).sum()
    y.zero_()
    assert again.sum().item() == 0 and x[1].sum().item() == 0
    with pytest.raises(RuntimeError, match="Mul.*changed in place"):
        loss.backward()
    x[1] = 1.0
    assert y.sum().item() == again.sum().item() == 12
    del y
    x.fill_(2.0)
    assert set(again.flatten().tolist()) == {2.0}


@on_cpu
def test_a_numpy_array_of_an_image_shares_its_memory_as_views_do():
    x = image()
    array, y = x.numpy(), x.view(2, -1)
    array[0] = 100
    y[1] = 200
    assert set(x.flatten().tolist()) == {100, 200} == set(array.ravel())


class Holder(nn.Module):
    def __init__(self, x):
        super().__init__()
        self.register_buffer("x", x)


@pytest.mark.parametrize("look", [
    repr, tg.Tensor.tolist, lambda x: tg.save(x, io.BytesIO()), lambda x: tg.cat([x, x], 1),
    lambda x: tg.stack([x, x]), lambda x: nn.functional.pad(x, (1, 1)), lambda x: x.max(1),
    lambda x: nn.functional.max_pool2d(x, 2), lambda x: broadcast(Holder(x)),
])
def test_what_the_library_does_itself_leaves_images_channels_last(look):
    x = image()
    before = x.array.strides
    look(x)
    assert x.array.strides == before


def test_spectral_norm_leaves_the_weight_channels_last():
    conv = nn.utils.spectral_norm(nn.Conv2d(3, 4, 2))
    conv(image()).sum().backward()
    assert conv.weight_orig.array.strides == nn.Conv2d(3, 4, 2).weight.array.strides


STEPS = {  # what may share memory with its input, or copy it
    "permute": lambda x: x.permute(*range(1, x.ndim), 0), "chunk": lambda x: x.chunk(2)[0],
    "transpose": lambda x: x.transpose(-1, -2), "select": lambda x: x.select(1, 0),
    "narrow": lambda x: x.narrow(-1, 0, (x.shape[-1] + 1) // 2), "step": lambda x: x[..., ::2],
    "flatten": lambda x: x.flatten(), "flatten from 1": lambda x: x.flatten(1),
    "rows": lambda x: x.reshape(-1, x.shape[-1]), "unsqueeze": lambda x: x.unsqueeze(1),
    "unflatten": lambda x: x.unflatten(0, (-1, 1)), "squeeze": lambda x: x.squeeze(),
    "contiguous": lambda x: x.contiguous(),
}


@pytest.mark.parity
@pytest.mark.parametrize("stored", ["as its shape", "channels last"])
@settings(max_examples=150)
@given(names=st.lists(st.sampled_from(list(STEPS)), max_size=5))
def test_what_is_a_view_and_what_a_copy_is_as_in_pytorch(stored, names):
    torch, found = pytest.importorskip("torch"), []
    for T in tg, torch:
        x = T.arange(96.0).reshape(2, 4, 4, 3)
        if stored == "channels last":  # here; in PyTorch the result is stored as its shape
            x = T.nn.functional.conv2d(x, T.eye(4).reshape(4, 4, 1, 1))
        y = x
        for name in names:
            y = STEPS[name](y) if y.ndim > 1 else y.flatten()
        z = y.reshape(-1)
        for t, number in (y, 100.0), (x, 200.0), (z, 300.0):
            t += number
        found.append([t.tolist() for t in (x, y, z)] + [y.is_contiguous()])
    assert found[0] == found[1]


READ_ONLY = {
    "expand": lambda: tg.ones(2, 1).expand(2, 3),
    "a part of it": lambda: tg.ones(2, 1).expand(2, 3)[0],
    "from_numpy": lambda: tg.from_numpy(np.broadcast_to(np.float32(1), 3)),
}


@pytest.mark.parametrize("name", READ_ONLY)
def test_read_only_memory_is_refused_and_clone_is_the_way_out(name):
    for write in (
        lambda x: op.iadd(x, 1), lambda x: op.setitem(x, 0, 1.0), lambda x: x.copy_(tg.ones(3)),
        lambda x: x.clamp_(min=0.5), lambda x: x.normal_(), lambda x: x.masked_fill_(x > 0, 2.0),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match=r"clone\(\)"):
            write(READ_ONLY[name]())
        write(READ_ONLY[name]().clone().to(tg.ones(1)))


@pytest.mark.parametrize("write, value, other", [
    (op.ipow, 3.0, 2), (op.ifloordiv, 7.0, 2), (op.imod, 7, 4), (op.iand, True, False),
    (op.ior, 4, 1), (op.ixor, 5, 1), (op.iadd, 1, 2), (op.isub, 1, 2), (op.imul, 1, 2),
    (op.itruediv, 1.0, 2),
])  # fmt: skip
def test_augmented_operators(write, value, other):
    x = tg.tensor([value])
    shared = x.detach()
    assert write(x, other) is x and shared.tolist() == x.tolist() != [value]
    if isinstance(value, float):
        leaf = nn.Parameter(tg.tensor([value]))
        with tg.no_grad():
            assert write(leaf, other) is leaf and leaf.tolist() == x.tolist()
        with pytest.raises(RuntimeError, match="no_grad"):
            write(leaf, other)  # the name would no longer be the leaf's
        computed = leaf * 1
        assert write(computed, other) is computed and computed.tolist() != leaf.tolist()


# x += y where autograd must record it: x becomes the sum, and nobody may miss it


def test_everybody_who_holds_the_object_sees_the_sum():
    w = tg.tensor([1.0, 2.0]).requires_grad_()
    hidden = [w * 2, tg.zeros(2), nn.functional.leaky_relu(w), nn.Parameter(tg.ones(2), False)]
    for h in hidden:
        h += w
        h *= h
    assert [h.tolist() for h in hidden] == [[9, 36], [1, 4], [4, 16], [4, 9]]
    sum(hidden).sum().backward()
    assert w.grad.tolist() == [2 * (9 + 1 + 4 + 2), 2 * (18 + 2 + 8 + 3)]
    (y := w * 2).mul_(other=y).sum().backward()  # given by its name, y is still the value before


def test_retain_grad_and_hooks_of_a_tensor_that_becomes_another():
    w, seen = tg.ones(2, requires_grad=True), []
    y = w * 2
    y.retain_grad()
    y.register_hook(seen.append)  # of the value that y had
    y *= 3
    (y * 5).sum().backward()
    assert y.grad.tolist() == [5, 5] and seen[0].tolist() == [15, 15]


SHARED = {  # an untracked x, or a computed one; what is changed; who would miss it
    "a row": lambda x: (x[0], x), "a part of data": lambda x: (x.data[0], x),
    "data": lambda x: (x.data, x), "detach": lambda x: (x, x.detach()),
    "its view": lambda x: (x, x[1]), "a sister": lambda x: (x[:1], x[0]),
    "reshape": lambda x: (x.reshape(-1), x), "t": lambda x: (x.t(), x),
    "an image": lambda x: image_of(x), "its flat view": lambda x: image_of(x)[::-1],
}


def image_of(x):
    """An image with the numbers of x, stored channels-last until its view is made; and the view."""
    y = nn.functional.conv2d(x.view(1, 2, 2, 1), tg.eye(2).view(2, 2, 1, 1))
    return y, y.view(-1)


@pytest.mark.parametrize("computed", [False, True])
@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("change", [
    op.iadd, op.isub, op.imul, op.itruediv, op.ipow, tg.Tensor.add_, tg.Tensor.copy_,
    lambda x, y: x.fill_(y.sum()), lambda x, y: op.setitem(x, 0, y[0]) or x,
])
def test_a_change_that_others_would_miss_is_refused(change, name, computed):
    w = tg.ones(1, requires_grad=True)
    x = tg.ones(2, 2) * w if computed else tg.ones(2, 2)
    changed, other = SHARED[name](x)
    with pytest.raises(RuntimeError, match="x = x \\+ y"):
        change(changed, w + 1)
    assert x.tolist() == [[1, 1], [1, 1]] and other.tolist() != []
    del x, other
    if "view" not in name:
        change(changed, w + 1).sum().backward()  # now there is nobody


def test_a_change_that_a_backward_or_a_numpy_array_would_miss_is_refused():
    w, y = tg.ones(2, requires_grad=True), tg.zeros(2)
    if CPU:
        array = np.zeros(2, np.float32)
        for x in tg.from_numpy(array), tg.as_tensor(array):
            with pytest.raises(RuntimeError, match="x = x \\+ y"):
                x += w
        array = y.numpy()
        with pytest.raises(RuntimeError, match="x = x \\+ y"):
            y += w
    y = w * 2
    loss = (y * y).sum()
    y += w
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize("function", [
    lambda x: nn.functional.linear(x, tg.ones(3, 4)), lambda x: nn.functional.avg_pool2d(x, 2),
    lambda x: x @ tg.ones(4, 2), lambda x: x[0, 0] @ tg.ones(4), lambda x: x.max(1)[0],
    lambda x: x.logsumexp(1), lambda x: x.repeat(1, 2, 1, 1), lambda x: nn.InstanceNorm2d(2)(x),
    lambda x: nn.functional.max_pool2d(x[0], 2), lambda x: tg.matmul(x[0, 0, 0], x[0, 0, 1]),
    lambda x: nn.functional.conv2d(x[0], tg.ones(1, 2, 1, 1)),
])  # fmt: skip
def test_a_result_is_its_own_even_where_it_is_a_view_of_a_temporary(function):
    y = function(tg.randn(2, 2, 4, 4).requires_grad_())
    y += 1
    y.sum().backward()


@pytest.mark.parametrize("x, y", [(tg.zeros(()), tg.ones(2)), (tg.zeros(2), tg.ones(1, 2))])
def test_a_tensor_does_not_grow(x, y):
    for other in y, y.requires_grad_():
        with pytest.raises(RuntimeError, match="add_: a result of shape"):
            x += other
    with pytest.raises(RuntimeError, match="fill_: expected one number"):
        x.fill_(tg.ones(2))


# Copies of several tensors: what was the same tensor or array still is; a view becomes a copy


def stored(x):
    file = io.BytesIO()
    tg.save(x, file)
    return tg.load(io.BytesIO(file.getvalue()), map_location=tg.ones(1).device)


duplicates = pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), stored]
)


@duplicates
def test_copies_of_views_have_their_values(duplicate):
    x = tg.arange(12.0).reshape(3, 4)
    group = [x[1, 2], x[:2], x, x.t()[1:], x[:, ::2], x[3:], x.expand(2, 3, 4), image(), x[0, 0]]
    for one, other in zip(group, duplicate(duplicate(group))):
        assert one.tolist() == other.tolist() and one.shape == other.shape
        other.zero_()
    assert x.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


@duplicates
def test_one_parameter_in_two_places_stays_one(duplicate):
    p = nn.Parameter(tg.ones(2))
    q, again, data = duplicate([p, p, p.detach()])
    assert q is again and q.requires_grad and not data.requires_grad
    loss = (q * q).sum()
    data.fill_(3)
    assert q.tolist() == [3, 3] and p.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


@on_cpu
def test_a_slice_of_a_users_array_is_copied_alone():
    data = np.zeros((1000, 100))
    assert len(pickle.dumps(tg.from_numpy(data[3]))) < 2000


def test_copy_copy_shares_memory():
    p = nn.Parameter(tg.ones(2))
    p.grad = tg.ones(2)
    q = copy.copy(p)
    assert type(q) is nn.Parameter and q.requires_grad
    x = tg.arange(6.0).reshape(2, 3)
    copy.copy(x.t()).reshape(-1).zero_()  # reshape has to copy
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    x, w = tg.ones(2), tg.ones(2, requires_grad=True)
    y = copy.copy(x)
    with pytest.raises(RuntimeError, match="x = x \\+ y"):
        y += w  # x would miss it
    q.detach().zero_()
    assert p.tolist() == [0, 0]


# NumPy's functions


@on_cpu
def test_functions_of_numpy_work_where_no_gradient_is_lost():
    x, w = tg.tensor([1.0, 4.0]), tg.tensor([1.0, 4.0], requires_grad=True)
    for function, wanted in (
        (np.sum, 5), (np.mean, 2.5), (np.max, 4), (np.sqrt, [1, 2]), (np.isnan, [False, False]),
        (lambda x: np.stack(x[None].max(0))[0], [1, 4]), (lambda x: np.where(x > 1, x, 0), [0, 4]),
        (lambda x: np.reshape(x, (2, 1)), [[1], [4]]), (np.add.reduce, 5),
    ):  # fmt: skip
        assert np.array_equal(function(x), wanted)
        with pytest.raises(RuntimeError, match=r"would lose the gradient.*detach"):
            function(w)
    assert np.allclose(x, [1, 4]) and (np.float64(2) * w).requires_grad


@pytest.mark.parametrize("write", [
    lambda i: i.div_(2), lambda i: i.fill_(0.5), lambda i: i.fill_(1e30), lambda i: i.add_(1.0),
    lambda i: i.masked_fill_(i > 0, 0.5), lambda i: op.setitem(i, 0, tg.tensor(0.5)),
    lambda i: i.to(tg.uint8).fill_(300), lambda i: i.to(tg.uint8).add_(tg.tensor([300, 1])),
    lambda i: i.fill_(float("nan")), lambda i: op.itruediv(i, 2), lambda i: op.setitem(i, 0, 0.5),
])  # fmt: skip
def test_integers_are_written_exactly_or_not_at_all(write):
    with pytest.raises(RuntimeError, match="can't be stored"):
        write(tg.tensor([4, 2]))


@pytest.mark.parametrize("data, dtype", [
    ([np.ones(2), np.ones(2)], "float64"), ([np.float64(1), 2.0], "float64"), ([1.0, 2], "float32"),
    ([np.float32(1), 2.0], "float32"), ([np.int32(1)], "int32"), ([True, 2], "int64"),
    (np.float64(1), "float64"), ([tg.tensor(1.0, dtype=tg.float64)], "float64"), ([], "float32"),
])  # fmt: skip
def test_what_has_a_dtype_keeps_it(data, dtype):
    assert str(tg.tensor(data).dtype) == str(tg.as_tensor(data).dtype) == dtype


@pytest.mark.parametrize("data, name", [
    (np.float16(1), "float16"), ([np.float16(1)], "float16"), (np.ones(2, np.float16), "float16"),
    (np.uint16(3), "uint16"), ([np.uint16(3), 1], "uint16"), ([np.uint64(5), -1], "uint64"),
    (2**63, "int64"), ([2**63, -1], "int64"), (["a"], "str"), ([None], "NoneType"), (1j, "complex"),
])  # fmt: skip
def test_other_dtypes_are_refused_by_name(data, name):
    with pytest.raises((TypeError, RuntimeError), match=name):
        tg.tensor(data)
