"""What test_replicas.py starts with mpiexec: each check runs in all processes at once.

Rank 0 prints what became of them, as JSON: {check: null, or what failed in which rank}.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from threadpoolctl import threadpool_info

import tinygrad_cv as tg
from tinygrad_cv import nn, optim, parallel
from tinygrad_cv.arrays import add_library
from tinygrad_cv.data import DataLoader, TensorDataset

sys.path.append(str(Path(__file__).parents[1]))
from strict import STRICT  # noqa: E402

STEPS, CHECKS = 20, {}


def check(function):
    CHECKS[function.__name__] = function


def network(norm):
    tg.manual_seed(0)
    layers = nn.Conv2d(1, 4, 3), *norm, nn.Tanh(), nn.Flatten(), nn.Linear(64, 3)
    return nn.Sequential(*layers).double()


def batches(size, rank, batch_size):
    """STEPS batches of one process's share, over several epochs with a remainder."""
    tg.manual_seed(1)
    data = TensorDataset(*(tg.randn(61, *shape, dtype=tg.float64) for shape in ((1, 6, 6), (3,))))
    sampler = parallel.DistributedSampler(data, size, rank, drop_last=True)
    loader = DataLoader(data, batch_size, sampler=sampler, drop_last=True)
    found = []
    for epoch in range(STEPS):
        sampler.set_epoch(epoch)
        found += loader
    return found[:STEPS]


def train(net, batches, together=lambda net: None, after=lambda net: None):
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    for x, y in batches:
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        together(net)
        optimizer.step()
        after(net)


def train_replica(norm):
    net = network(norm)
    train(net, batches(None, None, 2), lambda net: parallel.average_gradients(net.parameters()),
          parallel.average_buffers)
    return net


def assert_close(net, other):
    for name, x in net.state_dict().items():
        assert tg.allclose(x, other.state_dict()[name], rtol=0, atol=1e-10), name


@check
def without_batch_norm_they_are_one_process_with_a_larger_batch():
    one = network([])
    train(one, batches(1, 0, 2 * parallel.get_world_size()))
    assert_close(train_replica([]), one)


@check
def with_batch_norm_they_are_shards_in_a_plain_loop():
    size = parallel.get_world_size()
    shards = [network([nn.BatchNorm2d(4)]) for _ in range(size)]
    optimizers = [optim.Adam(net.parameters(), lr=0.01) for net in shards]
    for step in zip(*(batches(size, rank, 2) for rank in range(size))):
        for net, (x, y), optimizer in zip(shards, step, optimizers):
            optimizer.zero_grad()
            ((net(x) - y) ** 2).mean().backward()
        for parameters in zip(*(net.parameters() for net in shards)):
            mean = sum(p.grad for p in parameters) / size
            for p in parameters:
                p.grad = mean
        for optimizer in optimizers:
            optimizer.step()
        for name in ("running_mean", "running_var"):
            mean = sum(getattr(net[1], name) for net in shards) / size
            for net in shards:
                getattr(net[1], name).copy_(mean)
    assert_close(train_replica([nn.BatchNorm2d(4)]), shards[parallel.get_rank()])


@check
def all_replicas_are_equal_to_the_last_bit():
    state = train_replica([nn.BatchNorm2d(4)]).state_dict()
    first, *others = parallel.all_gather_object({k: x.numpy().tobytes() for k, x in state.items()})
    assert all(other == first for other in others)


@check
def rank_0_gives_everyone_its_weights():
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    for x in net.state_dict().values():
        x.fill_(parallel.get_rank() + 5)
    parallel.broadcast(net)
    assert all(bool((x == 5).all()) for x in net.state_dict().values())


@check
def a_missing_gradient_is_zero_unless_nobody_has_one():
    rank, size = parallel.get_rank(), parallel.get_world_size()
    one, none = (nn.Parameter(tg.zeros(2)) for _ in range(2))
    one.grad = tg.tensor([6.0, 12.0]) if rank == 1 else None
    parallel.average_gradients(p for p in (one, none))
    assert one.grad.tolist() == [6 / size, 12 / size] and none.grad is None


@check
def nan_is_told_by_rank():
    p = nn.Parameter(tg.zeros(3))
    for bad in (tg.nan, tg.inf):
        p.grad = tg.tensor([1.0, bad if parallel.get_rank() == 1 else 1.0, 1.0])
        try:
            parallel.average_gradients([p])
        except FloatingPointError as error:
            assert str(error).endswith("of rank 1")
        else:
            raise AssertionError("the gradient was taken")


@check
def what_differs_is_told_by_rank():
    parallel.check_equal(a=1, b=[2])
    try:
        parallel.check_equal(a=1, b=[int(parallel.get_rank() != 1)])
    except RuntimeError as error:
        assert "rank 0 has b [1], but rank 1 [0]" in str(error)
    else:
        raise AssertionError("the difference was taken")


@check
def gradients_on_a_device_are_averaged_through_the_host():
    add_library(STRICT)
    p = nn.Parameter(tg.zeros(2, device="strict"))
    p.grad = tg.tensor([0.0, 3.0], device="strict") * parallel.get_rank()
    parallel.average_gradients([p])
    mean = (parallel.get_world_size() - 1) / 2
    assert p.grad.device.type == "strict" and p.grad.tolist() == [0, 3 * mean]


@check
def each_has_its_share_of_the_cores():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    share = max(1, cores // parallel.get_world_size())
    assert all(b["num_threads"] <= share for b in threadpool_info() if b["user_api"] == "blas")
    if "tinygrad_cv.fast" in sys.modules:
        from tinygrad_cv.fast.numpy.threads import crew

        assert crew().size <= share


def main():
    parallel.init_process_group()
    report = {}
    for name, function in CHECKS.items():
        failed = None
        try:
            function()
        except Exception:
            failed = f"rank {parallel.get_rank()}: {traceback.format_exc()}"
        report[name] = "\n".join(filter(None, parallel.all_gather_object(failed))) or None
    if parallel.get_rank() == 0:
        print(json.dumps(report))


if __name__ == "__main__":
    with parallel.end_together():
        main()
