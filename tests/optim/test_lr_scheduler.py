import math

import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn, optim
from tinygrad_cv.optim import lr_scheduler

SCHEDULES = [
    ("StepLR", dict(step_size=3, gamma=0.5)),
    ("MultiStepLR", dict(milestones=[2, 5, 5, 9], gamma=0.3)),
    ("ExponentialLR", dict(gamma=0.9)),
    ("CosineAnnealingLR", dict(T_max=4, eta_min=0.01)),
    ("CosineAnnealingLR", dict(T_max=7)),
    ("LinearLR", dict(start_factor=0.2, end_factor=0.7, total_iters=9)),
    ("LinearLR", dict()),
    ("LambdaLR", dict(lr_lambda=lambda epoch: 1 / (1 + epoch))),
    ("LambdaLR", dict(lr_lambda=[lambda epoch: 0.5**epoch, lambda epoch: epoch])),
]
CLOSED = {
    "StepLR": lambda base, n, step_size, gamma: base * gamma ** (n // step_size),
    "MultiStepLR": lambda base, n, milestones, gamma: (
        base * gamma ** sum(m <= n for m in milestones)
    ),
    "ExponentialLR": lambda base, n, gamma: base * gamma**n,
    "CosineAnnealingLR": lambda base, n, T_max, eta_min=0: (
        eta_min + (base - eta_min) * (1 + math.cos(math.pi * n / T_max)) / 2
    ),
}


def make():
    one, two = nn.Parameter(tg.zeros(1)), nn.Parameter(tg.zeros(1))
    return optim.SGD([{"params": [one], "lr": 0.4}, {"params": [two]}], lr=0.1)


@pytest.mark.parametrize("name, options", [s for s in SCHEDULES if s[0] in CLOSED])
def test_closed_forms(name, options):
    optimizer = make()
    scheduler = getattr(lr_scheduler, name)(optimizer, **options)
    for epoch in range(20):
        expected = [CLOSED[name](base, epoch, **options) for base in (0.4, 0.1)]
        assert scheduler.last_epoch == epoch
        assert scheduler.get_last_lr() == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert [g["lr"] for g in optimizer.param_groups] == scheduler.get_last_lr()
        scheduler.step()


@pytest.mark.parity
@pytest.mark.parametrize("name, options", [s for s in SCHEDULES if "eta_min" not in s[1]])
def test_agrees_with_torch_also_when_resumed_and_when_the_rate_is_changed_by_hand(name, options):
    torch = pytest.importorskip("torch")
    ours = make()
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.4, 0.1)]
    theirs = torch.optim.SGD(groups)
    both = (lr_scheduler, ours), (torch.optim.lr_scheduler, theirs)
    schedules = [getattr(module, name)(optimizer, **options) for module, optimizer in both]
    for epoch in range(24):
        if epoch == 6:
            ours.param_groups[0]["lr"] = theirs.param_groups[0]["lr"] = 0.2
        if epoch == 12:
            options = {**options, "last_epoch": epoch}
            schedules = [getattr(module, name)(optimizer, **options) for module, optimizer in both]
        assert schedules[0].get_last_lr() == pytest.approx(schedules[1].get_last_lr(), rel=1e-14)
        for optimizer, schedule in zip((ours, theirs), schedules):
            optimizer.step()
            schedule.step()
    mine, other = (s.state_dict() for s in schedules)
    for key in mine:
        assert mine[key] == (pytest.approx(other[key]) if key == "_last_lr" else other[key])


@pytest.mark.parametrize("name, options", SCHEDULES)
def test_state_dict_resumes(name, options, tmp_path):
    optimizer = make()
    scheduler = getattr(lr_scheduler, name)(optimizer, **options)
    for _ in range(4):
        scheduler.step()
    tg.save([scheduler.state_dict(), optimizer.state_dict()], tmp_path / "state.npz")
    saved, saved_optimizer = tg.load(tmp_path / "state.npz")
    again = make()
    resumed = getattr(lr_scheduler, name)(again, **options)
    again.load_state_dict(saved_optimizer)
    resumed.load_state_dict(saved)
    assert resumed.last_epoch == 4
    for _ in range(6):
        scheduler.step()
        resumed.step()
        assert resumed.get_last_lr() == scheduler.get_last_lr()


def warm_up(module, optimizer, milestones=(3, 8)):
    """Up in a line, down in a cosine, then by halves, in this library or in PyTorch."""
    parts = [module.LinearLR(optimizer, 0.1, total_iters=3), module.CosineAnnealingLR(optimizer, 5),
             module.ExponentialLR(optimizer, 0.5)]
    return module.SequentialLR(optimizer, parts, milestones=list(milestones))


def test_one_schedule_after_another():
    optimizer = make()
    schedule, rates = warm_up(lr_scheduler, optimizer), []
    for epoch in range(12):
        if epoch == 5:  # saved, and resumed
            states, optimizer = (schedule.state_dict(), optimizer.state_dict()), make()
            schedule = warm_up(lr_scheduler, optimizer)
            schedule.load_state_dict(states[0])
            optimizer.load_state_dict(states[1])
        rates.append(schedule.get_last_lr()[1])
        schedule.step()
    cosine = [0.05 * (1 + math.cos(math.pi * k / 5)) for k in range(5)]
    assert rates == pytest.approx([0.01, 0.04, 0.07, *cosine, 0.1, 0.05, 0.025, 0.0125])
    with pytest.raises(ValueError, match="3 schedulers and milestones"):
        warm_up(lr_scheduler, make(), [3])


@pytest.mark.parity
def test_one_schedule_after_another_as_in_torch():
    torch = pytest.importorskip("torch")
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.4, 0.1)]
    theirs, ours = torch.optim.SGD(groups), make()
    schedules = warm_up(torch.optim.lr_scheduler, theirs), warm_up(lr_scheduler, ours)
    for _ in range(14):
        assert schedules[0].get_last_lr() == pytest.approx(schedules[1].get_last_lr(), rel=1e-14)
        for optimizer, schedule in zip((theirs, ours), schedules):
            optimizer.step()
            schedule.step()


def test_two_schedules_on_one_optimizer():
    optimizer = make()
    one, two = lr_scheduler.ExponentialLR(optimizer, 0.5), lr_scheduler.StepLR(optimizer, 2, 0.1)
    for _ in range(2):
        one.step()
        two.step()
    assert optimizer.param_groups[1]["lr"] == pytest.approx(0.1 * 0.5**2 * 0.1)


@pytest.mark.parametrize("name, options", [s for s in SCHEDULES[:-1] if s[0] != "LinearLR"])
def test_a_group_that_is_added_later_is_scheduled_from_then_on(name, options):
    optimizer = make()
    scheduler = getattr(lr_scheduler, name)(optimizer, **options)
    late = {"params": [nn.Parameter(tg.zeros(1))], "lr": 0.8}
    optimizer.add_param_group(late)
    for _ in range(20):
        scheduler.step()
        first, _, third = scheduler.get_last_lr()
        assert third == pytest.approx(2 * first, abs=0.011)  # it starts at twice the first


def test_a_schedule_of_the_user_s_own():
    class Warmup(lr_scheduler.LRScheduler):
        def __init__(self, optimizer, steps):
            self.steps = steps
            super().__init__(optimizer)

        def get_lr(self):
            return [base * min(1, (self.last_epoch + 1) / self.steps) for base in self.base_lrs]

    scheduler = Warmup(make(), 4)
    rates = []
    for _ in range(5):
        rates.append(scheduler.get_last_lr()[0])
        scheduler.step()
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])


def test_errors():
    with pytest.raises(TypeError, match="not an Optimizer"):
        lr_scheduler.StepLR(nn.Linear(1, 1), 1)
    with pytest.raises(ValueError, match="functions for 2 groups"):
        lr_scheduler.LambdaLR(make(), [lambda epoch: 1.0])
    with pytest.raises(KeyError, match="initial_lr"):
        lr_scheduler.StepLR(make(), 1, last_epoch=3)
    with pytest.raises(TypeError, match="ReduceLROnPlateau: min_lr must be a number"):
        lr_scheduler.ReduceLROnPlateau(make(), min_lr=[0.1, 0.1])
    with pytest.raises(ValueError, match="SequentialLR: a ReduceLROnPlateau"):
        plateau = lr_scheduler.ReduceLROnPlateau(optimizer := make())
        lr_scheduler.SequentialLR(optimizer, [plateau, plateau], [2])
    for schedule, options in (("StepLR", dict(step_size=0)), ("CosineAnnealingLR", dict(T_max=0)),
                              ("LinearLR", dict(start_factor=0))):
        with pytest.raises(ValueError, match=schedule):
            getattr(lr_scheduler, schedule)(make(), **options)


PLATEAU = [3.0, 2.0, 2.0, 2.1, 1.9999, 1.5, 1.6, 1.7, 1.8, 1.9, 1.0, 1.0, 1.0, 1.0, 1.0]
PLATEAUS = [
    dict(patience=1), dict(mode="max", patience=0, factor=0.5),
    dict(patience=0, min_lr=0.02), dict(threshold=0.3, patience=1), dict(factor=1e-7, patience=0),
]


@pytest.mark.parity
@pytest.mark.parametrize("options", PLATEAUS)
def test_plateau_like_pytorch(options):
    torch = pytest.importorskip("torch")
    ours, theirs = (
        library.optim.lr_scheduler.ReduceLROnPlateau(
            library.optim.SGD([library.nn.Parameter(library.zeros(1))], lr=1.0), **options
        )
        for library in (tg, torch)
    )
    for loss in PLATEAU:
        ours.step(loss)
        theirs.step(loss)
        assert ours.get_last_lr() == pytest.approx(theirs.get_last_lr())


def test_plateau_goes_on_from_its_state():
    def new():
        optimizer = optim.SGD([nn.Parameter(tg.zeros(1))], lr=1.0)
        return lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)

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
    with pytest.raises(ValueError, match="factor < 1"):
        lr_scheduler.ReduceLROnPlateau(whole.optimizer, factor=1.5)


def test_plateau_never_raises_a_rate():
    optimizer = optim.SGD([nn.Parameter(tg.zeros(1))], lr=1e-4)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=1e-3)
    for _ in range(3):
        schedule.step(1.0)
    assert schedule.get_last_lr() == [1e-4]
