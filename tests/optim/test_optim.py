import copy
import pickle

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn, optim

SHAPES = [(3, 2), (4,), (2, 3, 2, 2), ()]

OPTIONS = [
    ("SGD", dict(lr=0.1)), ("SGD", dict(lr=0.1, weight_decay=0.2)),
    ("SGD", dict(lr=0.1, momentum=0.9, maximize=True)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)), ("Adam", dict()),
    ("Adam", dict(lr=0.01, betas=(0.5, 0.999), weight_decay=0.1)),
    ("Adam", dict(lr=0.01, betas=(0.0, 0.9), eps=1e-3, maximize=True)),
    ("Adam", dict(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)),
    ("AdamW", dict(lr=0.01)),
    ("AdamW", dict(lr=0.01, weight_decay=0.3, maximize=True)), ("RMSprop", dict()),
    ("RMSprop", dict(lr=0.05, alpha=0.9, eps=1e-4, weight_decay=0.1)),
    ("RMSprop", dict(momentum=0.9, maximize=True)),
]
IDS = [f"{name}-{'-'.join(options)}" for name, options in OPTIONS]


def parameters(rng, dtype="float64"):
    return [nn.Parameter(tg.tensor(rng.standard_normal(shape).astype(dtype))) for shape in SHAPES]


def give_gradients(rng, params, absent=()):
    for i, p in enumerate(params):
        p.grad = None if i in absent else tg.tensor(rng.standard_normal(p.shape), dtype=p.dtype)


def numbers(t):
    return t.detach().cpu().numpy()


@pytest.mark.parity
@pytest.mark.parametrize("name, options", OPTIONS, ids=IDS)
def test_fifty_steps_agree_with_torch(name, options):
    """Whichever gradients are absent, with a group with a learning rate of its own; half-way,
    another optimizer goes on from PyTorch's state_dict."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    ours = parameters(rng)
    theirs = [torch.nn.Parameter(torch.tensor(numbers(p).copy())) for p in ours]
    optimizer, reference = (
        getattr(library, name)([{"params": ps[:3]}, {"params": ps[3:], "lr": 0.02}], **options)
        for library, ps in ((optim, ours), (torch.optim, theirs))
    )
    for step in range(50):
        if step == 25:
            state = copy.deepcopy(reference.state_dict())
            for entry in state["state"].values():
                entry.update({k: tg.tensor(v.numpy()) for k, v in entry.items()})
            optimizer = getattr(optim, name)([{"params": ours[:3]}, {"params": ours[3:]}], lr=9.0)
            optimizer.load_state_dict(state)
        give_gradients(rng, ours, absent=set(np.flatnonzero(rng.random(4) < 0.3)))
        for p, q in zip(ours, theirs):
            q.grad = None if p.grad is None else torch.tensor(numbers(p.grad).copy())
        optimizer.step()
        reference.step()
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(numbers(p), q.detach().numpy(), rtol=1e-9, atol=1e-9)
    saved, expected = optimizer.state_dict(), reference.state_dict()
    assert saved["state"].keys() == expected["state"].keys()
    for i, entry in expected["state"].items():
        assert saved["state"][i].keys() == entry.keys()
        for key, value in entry.items():
            mine = numbers(saved["state"][i][key])
            np.testing.assert_allclose(mine, value.numpy(), rtol=1e-9, atol=1e-12)
    for group, other in zip(saved["param_groups"], expected["param_groups"]):
        assert {k: other[k] for k in group} == group


def test_a_parameter_that_is_given_twice_is_updated_twice():
    """As in PyTorch, where the last of its numbers counts in a state_dict."""
    p, q = (nn.Parameter(tg.ones(1)) for _ in "pq")
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optimizer = optim.SGD([p, q, p], lr=0.25)
    p.grad = q.grad = tg.ones(1)
    optimizer.step()
    assert (p.item(), q.item()) == (0.5, 0.75)
    assert optimizer.state_dict()["param_groups"][0]["params"] == [2, 1, 2]


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_parameters_stay_in_their_memory_and_state_is_stored_like_them(name):
    conv = nn.Conv2d(3, 4, 2)
    flat = conv.weight.detach().view(-1)  # from here on stored in this order
    arrays, detached = [p.array for p in conv.parameters()], [p.detach() for p in conv.parameters()]
    optimizer = getattr(optim, name)(conv.parameters(), lr=0.1)
    for _ in range(2):
        give_gradients(np.random.default_rng(0), list(conv.parameters()))
        optimizer.step()
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for p, array, other in zip(conv.parameters(), arrays, detached):
        assert p.array is array and other.tolist() == p.tolist()
        for key, value in optimizer.state[p].items():
            assert key == "step" or value.array.strides == array.strides
    assert flat.tolist() == conv.weight.detach().reshape(-1).tolist()


def test_dtypes_are_kept_and_may_be_mixed():
    rng = np.random.default_rng(0)
    params = parameters(rng, "float32")[:2] + parameters(rng)[:2]
    for name in ("SGD", "Adam", "AdamW", "RMSprop"):
        optimizer = getattr(optim, name)(params, lr=0.1, weight_decay=0.1)
        before = [numbers(p).copy() for p in params]
        for _ in range(3):
            give_gradients(np.random.default_rng(1), params)
            optimizer.step()
        assert [str(p.dtype) for p in params] == ["float32", "float32", "float64", "float64"]
        for p, entry in optimizer.state.items():
            assert all(value.dtype == p.dtype for name, value in entry.items() if name != "step")
        assert all((numbers(p) != b).all() for p, b in zip(params, before))


@pytest.mark.parametrize("change", ["data", "float", "second optimizer", "load_state_dict"])
def test_replaced_arrays_are_noticed_and_state_survives(change):
    """Exactly as if nothing had happened in between."""
    def train(change):
        rng = np.random.default_rng(0)
        net = nn.Linear(3, 2, dtype=tg.float64)
        for p in net.parameters():
            p.data = tg.tensor(rng.standard_normal(p.shape))
        optimizer = optim.Adam(net.parameters(), lr=0.1)
        for step in range(4):
            if step == 2 and change == "data":
                net.weight.data = net.weight.data.clone()
            if step == 2 and change == "float":
                net.float()
            if step == 2 and change == "second optimizer":
                optim.Adam(net.parameters(), lr=0.0).step()
            if step == 2 and change == "load_state_dict":
                saved = copy.deepcopy(optimizer.state_dict())
                optimizer = optim.Adam(net.parameters(), lr=0.7)
                optimizer.load_state_dict(saved)
            give_gradients(rng, list(net.parameters()))
            optimizer.step()
        return numbers(net.weight)

    np.testing.assert_allclose(train(change), train(None), rtol=1e-5 if change == "float" else 0)


def test_adamw_without_decoupled_weight_decay_is_adam():
    p, q = nn.Parameter(tg.ones(2)), nn.Parameter(tg.ones(2))
    p.grad, q.grad = tg.tensor([1.0, -2.0]), tg.tensor([1.0, -2.0])
    optim.AdamW([p], weight_decay=3.0, decoupled_weight_decay=False).step()
    optim.Adam([q], weight_decay=3.0).step()
    assert p.tolist() == q.tolist()


def test_momentum_may_be_switched_on_later():
    p = nn.Parameter(tg.tensor([0.0]))
    optimizer = optim.SGD([p], lr=1.0, dampening=0.5)
    for momentum in (0, 0, 0.5, 0.5):
        optimizer.param_groups[0]["momentum"] = momentum
        p.grad = tg.tensor([1.0])
        optimizer.step()
    assert p.tolist() == [-1 - 1 - 1 - (0.5 + 0.5)]  # momentum begins with the whole gradient


def test_closure_runs_with_gradients_and_its_loss_is_returned():
    p = nn.Parameter(tg.tensor([3.0]))
    optimizer = optim.SGD([p], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with tg.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert p.tolist() == [0.0]
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0]
    optimizer.zero_grad()
    assert p.grad is None


def test_frozen_parameters_and_added_groups():
    a, b = nn.Parameter(tg.ones(2)), nn.Parameter(tg.ones(2), requires_grad=False)
    c = nn.Parameter(tg.ones(1))
    optimizer = optim.Adam([a, b], lr=0.1)
    optimizer.add_param_group({"params": c, "lr": 1.0})
    (a.sum() + (b * 2).sum() + c.sum()).backward()
    optimizer.step()
    np.testing.assert_allclose(numbers(a), 0.9, rtol=1e-6)
    assert b.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(numbers(c), 0.0, atol=1e-6)
    assert set(optimizer.state_dict()["state"]) == {0, 2}


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
@pytest.mark.parametrize("edit", [
    lambda state, p: state.clear(), lambda state, p: state.pop(p),
    lambda state, p: state.update({p: {}}),
])
def test_state_that_was_reset_begins_again(name, edit):
    p, q = nn.Parameter(tg.tensor([1.0, 2.0])), nn.Parameter(tg.tensor([1.0, 2.0]))
    options = dict(lr=0.1, momentum=0.9) if name == "SGD" else dict(lr=0.1)
    optimizer = getattr(optim, name)([p], **options)
    for grad in ([5.0, -3.0], [1.0, 2.0]):
        p.grad = tg.tensor(grad)
        optimizer.step()
    edit(optimizer.state, p)
    q.data = p.data.clone()
    p.grad, q.grad = tg.tensor([2.0, 2.0]), tg.tensor([2.0, 2.0])
    optimizer.step()
    getattr(optim, name)([q], **options).step()
    assert p.tolist() == q.tolist()


def test_a_parameter_that_replaces_another_takes_over_its_state():
    """As Gaussian splatting does it when it adds points."""
    old, new = nn.Parameter(tg.zeros(2)), nn.Parameter(tg.zeros(3))
    optimizer = optim.Adam([old], lr=1.0)
    old.grad = tg.ones(2)
    optimizer.step()
    state = optimizer.state.pop(old)
    for key in ("exp_avg", "exp_avg_sq"):
        state[key] = tg.cat([state[key], tg.zeros(1)])
    optimizer.state[new], optimizer.param_groups[0]["params"][0] = state, new
    new.grad = tg.tensor([1.0, 1.0, 0.0])
    optimizer.step()
    np.testing.assert_allclose(numbers(new), [-1, -1, 0], atol=1e-6)
    assert int(optimizer.state[new]["step"]) == 2 and optimizer.state_dict()["state"].keys() == {0}


def test_groups_may_be_edited_replaced_and_reordered():
    def new():
        ps = [nn.Parameter(tg.ones(1)) for _ in range(3)]
        groups = [{"params": ps[:1], "lr": 0.1}, {"params": ps[1:2], "lr": 0.5}]
        return ps, optim.SGD(groups, lr=1.0)

    def stepped(ps, optimizer):
        for p in ps:
            p.grad = tg.ones(1)
        optimizer.step()
        return [round(p.item(), 4) for p in ps]

    ps, optimizer = new()
    optimizer.param_groups.reverse()
    assert stepped(ps, optimizer) == [0.9, 0.5, 1]
    ps, optimizer = new()
    optimizer.param_groups[0]["params"] = [ps[2]]
    assert stepped(ps, optimizer) == [1, 0.5, 0.9]
    ps, optimizer = new()
    optimizer.param_groups.append({**optimizer.param_groups.pop(0), "params": [ps[0], ps[2]]})
    assert stepped(ps, optimizer) == [0.9, 0.5, 0.9]


def test_a_subclass_that_is_written_as_for_pytorch_works():
    class SignDescent(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, dict(lr=lr))

        def __setstate__(self, state):
            super().__setstate__(state)

        @tg.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    if len(state) == 0:
                        state["step"], state["rows"] = 0, tg.zeros(p.shape[0])
                    state["step"] += 1
                    state["rows"].add_(p.grad.sum(1))
                    p.add_(p.grad.sign(), alpha=-group["lr"])

    p = nn.Parameter(tg.zeros(2, 3))
    optimizer = SignDescent([p], lr=0.5)
    p.grad = tg.ones(2, 3) * 2
    optimizer.step()
    assert p.tolist() == [[-0.5] * 3] * 2
    again = SignDescent([p], lr=0.1)
    again.load_state_dict(copy.deepcopy(optimizer).state_dict())
    again.step()
    assert again.state[p]["step"] == 2 and again.state[p]["rows"].tolist() == [12.0, 12.0]
    assert optimizer.state[p]["rows"].tolist() == [6.0, 6.0]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_network_and_its_optimizer_are_copied_together(duplicate):
    net = nn.Linear(3, 2)
    optimizer = optim.Adam([{"params": net.weight}, {"params": net.bias, "lr": 0.5}], lr=0.1)
    rng = np.random.default_rng(0)
    give_gradients(rng, list(net.parameters()))
    optimizer.step()
    net2, optimizer2 = duplicate((net, optimizer))
    assert optimizer2.param_groups[0]["params"][0] is net2.weight is not net.weight
    give_gradients(rng, list(net.parameters()))
    for p, q in zip(net.parameters(), net2.parameters()):
        q.grad = p.grad.clone()
    optimizer2.step()
    assert net2.bias.tolist() != net.bias.tolist()
    optimizer.step()
    assert net2.bias.tolist() == net.bias.tolist() and net2.weight.tolist() == net.weight.tolist()
    alone = copy.deepcopy(optimizer)
    assert alone.state.keys() == {p for group in alone.param_groups for p in group["params"]}
    assert not alone.state.keys() & set(net.parameters())


@pytest.mark.parametrize("name, setting", [
    ("SGD", dict(lr=float("nan"))), ("SGD", dict(momentum=-0.1)), ("SGD", dict(weight_decay=-1)),
    ("SGD", dict(nesterov=True)), ("SGD", dict(nesterov=True, momentum=0.5, dampening=0.1)),
    ("Adam", dict(eps=-1)), ("Adam", dict(betas=0.9)),
    ("Adam", dict(betas=(1.0, 0.9))), ("Adam", dict(betas=(0.9, -0.1))),
    ("AdamW", dict(weight_decay=-1)), ("RMSprop", dict(alpha=-1)), ("RMSprop", dict(momentum=-1)),
])
def test_bad_settings_are_refused(name, setting):
    """For all parameters as for one group."""
    p, (option, *_) = nn.Parameter(tg.zeros(1)), setting
    with pytest.raises((ValueError, TypeError), match=f"{name}: .*{option[:4]}"):
        getattr(optim, name)([p], **setting)
    with pytest.raises((ValueError, TypeError), match=f"{name}: .*{option[:4]}"):
        getattr(optim, name)([{"params": [p], **setting}], lr=0.1)


def test_bad_parameters_are_refused():
    p = nn.Parameter(tg.zeros(1))
    for wrong in ([], p):
        with pytest.raises(ValueError, match="a list of Tensors or dicts, and not empty"):
            optim.SGD(wrong)
    with pytest.raises(TypeError, match="each of params must be a Tensor, got float"):
        optim.SGD([p, 1.0])
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([p * 2])
    with pytest.raises(ValueError, match="in more than one group"):
        optim.SGD([p]).add_param_group({"params": [p]})
    with pytest.raises(TypeError, match="must be a dict"):
        optim.SGD([p]).add_param_group([p])
    with pytest.raises(TypeError, match="params in a list"):
        optim.SGD([{"params": {p}}])


@pytest.mark.parametrize("make", [
    lambda p: optim.RMSprop(p, lr=0.1, alpha=0.0), lambda p: optim.Adam(p, lr=0.1, betas=(0, 0)),
])  # fmt: skip
def test_an_average_over_one_step_forgets_the_one_before(make):
    """v + (g^2 - v) is not g^2 if v is 1e14 times as large."""
    p = nn.Parameter(tg.zeros(1))
    optimizer = make([p])
    for size in 1e4, 1e-3:
        p.grad = tg.tensor([size])
        optimizer.step()
    assert p.item() == pytest.approx(-0.2, rel=1e-4)


def test_options_that_would_change_the_result_are_refused_by_name():
    p = nn.Parameter(tg.zeros(1))
    optim.Adam([p], fused=None, foreach=False)
    optim.RMSprop([p], centered=False)
    with pytest.raises(TypeError, match="Adam: there is no centered=False"):
        optim.Adam([p], centered=False)
    with pytest.raises(TypeError, match="Adam: there is no weight_decy=0"):
        optim.Adam([p], weight_decy=0)
    for option in ("foreach", "fused", "capturable", "differentiable", "centered", "speed"):
        for optimizer in (optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop):
            with pytest.raises(TypeError, match=f"{optimizer.__name__}: .*{option}"):
                optimizer([p], **{option: True})
    with pytest.raises(TypeError, match="lr must be a number, got a Tensor"):
        optim.SGD([p], lr=tg.tensor(0.1))


@pytest.mark.parametrize("name, options", [("SGD", {}), ("SGD", dict(momentum=0.9)), ("Adam", {})])
def test_a_parameter_that_its_gradient_or_state_does_not_fit_is_refused(name, options):
    p = nn.Parameter(tg.zeros(2, 3))
    optimizer = getattr(optim, name)([p], lr=0.1, **options)
    p.grad = tg.ones(2, 3)
    optimizer.step()
    p.data = tg.zeros(3)
    with pytest.raises(RuntimeError, match=r"gradient .*\(3,\) has shape \(2, 3\); .*zero_grad"):
        optimizer.step()
    optimizer.zero_grad()
    p.grad = tg.ones(3)
    if optimizer.state:
        with pytest.raises(RuntimeError, match=r"exp_avg|momentum_buffer.*state\.clear"):
            optimizer.step()
        optimizer.state.clear()
    optimizer.step()
    np.testing.assert_allclose(numbers(p), -0.1, rtol=1e-6)


def test_a_read_only_parameter_is_refused():
    p = nn.Parameter(tg.zeros(1).expand(3))
    optimizer = optim.Adam([p])
    p.grad = tg.ones(3)
    with pytest.raises(RuntimeError, match=r"Adam: .*read-only.*clone\(\)"):
        optimizer.step()
    p.data = p.data.clone()
    optimizer.step()


def test_load_state_dict_refuses_what_does_not_fit():
    p, q = nn.Parameter(tg.zeros(2)), nn.Parameter(tg.zeros(3))
    optimizer = optim.Adam([p])
    p.grad = tg.ones(2)
    optimizer.step()
    saved = optimizer.state_dict()
    with pytest.raises(ValueError, match=r"groups of sizes \[1\] .* \[2\]"):
        optim.Adam([p, q]).load_state_dict(saved)
    with pytest.raises(RuntimeError, match=r"exp_avg .*\(3,\) has shape \(2,\)"):
        optim.Adam([q]).load_state_dict(saved)
    other = optim.SGD([p], lr=0.5, momentum=0.9)
    for one, two in ((other, saved), (optim.RMSprop([p]), saved), (optimizer, other.state_dict())):
        with pytest.raises(ValueError, match="another optimizer's state"):
            one.load_state_dict(two)
    saved["state"][0]["sum"] = tg.ones(2)
    for wrong in nn.Linear(1, 1).state_dict(), None:
        with pytest.raises(ValueError, match="Adam: this is not a state_dict of an optimizer"):
            optimizer.load_state_dict(wrong)
    with pytest.raises(ValueError, match="another optimizer's state, with 'sum'"):
        optimizer.load_state_dict(saved)
    assert "momentum" not in optimizer.param_groups[0] and other.param_groups[0]["lr"] == 0.5


@pytest.mark.parity
def test_the_tensors_of_torch_are_refused_with_the_way_out():
    torch = pytest.importorskip("torch")
    p, theirs = nn.Parameter(tg.ones(2)), torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([theirs])
    theirs.grad = torch.ones(2)
    optimizer.step()
    with pytest.raises(TypeError, match=r"Adam: step .* torch.Tensor; use tensor\(x.numpy\(\)\)"):
        optim.Adam([p]).load_state_dict(optimizer.state_dict())


def test_a_loaded_state_is_a_copy():
    p = nn.Parameter(tg.zeros(2))
    first, second = optim.Adam([p]), optim.Adam([p])
    p.grad = tg.ones(2)
    first.step()
    second.load_state_dict(first.state_dict())
    first.step()
    assert [int(optimizer.state[p]["step"]) for optimizer in (first, second)] == [2, 1]
    assert first.state[p]["exp_avg"].tolist() != second.state[p]["exp_avg"].tolist()
    saved = first.state_dict()
    saved["state"][0]["step"] = 41  # older files of PyTorch count in ints
    second.load_state_dict(saved)
    second.step()
    assert int(second.state[p]["step"]) == 42
