"""Datasets: anything with `len(dataset)` and `dataset[index]`.

An item is usually a pair (image, target). A `Subset` is a list of positions in another dataset, so that
splits and orders cost nothing and copy nothing.
"""
import bisect
import itertools
import math
import operator

from ..creation import randperm
from ..tensor import Tensor


def position(index, length, name):
    """`index` as an int in 0..length-1, counted from the end where negative; else TypeError or IndexError."""
    try:
        found = operator.index(index)
    except TypeError:
        raise TypeError(f"{name}: an index is an integer, got {type(index).__name__}; "
                        "for several items use Subset or DataLoader") from None
    if not -length <= found < length:
        raise IndexError(f"{name}: index {found} is out of range for {length} items")
    return found % length


class Dataset:
    """The base class. A subclass defines `__getitem__(index)` and `__len__()`; `a + b` puts two in a row.

    Where `can_gather` is true, `gather(indices)` returns a whole batch, faster than one item after another.
    """

    can_gather = False

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__}: a Dataset must define __getitem__(self, index)")

    def __add__(self, other):
        return ConcatDataset([self, other])


class TensorDataset(Dataset):
    """Row i of every tensor, as a tuple. ValueError unless all have the same number of rows.

    >>> import tinygrad_cv as tg
    >>> points = tg.data.TensorDataset(tg.tensor([[1., 2.], [3., 4.]]), tg.tensor([0, 1]))
    >>> points[1]
    (tensor([3., 4.]), tensor(1))
    """

    def __init__(self, *tensors):
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(f"TensorDataset: needs Tensors, got {type(tensor).__name__}; see from_numpy")
        if not tensors or any(t.dim() == 0 or t.shape[0] != tensors[0].shape[0] for t in tensors):
            raise ValueError("TensorDataset: needs tensors with one and the same number of rows, got shapes "
                             f"{[tuple(t.shape) for t in tensors]}")
        self.tensors = tensors
        self.can_gather = type(self).__getitem__ is TensorDataset.__getitem__    # a subclass may change items

    def __len__(self):
        return self.tensors[0].shape[0]

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def gather(self, indices):
        return [tensor[indices] for tensor in self.tensors]


class Subset(Dataset):
    """The items of `dataset` at the positions `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices
        own = type(self).__getitem__ is Subset.__getitem__
        self.can_gather = own and getattr(dataset, "can_gather", False)

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, index):
        return self.dataset[self.indices[position(index, len(self), "Subset")]]

    def gather(self, indices):
        return self.dataset.gather([self.indices[index] for index in indices])


class ConcatDataset(Dataset):
    """All the items of the first dataset, then all those of the second, and so on."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: needs at least one dataset, got none")
        self.ends = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self):
        return self.ends[-1]

    def __getitem__(self, index):
        index = position(index, len(self), "ConcatDataset")
        which = bisect.bisect_right(self.ends, index)
        return self.datasets[which][index - (self.ends[which - 1] if which else 0)]


def random_split(dataset, lengths, generator=None):
    """Split a dataset at random into `Subset`s that do not overlap.

    `lengths` are numbers of items that sum to len(dataset), or fractions that sum to 1 (what rounding down
    leaves over goes to the first parts, one item each). ValueError otherwise.

    >>> import tinygrad_cv as tg
    >>> [len(part) for part in tg.data.random_split(range(10), [0.75, 0.25])]
    [8, 2]
    """
    if math.isclose(sum(lengths), 1) and min(lengths) >= 0:
        lengths = [math.floor(len(dataset) * fraction) for fraction in lengths]
        for k in range(len(dataset) - sum(lengths)):
            lengths[k % len(lengths)] += 1
    if sum(lengths) != len(dataset) or min(lengths, default=0) < 0:
        raise ValueError(f"random_split: lengths {list(lengths)} must sum to the number of items, "
                         f"{len(dataset)}, or be fractions that sum to 1")
    order = randperm(len(dataset), generator=generator).tolist()
    ends = [0, *itertools.accumulate(lengths)]
    return [Subset(dataset, order[start:end]) for start, end in zip(ends, ends[1:])]
