"""Datasets: anything that has `len(dataset)` and `dataset[index]`.

An item is usually a pair (image, target). A `Subset` is a list of positions in another dataset, so
a split or a new order copies nothing.
"""

import itertools
import math

from ..checks import check_tensor, integer
from ..creation import randperm


def position(index, length, name):
    """`index` counted from the front, 0 to length - 1; TypeError or IndexError if it is not one."""
    index = integer(name, index, "an index")
    if not -length <= index < length:
        raise IndexError(f"{name}: index {index} is out of range for {length} items")
    return index % length


class Dataset:
    """The base class. A subclass defines `__getitem__(index)` and `__len__()`.

    A subclass whose `can_gather` is True also has `gather(indices)`, which returns a whole batch
    faster than one item after another.
    """

    can_gather = False

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")


class TensorDataset(Dataset):
    """Item i is row i of every tensor, as a tuple. All tensors must have the same number of rows.

    >>> import tinygrad_cv as tg
    >>> points = tg.data.TensorDataset(tg.tensor([[1., 2.], [3., 4.]]), tg.tensor([0, 1]))
    >>> points[1]
    (tensor([3., 4.]), tensor(1))
    """

    def __init__(self, *tensors):
        for tensor in tensors:
            check_tensor("TensorDataset", tensor)
        if not tensors or any(t.dim() == 0 or len(t) != len(tensors[0]) for t in tensors):
            raise ValueError(
                "TensorDataset: expected tensors with the same number of rows, got shapes "
                f"{[t.shape for t in tensors]}"
            )
        self.tensors = tensors
        # A subclass with a __getitem__ of its own changes items, which gather would not know
        self.can_gather = type(self).__getitem__ is TensorDataset.__getitem__

    def __len__(self):
        return len(self.tensors[0])

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def gather(self, indices):
        return [tensor[indices] for tensor in self.tensors]


class Subset(Dataset):
    """The items of `dataset` at the positions `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices
        unchanged = type(self).__getitem__ is Subset.__getitem__
        self.can_gather = unchanged and getattr(dataset, "can_gather", False)

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, index):
        return self.dataset[self.indices[position(index, len(self), "Subset")]]

    def gather(self, indices):
        return self.dataset.gather([self.indices[index] for index in indices])


def random_split(dataset, lengths, generator=None):
    """Split a dataset at random into `Subset`s that do not overlap.

    `lengths` are numbers of items that sum to len(dataset), or fractions that sum to 1. Fractions
    are rounded down; the items left over go to the first parts, one each.

    >>> import tinygrad_cv as tg
    >>> [len(part) for part in tg.data.random_split(range(10), [0.75, 0.25])]
    [8, 2]
    """
    lengths, count = list(lengths), len(dataset)
    if math.isclose(sum(lengths), 1) and min(lengths) >= 0:
        lengths = [math.floor(count * fraction) for fraction in lengths]
        for k in range(count - sum(lengths)):
            lengths[k % len(lengths)] += 1
    if sum(lengths) != count or min(lengths, default=0) < 0:
        raise ValueError(
            f"random_split: lengths {lengths} must sum to the number of items, {count}, or be "
            "fractions that sum to 1"
        )
    order = randperm(count, generator=generator).tolist()
    ends = [0, *itertools.accumulate(lengths)]
    return [Subset(dataset, order[start:end]) for start, end in zip(ends, ends[1:])]
