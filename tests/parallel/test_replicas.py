"""The functions of parallel.py in real processes, by mpiexec; the checks are in replicas.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from launching import ROOT, needs_mpi, run
from replicas import CHECKS

import tinygrad_cv as tg
from tinygrad_cv.data import DataLoader, TensorDataset
from tinygrad_cv.parallel import DistributedSampler


@pytest.fixture(scope="module", params=[2, 3])
def report(request):
    return json.loads(run(request.param, Path(__file__).with_name("replicas.py")))


@pytest.mark.parametrize("name", CHECKS)
class TestProcesses:
    pytestmark = needs_mpi

    def test(self, report, name):
        assert report[name] is None, report[name]


def shares(count, size, **options):
    samplers = [DistributedSampler(range(count), size, rank, **options) for rank in range(size)]
    return [list(sampler) for sampler in samplers]


@pytest.mark.parametrize("count, size", [(7, 1), (7, 2), (6, 3), (7, 3), (2, 5)])
def test_shares_are_equal_and_cover_the_data(count, size):
    filled, cut = shares(count, size), shares(count, size, drop_last=True)
    assert {len(share) for share in filled} == {-(-count // size)}
    assert {len(share) for share in cut} == {count // size}
    assert set().union(*filled) == set(range(count))
    kept = [index for share in cut for index in share]
    assert len(kept) == len(set(kept))


def test_the_order_follows_from_seed_and_epoch():
    def order(seed, epoch):
        sampler = DistributedSampler(range(20), 1, 0, seed=seed)
        sampler.set_epoch(epoch)
        return tuple(sampler)

    orders = [order(seed, epoch) for seed in (-1, 0, 1) for epoch in (0, 1)]
    assert len(set(orders)) == 6 and order(0, 1) == order(0, 1)
    assert sorted(orders[0]) == list(range(20))


def test_batches_of_all_processes_are_one_large_batch():
    def batches(size, rank, batch_size):
        data = TensorDataset(tg.arange(24))
        sampler = DistributedSampler(data, size, rank)
        return [set(x.tolist()) for x, in DataLoader(data, batch_size, sampler=sampler)]

    one, parts = batches(1, 0, 6), [batches(3, rank, 2) for rank in range(3)]
    assert one == [set().union(*step) for step in zip(*parts)]


def alone(program, **environment):
    """(exit status, standard error) of a program that no mpiexec started."""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True,
                           capture_output=True, env={**os.environ, **environment})
    return ended.returncode, ended.stderr


def test_one_process_needs_no_mpi():
    status, err = alone("""
import sys
sys.modules["mpi4py"] = None
import tinygrad_cv as tg
from tinygrad_cv import parallel
parallel.init_process_group()
net = tg.nn.Linear(1, 1)
net(tg.ones(1, 1)).backward()
parallel.broadcast(net)
parallel.average_gradients(net.parameters())
assert net.weight.grad.item() == 1 and parallel.get_world_size() == 1""")
    assert status == 0, err


START = "from tinygrad_cv import parallel; parallel.init_process_group()"


def test_mpiexec_without_mpi4py_says_what_to_install():
    status, err = alone(f"import sys; sys.modules['mpi4py'] = None; {START}", PMI_SIZE="2")
    assert status and 'pip install -e ".[mpi]"' in err


@pytest.mark.parametrize("name", ["PMI_SIZE", "OMPI_COMM_WORLD_SIZE"])
def test_the_launcher_of_another_mpi_is_noticed(name):
    pytest.importorskip("mpi4py")
    status, err = alone(START, **{name: "2"})
    assert status and "started 2 processes" in err and "sees 1" in err
