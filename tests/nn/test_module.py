import copy
import pickle

import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return self.norm(self.linear(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(tg.ones(1))
        self.register_buffer("offset", tg.zeros(1))
        self.register_parameter("absent", None)
        self.blocks = nn.Sequential(Block(2), Block(2))
        self.shared = self.blocks[0].linear

    def forward(self, x):
        return self.shared(self.blocks(x)) * self.scale + self.offset


@pytest.mark.parity
def test_tree_and_state_dict_are_named_as_in_torch():
    torch = pytest.importorskip("torch")

    def build(nn, zeros):
        heads = nn.ModuleList([nn.Linear(2, 2)])
        net = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), heads)
        net.add_module("again", net[1])
        net.register_parameter("extra", nn.Parameter(zeros(1)))
        net.register_buffer("kept", zeros(1))
        net.register_buffer("none", None)
        return net

    ours, theirs = build(nn, tg.zeros), build(torch.nn, torch.zeros)
    for method in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        assert [n for n, _ in getattr(ours, method)()] == [n for n, _ in getattr(theirs, method)()]
    for method in ("named_parameters", "named_buffers"):
        for options in dict(prefix="net"), dict(recurse=False):
            names = [[n for n, _ in getattr(net, method)(**options)] for net in (ours, theirs)]
            assert names[0] == names[1]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == repr(theirs)


def test_attributes_replace_and_leave():
    net = Net()
    assert len(list(net.parameters())) == 9  # one of its own, 4 of each block, shared or not
    net.scale = nn.Parameter(tg.zeros(1))
    assert [n for n, _ in net.named_parameters()][0] == "scale" and net.scale.item() == 0
    net.absent = nn.Parameter(tg.ones(3))
    assert "absent" in dict(net.named_parameters())
    net.absent = None
    assert "absent" not in net.state_dict()
    net.offset = tg.ones(1)  # a buffer may be replaced by any tensor
    assert dict(net.named_buffers())["offset"].item() == 1
    del net.shared
    assert [n for n, _ in net.named_children()] == ["blocks"] and not hasattr(net, "shared")
    net.plain = tg.zeros(1)
    assert "plain" not in net.state_dict()


def test_registration_refuses_what_would_go_wrong_later():
    net = Net()
    for name, value, kind in (("scale", tg.zeros(1), "Parameter"), ("absent", 3, "Parameter"),
                              ("blocks", 3, "Module"), ("offset", 3, "Tensor")):
        with pytest.raises(TypeError, match=f"'{name}'.*{kind} or None"):
            setattr(net, name, value)
    for name, message in ("a.b", "dot"), ("", "empty"), ("forward", "already"), (3, "string"):
        with pytest.raises(KeyError, match=message):
            net.register_buffer(name, None)
    with pytest.raises(TypeError, match="Parameter"):
        net.register_parameter("x", tg.zeros(1))
    with pytest.raises(TypeError, match="Module"):
        net.add_module("x", 3)

    class Forgetful(nn.Module):
        def __init__(self):
            self.layer = nn.ReLU()

    with pytest.raises(AttributeError, match=r"super\(\).__init__"):
        Forgetful()
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Module()(1)


def test_train_and_eval_reach_every_module_and_respect_overrides():
    class Frozen(nn.BatchNorm1d):
        def train(self, mode=True):
            return super().train(False)

    net = nn.Sequential(nn.Dropout(), Frozen(2))
    assert net.train() is net and net.training and net[0].training and not net[1].training
    net.eval()
    assert not net[0].training
    with pytest.raises(TypeError, match="True or False"):
        net.train(1)


def test_apply_visits_parts_first():
    seen = []
    net = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh()))
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen == ["ReLU", "Tanh", "Sequential", "Sequential"]


def test_gradients_forgotten_and_parameters_frozen():
    net = nn.Linear(2, 1)
    net(tg.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert net.weight.grad.tolist() == [[0.0, 0.0]]
    net.zero_grad()
    assert net.weight.grad is None
    assert net.requires_grad_(False) is net and not net(tg.ones(1, 2)).requires_grad


def test_conversion_keeps_the_parameters_and_leaves_integers_alone():
    net = Block(2)
    weight = net.linear.weight
    net(tg.randn(3, 2)).sum().backward()
    net.double()
    assert net.linear.weight is weight and weight.dtype == weight.grad.dtype == tg.float64
    assert net.norm.running_mean.dtype == tg.float64
    assert net.norm.num_batches_tracked.dtype == tg.int64
    assert net(tg.randn(3, 2, dtype=tg.float64)).dtype == tg.float64
    assert net.float() is net
    assert net.to(tg.float64).to(tg.zeros(1)).linear.bias.dtype == tg.float32
    assert net.cpu().linear.bias.device == tg.device("cpu")
    with pytest.raises(TypeError, match="floating point"):
        net.to(tg.int64)


def test_loading_writes_into_the_parameters_in_their_storage_order():
    conv, saved = nn.Conv2d(3, 4, 2), nn.Conv2d(3, 4, 2).state_dict()
    weight, strides = conv.weight, conv.weight.array.strides
    missing, unexpected = conv.load_state_dict(saved)
    assert missing == unexpected == [] and conv.weight is weight and weight.requires_grad
    assert weight.tolist() == saved["weight"].tolist() and not saved["weight"].requires_grad
    assert strides[1] == weight.array.itemsize  # channels last
    assert weight.array.strides == copy.deepcopy(conv).weight.array.strides == strides


def test_load_state_dict_lists_everything_that_is_wrong_and_changes_nothing():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    before = net[0].bias.tolist()
    state = {k: v + 1 for k, v in net.state_dict().items()}
    state["1.weight"] = tg.zeros(2, 3)
    state["2.bias"] = tg.zeros(1)
    state["0.weight"] = [[1.0, 2.0]]
    del state["1.bias"]
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    message = str(error.value)
    assert "load_state_dict of Sequential" in message
    assert "missing in the state_dict: ['1.bias']" in message
    assert "unexpected in the state_dict: ['2.bias']" in message
    assert "size mismatch for 1.weight" in message and "(2, 3)" in message and "(1, 3)" in message
    assert "'0.weight': expected a Tensor, got builtins.list" in message
    assert net[0].bias.tolist() == before
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict(state, strict=False)
    state["0.weight"], state["1.weight"] = tg.zeros(3, 2), tg.zeros(1, 3)
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert missing == ["1.bias"] and unexpected == ["2.bias"]
    assert net[0].bias.tolist() == [b + 1 for b in before]
    with pytest.raises(TypeError, match="dict"):
        net.load_state_dict([1])
    with pytest.raises(TypeError, match="assign"):
        net.load_state_dict(state, assign=True)


def test_state_dicts_of_wrappers_and_of_torch_are_refused_with_the_way_out():
    net = nn.Linear(2, 1)
    before = net.weight.detach().clone()
    for put in ("_orig_mod.", "module."):
        wrapped = {put + name: x + 1 for name, x in net.state_dict().items()}
        with pytest.raises(RuntimeError, match=f"begin with '{put}'; .*removeprefix") as error:
            net.load_state_dict(wrapped)
        assert "\n" not in str(error.value)
    net.load_state_dict({name.removeprefix("module."): x for name, x in wrapped.items()})
    assert tg.allclose(net.weight, before + 1)
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Linear(2, 1).state_dict()
    with pytest.raises(RuntimeError, match=r"'weight': .* got torch.Tensor.*numpy\(\)"):
        net.load_state_dict(theirs)
    net.load_state_dict({name: tg.tensor(x.numpy()) for name, x in theirs.items()})
    assert net.weight.tolist() == theirs["weight"].tolist()


def test_memory_that_can_not_be_written_is_refused_before_anything_is_loaded():
    net = nn.BatchNorm1d(3)
    net.running_var = tg.ones(1).expand(3)
    state = {name: x + 1 for name, x in nn.BatchNorm1d(3).state_dict().items()}
    for call in (lambda: net.load_state_dict(state), lambda: net(tg.randn(4, 3))):
        with pytest.raises(RuntimeError, match=r"clone\(\)"):
            call()
    assert net.weight.tolist() == [1.0] * 3 and net.num_batches_tracked.item() == 0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal_and_independent(duplicate):
    net = Net()
    net(tg.randn(4, 2)).sum().backward()
    other = duplicate(net)
    assert other.scale.requires_grad and other.scale.grad is None  # it was of another loss
    values = {k: v.tolist() for k, v in net.state_dict().items()}
    for copied in (other.state_dict(), duplicate(net.state_dict())):
        assert {k: v.tolist() for k, v in copied.items()} == values
    assert type(duplicate(net.scale)) is nn.Parameter
    with tg.no_grad():
        other.scale.fill_(5)
    assert net.scale.item() == 1 and isinstance(other.scale, nn.Parameter)
    assert other.shared is other.blocks[0].linear
    assert [n for n, _ in other.named_parameters()] == [n for n, _ in net.named_parameters()]


def test_parameter():
    data = tg.zeros(2)
    p = nn.Parameter(data)
    assert p.requires_grad and p.is_leaf and isinstance(p, tg.Tensor)
    data.fill_(3)
    assert p.tolist() == [3.0, 3.0]
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    assert type(p + 1) is type(data) is not nn.Parameter
    with pytest.raises(TypeError, match="float"):
        nn.Parameter(3.0)
    with pytest.raises(RuntimeError, match="floating"):
        nn.Parameter(tg.tensor([1]))


# Containers


def test_sequential():
    a, b, c = nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)
    net = nn.Sequential(a, b, c)
    x = tg.randn(4, 2)
    assert net(x).tolist() == c(b(a(x))).tolist()
    assert len(net) == 3 and net[0] is a and net[-1] is c and list(net) == [a, b, c]
    part = net[1:]
    assert isinstance(part, nn.Sequential) and [n for n, _ in part.named_children()] == ["1", "2"]
    assert net.append(nn.ReLU()) is net and isinstance(net[3], nn.ReLU)
    net[1] = nn.Sigmoid()
    assert isinstance(net[1], nn.Sigmoid)
    assert [type(m).__name__ for m in net[::2]] == ["Linear", "Linear"]
    assert net[::2](x).tolist() == c(a(x)).tolist()
    assert nn.Sequential(b, b)(x).tolist() == x.tanh().tanh().tolist()  # the same module twice
    named = nn.Sequential({"first": a, "second": b})
    assert named.first is a and named[1] is b
    for wrong in (lambda: net[4], lambda: net[-5], lambda: net.__setitem__(4, b)):
        with pytest.raises(IndexError, match="out of range"):
            wrong()
    with pytest.raises(TypeError, match="Module"):
        nn.Sequential(3)
    assert nn.Sequential()(x) is x


def test_module_list():
    layers = nn.ModuleList(nn.Linear(1, 1) for _ in range(3))
    assert len(list(layers.parameters())) == 6
    assert isinstance(layers[:2], nn.ModuleList) and len(layers[:2]) == 2
    layers += [nn.ReLU()]
    layers.extend([nn.Tanh()])
    assert [type(m).__name__ for m in layers] == ["Linear"] * 3 + ["ReLU", "Tanh"]
    assert [n for n, _ in layers[3:].named_children()] == ["0", "1"]
    with pytest.raises(NotImplementedError, match="ModuleList"):
        layers(1)
