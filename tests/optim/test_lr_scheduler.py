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
    ("LambdaLR", dict(lr_lambda=lambda epoch: 1 / (1 + epoch))),
    ("LambdaLR", dict(lr_lambda=[lambda epoch: 0.5**epoch, lambda epoch: epoch])),
]
CLOSED = {
    "StepLR": lambda base, n, step_size, gamma: base * gamma ** (n // step_size),
    "MultiStepLR": lambda base, n, milestones, gamma: base * gamma ** sum(m <= n for m in milestones),
    "ExponentialLR": lambda base, n, gamma: base * gamma**n,
    "CosineAnnealingLR": lambda base, n, T_max, eta_min=0: (
        eta_min + (base - eta_min) * (1 + math.cos(math.pi * n / T_max)) / 2
    ),
}


def make():
    groups = [{"params": [nn.Parameter(tg.zeros(1))], "lr": 0.4}, {"params": [nn.Parameter(tg.zeros(1))]}]
    return optim.SGD(groups, lr=0.1)


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
@pytest.mark.parametrize("name, options", SCHEDULES)
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
            schedules = [getattr(module, name)(opt, **options, last_epoch=epoch) for module, opt in both]
        assert schedules[0].get_last_lr() == pytest.approx(schedules[1].get_last_lr(), rel=1e-14)
        for optimizer, schedule in zip((ours, theirs), schedules):
            optimizer.step()
            schedule.step()
    mine, other = (s.state_dict() for s in schedules)
    for key in mine:
        assert mine[key] == (pytest.approx(other[key]) if key in ("base_lrs", "_last_lr") else other[key])


@pytest.mark.parametrize("name, options", SCHEDULES)
def test_state_dict_resumes(name, options):
    optimizer = make()
    scheduler = getattr(lr_scheduler, name)(optimizer, **options)
    for _ in range(4):
        scheduler.step()
    saved, saved_optimizer = scheduler.state_dict(), optimizer.state_dict()
    again = make()
    resumed = getattr(lr_scheduler, name)(again, **options)
    again.load_state_dict(saved_optimizer)
    resumed.load_state_dict(saved)
    assert resumed.last_epoch == 4
    for _ in range(6):
        scheduler.step()
        resumed.step()
        assert resumed.get_last_lr() == scheduler.get_last_lr()


def test_two_schedules_on_one_optimizer():
    optimizer = make()
    one, two = lr_scheduler.ExponentialLR(optimizer, 0.5), lr_scheduler.StepLR(optimizer, 2, 0.1)
    for _ in range(2):
        one.step()
        two.step()
    assert optimizer.param_groups[1]["lr"] == pytest.approx(0.1 * 0.5**2 * 0.1)


def test_errors():
    with pytest.raises(TypeError, match="not an Optimizer"):
        lr_scheduler.StepLR(nn.Linear(1, 1), 1)
    with pytest.raises(ValueError, match="Expected 2 lr_lambdas, but got 1"):
        lr_scheduler.LambdaLR(make(), [lambda epoch: 1.0])
    with pytest.raises(KeyError, match="initial_lr"):
        lr_scheduler.StepLR(make(), 1, last_epoch=3)
