"""Datasets: anything that has `len(dataset)` and `dataset[index]`.

An item is usually a pair (image, target). A `Subset` is a list of positions in another dataset, so
a split or a new order copies nothing.
"""

import itertools
import math

from ..checks import check_tensor, integer
from ..creation import randperm


class Dataset:
    """The base class. A subclass defines `__getitem__(index)` and `__len__()`."""

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
            shapes = [t.shape for t in tensors]
            raise ValueError(f"TensorDataset: expected equal numbers of rows, got shapes {shapes}")
        self.tensors = tensors

    def __len__(self):
        return len(self.tensors[0])

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)


class Subset(Dataset):
    """The items of `dataset` at the positions `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]


def rows(dataset, indices):
    """A batch of a TensorDataset, read at once from each tensor; None for other datasets."""
    while type(dataset) is Subset:  # a subclass may have items of its own
        dataset, indices = dataset.dataset, [dataset.indices[index] for index in indices]
    if type(dataset) is TensorDataset:
        return [tensor[list(indices)] for tensor in dataset.tensors]
    return None


def random_split(dataset, lengths, generator=None):
    """`Subset`s that do not overlap, of these numbers of items, which must sum to len(dataset).

    Numbers that sum to 1 are fractions of it; what they leave over goes to the first parts.

    >>> import tinygrad_cv as tg
    >>> [len(part) for part in tg.data.random_split(range(10), [7, 3])]
    [7, 3]
    """
    if math.isclose(sum(lengths), 1):
        whole = [int(len(dataset) * part) for part in lengths]
        left = len(dataset) - sum(whole)
        lengths = [n + (i < left) for i, n in enumerate(whole)]
    if sum(lengths) != len(dataset) or min(lengths) < 0:
        raise ValueError(f"random_split: lengths {lengths} must sum to {len(dataset)}")
    lengths = [integer("random_split", length, "every length") for length in lengths]
    order = iter(randperm(len(dataset), generator=generator).tolist())
    return [Subset(dataset, list(itertools.islice(order, length))) for length in lengths]
