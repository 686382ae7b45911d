"""Samplers: the order in which a DataLoader takes items. Here any iterable of indices is one."""

from ..creation import as_tensor, randint, randperm
from .functions import multinomial


class Sampler:
    """The base class. A subclass defines `__iter__`, and `__len__` if it knows its length."""

    def __init__(self, data_source=None): self.data_source = data_source


class SequentialSampler(Sampler):
    """0, 1, 2, ..., as many as there are items."""

    def __len__(self): return len(self.data_source)
    def __iter__(self): return iter(range(len(self)))


class _Drawn(Sampler):
    """`num_samples` indices; a subclass draws them."""

    def __len__(self): return self.num_samples
    def __iter__(self): return iter(self.draw())


class RandomSampler(_Drawn):
    """Every item once, in random order; or num_samples of them, with replacement if wanted."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self.num_samples = len(data_source) if num_samples is None else num_samples

    def draw(self):
        count, order = len(self.data_source), []
        if self.replacement:
            return randint(count, (self.num_samples,), generator=self.generator).tolist()
        while count and len(order) < self.num_samples:  # more samples than items: again
            order += randperm(count, generator=self.generator).tolist()
        return order[: self.num_samples]


class SubsetRandomSampler(_Drawn):
    """The given indices in random order."""

    def __init__(self, indices, generator=None):
        self.indices, self.generator, self.num_samples = indices, generator, len(indices)

    def draw(self):
        order = randperm(self.num_samples, generator=self.generator)
        return [self.indices[i] for i in order.tolist()]


class WeightedRandomSampler(_Drawn):
    """num_samples indices, each drawn with a probability in proportion to its weight."""

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        self.weights, self.options = as_tensor(weights).double(), (num_samples, replacement)
        self.num_samples, self.generator = num_samples, generator

    def draw(self):
        return multinomial(self.weights, *self.options, generator=self.generator).tolist()


class BatchSampler(Sampler):
    """The indices of another sampler in lists of `batch_size`."""

    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        return (len(self.sampler) + (not self.drop_last) * (self.batch_size - 1)) // self.batch_size

    def __iter__(self):
        order, size = list(self.sampler), self.batch_size
        return (order[i * size : (i + 1) * size] for i in range(len(self)))
