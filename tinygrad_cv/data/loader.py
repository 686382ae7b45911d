"""DataLoader: batches of a dataset, in random order, prepared ahead of time by worker threads.

The workers are threads, not processes: Pillow and NumPy release Python's lock while they compute,
so threads decode images in parallel, start at once and share the dataset's memory. Each of them
prepares at most two batches ahead, so memory stays bounded.

The same seed gives the same batches. Every epoch draws one number, its seed, from `generator` (or
from the library's default generator). The shuffled order follows from that seed, and whatever item
i draws (in its transforms, for example) follows from (seed, i). So it makes no difference how many
threads there are and which of them is first. For the same reason (seed, number of batches done) is
all that a checkpoint needs to continue in the middle of an epoch: see `state_dict`.
"""

import collections
import concurrent.futures
import itertools

import numpy as np

from ..checks import integer
from ..creation import from_numpy
from ..ops import stack
from ..random import Generator, default_generator, own_randomness
from ..tensor import Tensor
from .dataset import rows


MOST = 10**7  # indices: a sampler of no known length that gives more has probably no end


class DataLoader:
    """Iterate over a dataset in batches. Each pass is one epoch of `len(loader)` batches.

    `shuffle` draws a new order in every epoch. `sampler`, any iterable of indices, is another way
    to choose the items and their order. `batch_sampler`, an iterable of lists of indices, makes the
    batches, too. Each of them is read once, when an epoch begins. `drop_last` omits a last batch
    that is smaller. `num_workers` threads load ahead; with 0, a batch is loaded when it is asked
    for. `collate_fn` makes a batch of a list of items. `pin_memory`, `persistent_workers` and
    `prefetch_factor` have no effect. An error in the dataset reaches the caller with the index of
    the item. Leaving the loop early stops the threads.

    >>> import tinygrad_cv as tg
    >>> data = tg.data.TensorDataset(tg.arange(5))
    >>> [batch.tolist() for batch, in tg.data.DataLoader(data, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self, dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, *,
        num_workers=0, collate_fn=None, drop_last=False, generator=None, pin_memory=False,
        persistent_workers=False, prefetch_factor=None,
    ):
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise TypeError(f"DataLoader: {type(dataset).__name__} lacks __len__ or __getitem__")
        if not isinstance(generator, (Generator, type(None))):
            raise TypeError(f"DataLoader: {type(generator).__name__} is not a Generator")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: leave shuffle out; the sampler decides the order")
        given = batch_size != 1 or shuffle or drop_last or sampler is not None
        if batch_sampler is not None and given:
            raise ValueError("DataLoader: leave batch_size, shuffle, sampler and drop_last out; "
                             "the batch_sampler decides them")
        self.dataset, self.shuffle, self.drop_last = dataset, shuffle, drop_last
        self._sampler, self.batch_sampler = sampler, batch_sampler
        self.batch_size = integer("DataLoader", batch_size, "batch_size", least=1)
        self.num_workers = integer("DataLoader", num_workers, "num_workers", least=0)
        self.collate_fn, self.generator = collate_fn or default_collate, generator
        self._seed, self._done, self._order, self._resuming = None, 0, None, False

    @property
    def sampler(self):
        """The indices of an epoch, before `shuffle`."""
        return range(len(self.dataset)) if self._sampler is None else self._sampler

    def __len__(self):
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        extra = 0 if self.drop_last else self.batch_size - 1
        return (len(self.sampler) + extra) // self.batch_size

    def __iter__(self):
        if not self._resuming:
            source = self.generator or default_generator
            self._seed, self._done = int(source.numpy.integers(2**63)), 0
            self._order = self._sampled()
        self._resuming = False
        return self._epoch(self._seed, self._done, self._order)

    def _sampled(self):
        """The batches of indices of a new epoch, if a sampler gives them; else None."""
        def read(indices):
            if not hasattr(indices, "__len__"):
                indices = list(itertools.islice(indices, MOST + 1))
                if len(indices) > MOST:
                    raise ValueError("DataLoader: a sampler must end; this one seems to go on")
            return [integer("DataLoader", index, "an index of the sampler") for index in indices]

        if self.batch_sampler is not None:
            return [read(batch) for batch in self.batch_sampler]
        return None if self._sampler is None else self._batches(read(self._sampler))

    def _batches(self, order):
        """`order`, cut into batches."""
        stop = len(order) // self.batch_size * self.batch_size if self.drop_last else len(order)
        return [order[start : start + self.batch_size] for start in range(0, stop, self.batch_size)]

    def _epoch(self, seed, done, order):
        if order is not None:
            batches = order
        elif self.shuffle:
            permutation = np.random.default_rng(seed).permutation(len(self.dataset))
            batches = self._batches(permutation.tolist())
        else:
            batches = self._batches(range(len(self.dataset)))
        if self.num_workers:
            loaded = self._load_ahead(seed, batches[done:])
        else:
            loaded = (self._batch(seed, indices) for indices in batches[done:])
        for batch in loaded:
            done += 1
            self._seed, self._done, self._order = seed, done, order
            yield batch
        self._seed, self._done, self._order = None, 0, None

    def _load_ahead(self, seed, batches):
        """The batches in their order, prepared by a pool of threads."""
        pool = concurrent.futures.ThreadPoolExecutor(self.num_workers, "DataLoader")
        rest, pending = iter(batches), collections.deque()

        def submit(count):
            for indices in itertools.islice(rest, count):
                pending.append(pool.submit(self._batch, seed, indices))

        try:
            submit(2 * self.num_workers)
            while pending:
                batch = pending.popleft().result()
                submit(1)
                yield batch
        finally:  # also when the caller leaves the loop, or an item fails
            pool.shutdown(wait=True, cancel_futures=True)

    def _batch(self, seed, indices):
        """One batch. What an item draws follows from (seed, index), whichever thread loads it."""
        if self.collate_fn is default_collate and (batch := rows(self.dataset, indices)):
            return batch
        items = []
        for index in indices:
            try:
                with own_randomness(seed, index % 2**32):  # -1 is an index, too
                    items.append(self.dataset[index])
            except Exception as error:
                where = f"DataLoader: item {index} of {type(self.dataset).__name__}: "
                raise with_prefix(error, where) from error
        with own_randomness(seed, indices[0] % 2**32, 1):  # for the batch as a whole
            return self.collate_fn(items)

    def state_dict(self):
        """The position: the epoch's seed and the number of batches that were handed out.

        The order that a sampler gave is saved, too: asked again, it may give another. After
        `break` it is still the position of the break, until the next epoch begins.
        """
        generator = self.generator and self.generator.get_state()
        return {"seed": self._seed, "done": self._done, "order": self._order,
                "length": len(self.dataset), "batch_size": self.batch_size, "generator": generator}

    def load_state_dict(self, state):
        """Make the next pass the rest of the epoch that was saved.

        Saved between two epochs, the next pass is a new epoch, of a dataset of any size. Saved
        within an epoch, ValueError unless dataset and batches have the same size as then.
        """
        if not isinstance(state, dict) or "seed" not in state:
            raise ValueError("DataLoader: this is not a state_dict of a DataLoader")
        for name, value in ("length", len(self.dataset)), ("batch_size", self.batch_size):
            if state["seed"] is not None and state[name] != value:
                raise ValueError(
                    f"DataLoader: saved within an epoch with {name} {state[name]}, which must not "
                    f"change to {value} before the next epoch"
                )
        self._seed, self._done, self._order = state["seed"], state["done"], state.get("order")
        self._resuming = self._seed is not None
        if self.generator is not None and state["generator"] is not None:
            self.generator.set_state(state["generator"])


def with_prefix(error, prefix):
    """The error with a longer message; a RuntimeError if its class can't be made of a message."""
    try:
        return type(error)(f"{prefix}{error}")
    except TypeError:
        return RuntimeError(f"{prefix}{type(error).__name__}: {error}")


def default_collate(items):
    """A batch of a list of items, which must all have the same structure.

    Tensors, arrays and numbers are stacked along a new first dimension; strings stay a list.
    Tuples and lists (a, b) become [batch of a, batch of b], dictionaries a dictionary of batches.
    """
    kinds = (Tensor, np.ndarray, (bool, int, float, np.generic), str, dict, (tuple, list))
    kind = next((kind for kind in kinds if isinstance(items[0], kind)), ())
    if not all(isinstance(item, kind) for item in items):
        types = " and ".join(dict.fromkeys(type(item).__name__ for item in items))
        raise TypeError(
            f"DataLoader: can't make a batch of {types} items; they must all be tensors, arrays, "
            "numbers or strings, or tuples or dictionaries of these (images: use ToTensor())"
        )
    if kind is str:
        return items
    if kind is dict:
        if len({frozenset(item) for item in items}) > 1:
            raise RuntimeError("DataLoader: the items of a batch are dicts with different keys")
        return {key: default_collate([item[key] for item in items]) for key in items[0]}
    sizes = {len(x) if kind == (tuple, list) else getattr(x, "shape", ()) for x in items}
    if len(sizes) > 1:
        raise RuntimeError(
            f"DataLoader: can't stack items of sizes {sorted(sizes)}; make them equal, e.g. with "
            "Resize(64) and CenterCrop(64), or pass a collate_fn"
        )
    if kind == (tuple, list):
        columns = [default_collate(list(column)) for column in zip(*items)]
        is_named = hasattr(items[0], "_fields")  # a namedtuple
        return type(items[0])(*columns) if is_named else columns
    if kind is Tensor:
        return stack(items)
    try:
        return from_numpy(np.stack(items))
    except TypeError as error:
        raise TypeError(f"DataLoader: can't make a batch of these items: {error}") from None
