"""Data parallelism: several processes train one network, each on its own part of every batch.

Each process has a copy of the network and a number, its *rank*. Let B_1 ... B_n be batches of equal
size, one for each of n processes. The gradient of the mean loss over all of them is

    d/dw  1/n (L(B_1) + ... + L(B_n))  =  1/n (dL(B_1)/dw + ... + dL(B_n)/dw)

So every process runs forward and backward on its own batch, as if it were alone. Then the gradients
are averaged, and every process makes the same step. The copies began equal, and stay equal to the
last bit: what one process writes into a checkpoint is the state of all.

    init_process_group()                                # does nothing without mpiexec
    broadcast(net)                                      # all begin with the weights of rank 0
    for x, y in DataLoader(data, batch_size, sampler=DistributedSampler(data)):
        loss_fn(net(x), y).backward()
        average_gradients(net.parameters())             # the only new line in the loop
        optimizer.step()

PyTorch hides this line in a wrapper of the network (DistributedDataParallel), ChainerMN in one of
the optimizer. As a function it stands where it acts: after the last of several backward calls, and
before anything that looks at the gradient of the whole batch, such as clip_grad_norm_.

All processes must make the same calls in the same order, or they wait for ever. In one process
every function does nothing, and mpi4py is not imported. More: docs/parallel.md.
"""

import contextlib
import functools
import os
import sys
import time
import traceback

import numpy as np

from .arrays import on_host
from .autograd import no_grad
from .creation import tensor, zeros, zeros_like
from .ops import cat
from .random import Generator
from .version import __version__

_world = _ends = None  # the communicators, once there are several processes


def init_process_group():
    """Join the processes that mpiexec started. Call it first: it also shares out the cores."""
    global _world, _ends
    started = max(int(os.environ.get(name, 1)) for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE"))
    if started == 1 or _world is not None:
        return
    try:
        from mpi4py import MPI
        from threadpoolctl import ThreadpoolController
    except ImportError:
        raise ImportError('init_process_group needs mpi4py: pip install -e ".[mpi]"') from None
    if MPI.COMM_WORLD.size != started:
        raise RuntimeError(f"mpiexec started {started} processes, but mpi4py uses another MPI, "
                           f"which sees {MPI.COMM_WORLD.size}; take the mpiexec of that one")
    _world, _ends = MPI.COMM_WORLD, MPI.COMM_WORLD.Dup()
    check_equal(tinygrad_cv=__version__, NumPy=np.__version__, Python=sys.version.split()[0])
    machine = _world.Split_type(MPI.COMM_TYPE_SHARED)
    own = getattr(os, "sched_getaffinity", lambda process: range(os.cpu_count() or 1))(0)
    cores = set().union(*machine.allgather(own))  # mpiexec may have given each its own
    share = max(1, min(len(own), len(cores) // machine.size))
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        library.set_num_threads(min(share, library.get_num_threads()))


def get_rank(): return 0 if _world is None else _world.rank
def get_world_size(): return 1 if _world is None else _world.size


def all_reduce(x):
    """Add up a contiguous Tensor over all processes, in place: each of them gets the sum."""
    if _world is None:
        return
    x.memory.version += 1
    if not on_host(x.array) and (gpus := nccl()):
        return gpus.all_reduce(x.array, x.array)
    from mpi4py import MPI
    host = x.cpu()
    _world.Allreduce(MPI.IN_PLACE, host.array)
    if host is not x:
        x.copy_(host)


@functools.cache
def nccl():
    """CuPy's way from GPU to GPU, or None: then sums go through the host. (Not run so far.)"""
    with contextlib.suppress(ImportError, RuntimeError):
        from cupyx.distributed import init_process_group
        return init_process_group(_world.size, _world.rank, use_mpi=True)


def all_gather_object(value):
    """The values that all processes gave, as a list by rank: anything that pickle can send."""
    return [value] if _world is None else _world.allgather(value)


def broadcast(*modules):
    """Give the parameters and buffers of every process the values of rank 0."""
    for own in [x for module in modules for x in module.state_dict().values()]:
        own.copy_(all_gather_object(own.cpu() if get_rank() == 0 else None)[0])


def check_equal(**values):
    """RuntimeError in every process, unless all of them gave equal values."""
    first, *others = all_gather_object(values)
    for rank, other in enumerate(others, 1):
        for name in [name for name in first if first[name] != other[name]]:
            raise RuntimeError(f"rank 0 has {name} {first[name]}, but rank {rank} {other[name]}; "
                               "all processes need the same versions, arguments and data")


@no_grad()
def average(tensors):
    """Replace each tensor by its mean over all processes. One flat buffer: one message for all."""
    if _world is not None and tensors:
        # channels last, the order in which convolution weights are stored: quick to copy
        rows = [x.permute(0, 2, 3, 1) if x.dim() == 4 else x for x in tensors]
        flat = cat([x.reshape(-1) for x in rows])
        all_reduce(flat)
        for x, mean in zip(rows, flat.div_(_world.size).split([x.numel() for x in rows])):
            x.copy_(mean.reshape(x.shape))


@no_grad()
def average_gradients(parameters):
    """Replace each gradient by its mean over all processes.

    A missing gradient counts as zero, unless it is missing in every process. FloatingPointError in
    every process if any gradient is infinite or NaN: a step would destroy the weights of all.
    """
    if _world is None:
        return
    parameters = list(parameters)
    grads = [zeros_like(p) if p.grad is None else p.grad for p in parameters]
    given = tensor([float(p.grad is not None) for p in parameters], device=grads[0].device)
    lost = zeros(_world.size, device=grads[0].device)
    lost[_world.rank] = ~sum(grad.sum() for grad in grads).isfinite()
    average([*grads, given, lost])
    if ranks := [str(rank) for rank, share in enumerate(lost.tolist()) if share]:
        raise FloatingPointError(f"infinite or NaN in the gradients of rank {', '.join(ranks)}")
    for p, grad, share in zip(parameters, grads, given.tolist()):
        p.grad = grad if share else None


def average_buffers(*modules):
    """Replace the running averages of batch norm, and other such buffers, by their means."""
    average([b for module in modules for b in module.buffers() if b.is_floating_point()])


class DistributedSampler:
    """Every process's share of one common order: for DataLoader(data, batch_size, sampler=...).

    The order follows from (seed, epoch): call set_epoch before each epoch. Of n processes number r
    takes the positions r, r + n, r + 2n, ... So their k-th batches together are the k-th batch of
    one process with n times larger batches. The shares are equal: drop_last omits what is left
    over; without it the first items appear again at the end.

    >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self, dataset, num_replicas=None, rank=None, shuffle=True, seed=0, drop_last=False
    ):
        self.count, self.shuffle, self.seed, self.epoch = len(dataset), shuffle, seed, 0
        self.size = get_world_size() if num_replicas is None else num_replicas
        self.rank = get_rank() if rank is None else rank
        self.share = self.count // self.size if drop_last else -(-self.count // self.size)

    def set_epoch(self, epoch): self.epoch = epoch
    def __len__(self): return self.share

    def __iter__(self):
        source = Generator().manual_seed((self.seed << 32) + self.epoch).numpy
        order = source.permutation(self.count) if self.shuffle else range(self.count)
        return iter(np.resize(order, self.share * self.size)[self.rank :: self.size].tolist())


@contextlib.contextmanager
def end_together():
    """Inside, an error in one process ends all. If all of them fail, each message is told once."""
    try:
        yield
    except BaseException as error:
        if _world is None:
            raise
        text = str(error) if isinstance(error, SystemExit) else traceback.format_exc()
        all_failed, deadline = _ends.Ibarrier(), time.monotonic() + 2.0  # seconds
        while not all_failed.Test():
            if time.monotonic() > deadline:  # another process is still at work, or waits
                print(f"rank {_world.rank}: {text}", file=sys.stderr, flush=True)
                _ends.Abort(1)
            time.sleep(0.01)
        if _ends.allgather(text).index(text) < _world.rank:
            raise SystemExit(int(text not in ("0", "None"))) from None  # 0 after --help
        raise
