"""Samplers: the order in which a DataLoader takes items. Here any iterable of indices is one."""

import numpy as np

from ..checks import integer
from ..creation import as_tensor, randint, randperm
from ..random import default_generator


class Sampler:
    """The base class. A subclass defines `__iter__`, and `__len__` if it knows its length."""

    def __init__(self, data_source=None):
        pass


class SequentialSampler(Sampler):
    """0, 1, 2, ..., as many as there are items."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __len__(self):
        return len(self.data_source)

    def __iter__(self):
        return iter(range(len(self.data_source)))


class RandomSampler(Sampler):
    """Every item once, in random order; or num_samples of them, with replacement if wanted."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self.num_samples = len(data_source) if num_samples is None else num_samples
        integer("RandomSampler", self.num_samples, "num_samples", least=0)

    def __len__(self):
        return self.num_samples

    def __iter__(self):
        count, generator = len(self.data_source), self.generator
        if self.replacement:
            yield from randint(count, (self.num_samples,), generator=generator).tolist()
            return
        rounds = -(-self.num_samples // count) if count else 0  # more samples than items: again
        order = [i for _ in range(rounds) for i in randperm(count, generator=generator).tolist()]
        yield from order[: self.num_samples]


class SubsetRandomSampler(Sampler):
    """The given indices in random order."""

    def __init__(self, indices, generator=None):
        self.indices, self.generator = indices, generator

    def __len__(self):
        return len(self.indices)

    def __iter__(self):
        order = randperm(len(self.indices), generator=self.generator).tolist()
        return (self.indices[i] for i in order)


class WeightedRandomSampler(Sampler):
    """num_samples indices, each drawn with a probability in proportion to its weight."""

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        self.weights = as_tensor(weights).double()
        self.num_samples = integer("WeightedRandomSampler", num_samples, "num_samples", least=1)
        self.replacement, self.generator = replacement, generator or default_generator
        if not self.weights.sum() > 0 or self.weights.min() < 0:
            raise ValueError("WeightedRandomSampler: weights must be >= 0 and not all of them 0")
        if not replacement and num_samples > int((self.weights > 0).sum()):
            raise ValueError(f"WeightedRandomSampler: fewer than {num_samples} positive weights")

    def __len__(self):
        return self.num_samples

    def __iter__(self):
        share = np.asarray((self.weights / self.weights.sum()).tolist())
        draw = self.generator.numpy.choice
        return iter(draw(len(share), self.num_samples, self.replacement, share).tolist())


class BatchSampler(Sampler):
    """The indices of another sampler in lists of `batch_size`."""

    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.drop_last = sampler, drop_last
        self.batch_size = integer("BatchSampler", batch_size, "batch_size", least=1)

    def __len__(self):
        return (len(self.sampler) + (not self.drop_last) * (self.batch_size - 1)) // self.batch_size

    def __iter__(self):
        batch = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch
