# Written by .ci/stubs.py, for editors and type checkers. The code is in parallel.py.
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from tinygrad_cv import Tensor
from tinygrad_cv.nn import Module
class DistributedSampler:
    """Every process's share of one common order: for DataLoader(data, batch_size, sampler=...).

    The order follows from (seed, epoch): call set_epoch before each epoch. Of n processes number r
    takes the positions r, r + n, r + 2n, ... So their k-th batches together are the k-th batch of
    one process with n times larger batches. The shares are equal: drop_last omits what is left
    over; without it the first items appear again at the end.

    >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """
    count: Any
    epoch: Any
    rank: int | None
    seed: int
    share: Any
    shuffle: bool
    size: Any
    def __init__(
        self, dataset: Any, num_replicas: int | None = None, rank: int | None = None, shuffle:
        bool = True, seed: int = 0, drop_last: bool = False) -> None: ...
    def set_epoch(self, epoch: int) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[int]: ...
def all_gather_object(value: Any) -> Any:
    """The values that all processes gave, as a list by rank: anything that pickle can send."""
def all_reduce(x: Tensor) -> None:
    """Add up a contiguous Tensor over all processes, in place: each of them gets the sum."""
def average(tensors: Iterable[Tensor]) -> None:
    """Replace each tensor by its mean over all processes. One flat buffer: one message for all."""
def average_buffers(*modules: Module) -> None:
    """Replace the running averages of batch norm, and other such buffers, by their means."""
def average_gradients(parameters: Tensor | Iterable[Tensor]) -> None:
    """Replace each gradient by its mean over all processes.

    A missing gradient counts as zero, unless it is missing in every process. FloatingPointError in
    every process if any gradient is infinite or NaN: a step would destroy the weights of all.
    """
def broadcast(*modules: Module) -> None:
    """Give the parameters and buffers of every process the values of rank 0."""
def check_equal(**values: Any) -> None:
    """RuntimeError in every process, unless all of them gave equal values."""
def end_together() -> AbstractContextManager[None]:
    """Inside, an error in one process ends all. If all of them fail, each message is told once."""
def get_rank() -> int: ...
def get_world_size() -> int: ...
def init_process_group() -> None:
    """Join the processes that mpiexec started. Call it first: it also shares out the cores."""
