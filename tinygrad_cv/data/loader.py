"""DataLoader: batches of a dataset, in random order, prepared ahead of time by worker threads.

The workers are threads, not processes: Pillow and NumPy release Python's lock while they compute,
so threads decode images in parallel, start at once and share the dataset's memory. At most
`num_workers * prefetch_factor` batches are prepared ahead, so memory stays bounded.

The same seed gives the same batches. Every epoch draws one number, its seed, from `generator` (or
from the library's default generator). The order of the items follows from that seed, and whatever
item i draws (in its transforms, for example) follows from (seed, i). So it makes no difference how
many threads there are and which of them is first. For the same reason (seed, number of batches
done) is all that a checkpoint needs to continue in the middle of an epoch: see `state_dict`.
"""

import collections
import concurrent.futures
import itertools
import threading

import numpy as np

from ..checks import integer, unsupported
from ..creation import from_numpy
from ..ops import stack
from ..random import Generator, default_generator, own_randomness
from ..tensor import Tensor


class DataLoader:
    """Iterate over a dataset in batches. Each pass is one epoch of `len(loader)` batches.

    `shuffle` draws a new order in every epoch. `drop_last` omits a last batch that is smaller.
    `num_workers` threads load ahead; with 0, a batch is loaded when it is asked for. `collate_fn`
    makes a batch of a list of items (default: `default_collate`). `pin_memory` and
    `persistent_workers` have no effect. An error in the dataset reaches the caller with the index
    of the item. Leaving the loop early stops the threads.

    >>> import tinygrad_cv as tg
    >>> data = tg.data.TensorDataset(tg.arange(5))
    >>> [batch.tolist() for batch, in tg.data.DataLoader(data, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self, dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, num_workers=0,
        collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
        multiprocessing_context=None, generator=None, *, prefetch_factor=None,
        persistent_workers=False,
    ):
        unsupported(
            "DataLoader", sampler=sampler, batch_sampler=batch_sampler, timeout=timeout or None,
            worker_init_fn=worker_init_fn, multiprocessing_context=multiprocessing_context,
        )
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise TypeError(f"DataLoader: {type(dataset).__name__} lacks __len__ or __getitem__")
        if not isinstance(generator, (Generator, type(None))):
            raise TypeError(f"DataLoader: {type(generator).__name__} is not a Generator")
        self.dataset, self.shuffle, self.drop_last = dataset, shuffle, drop_last
        self.batch_size = integer("DataLoader", batch_size, "batch_size", least=1)
        self.num_workers = integer("DataLoader", num_workers, "num_workers", least=0)
        prefetch_factor = 2 if prefetch_factor is None else prefetch_factor
        self.prefetch_factor = integer("DataLoader", prefetch_factor, "prefetch_factor", least=1)
        self.collate_fn, self.generator = collate_fn or default_collate, generator
        whole_batches = getattr(dataset, "can_gather", False)
        self.gathers = whole_batches and self.collate_fn is default_collate
        self._seed, self._done, self._resuming = None, 0, False

    def __len__(self):
        extra = 0 if self.drop_last else self.batch_size - 1
        return (len(self.dataset) + extra) // self.batch_size

    def __iter__(self):
        if not self._resuming:
            source = self.generator or default_generator
            self._seed, self._done = int(source.numpy.integers(2**63)), 0
        self._resuming = False
        return self._epoch(self._seed, self._done)

    def _epoch(self, seed, done):
        order = range(len(self.dataset))
        if self.shuffle:
            order = np.random.default_rng(seed).permutation(len(order)).tolist()
        starts = [k * self.batch_size for k in range(done, len(self))]
        batches = [order[start : start + self.batch_size] for start in starts]
        for batch in (self._load_ahead if self.num_workers else self._load)(seed, batches):
            done += 1
            self._seed, self._done = seed, done
            yield batch
        self._seed, self._done = None, 0

    def _load(self, seed, batches):
        for indices in batches:
            yield self._batch(seed, indices, threading.Event())

    def _load_ahead(self, seed, batches):
        """The same batches in the same order, prepared by a pool of threads."""
        pool = concurrent.futures.ThreadPoolExecutor(self.num_workers, "DataLoader")
        stopped = threading.Event()
        rest, pending = iter(batches), collections.deque()

        def submit(count):
            for indices in itertools.islice(rest, count):
                pending.append(pool.submit(self._batch, seed, indices, stopped))

        try:
            submit(self.num_workers * self.prefetch_factor)
            while pending:
                batch = pending.popleft().result()
                submit(1)
                yield batch
        finally:  # also when the caller leaves the loop, or an item fails
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _batch(self, seed, indices, stopped):
        """One batch. What an item draws follows from (seed, index), whichever thread loads it."""
        if not self.gathers:
            items = []
            for index in indices:
                if stopped.is_set():
                    return None
                try:
                    with own_randomness(seed, index):
                        items.append(self.dataset[index])
                except Exception as error:
                    where = f"DataLoader: item {index} of {type(self.dataset).__name__}: "
                    raise with_prefix(error, where) from error
        with own_randomness(seed, indices[0], 1):  # for the batch as a whole
            return self.dataset.gather(list(indices)) if self.gathers else self.collate_fn(items)

    def state_dict(self):
        """The position: the epoch's seed and the number of batches that were handed out.

        After `break` it is still the position of the break, until the next epoch begins.
        """
        generator = self.generator and self.generator.get_state()
        return {"seed": self._seed, "done": self._done, "length": len(self.dataset),
                "batch_size": self.batch_size, "generator": generator}

    def load_state_dict(self, state):
        """Make the next pass the rest of the epoch that was saved.

        Saved between two epochs, the next pass is a new epoch, of a dataset of any size. Saved
        within an epoch, ValueError unless dataset and batches have the same size as then.
        """
        for name, value in ("length", len(self.dataset)), ("batch_size", self.batch_size):
            if state["seed"] is not None and state[name] != value:
                raise ValueError(
                    f"DataLoader: the state was saved within an epoch with {name} {state[name]}, "
                    f"this loader has {value}; they must be equal for the epoch to continue"
                )
        self._seed, self._done = state["seed"], state["done"]
        self._resuming = self._seed is not None
        if self.generator is not None and state["generator"] is not None:
            self.generator.set_state(state["generator"])


def with_prefix(error, prefix):
    """The error with a longer message; a RuntimeError if its class can't hold one."""
    if not isinstance(error, StopIteration):  # it would silently end the caller's loop
        new = type(error).__new__(type(error))
        new.__dict__.update(vars(error))
        new.args = (f"{prefix}{error}",)
        if prefix in str(new):
            return new
    return RuntimeError(f"{prefix}{type(error).__name__}: {error}")


KINDS = (Tensor, np.ndarray, (bool, int, float, np.generic), (str, bytes), dict, (tuple, list))


def default_collate(items):
    """A batch of a list of items, which must all have the same structure.

    Tensors, arrays and numbers are stacked along a new first dimension; strings stay a list.
    Tuples and lists (a, b) become [batch of a, batch of b], dictionaries a dictionary of batches.
    """
    first = items[0]
    kind = next((kind for kind in KINDS if isinstance(first, kind)), ())
    if not all(isinstance(item, kind) for item in items):
        types = " and ".join(dict.fromkeys(type(item).__name__ for item in items))
        raise TypeError(
            f"DataLoader: can't make a batch of {types} items; they must all be tensors, arrays, "
            "numbers or strings, or tuples or dictionaries of these (images: use ToTensor())"
        )
    if isinstance(first, (Tensor, np.ndarray)):
        shapes = sorted({item.shape for item in items})
        if len(shapes) > 1:
            raise RuntimeError(
                f"DataLoader: can't stack items of shapes {shapes}; make them equal, e.g. with "
                "Resize(64) and CenterCrop(64), or pass a collate_fn"
            )
        return stack([item if isinstance(item, Tensor) else _as_tensor(item) for item in items])
    if isinstance(first, (bool, int, float, np.generic)):
        return _as_tensor(np.array(items))
    if isinstance(first, (str, bytes)):
        return items
    if isinstance(first, dict):
        return {key: default_collate([item[key] for item in items]) for key in first}
    lengths = sorted(set(map(len, items)))
    if len(lengths) > 1:
        raise RuntimeError(f"DataLoader: can't stack items of lengths {lengths}")
    columns = [default_collate(list(column)) for column in zip(*items)]
    return type(first)(*columns) if hasattr(first, "_fields") else columns  # a namedtuple


def _as_tensor(array):
    try:
        return from_numpy(array)
    except TypeError as error:
        raise TypeError(f"DataLoader: can't make a batch of these items: {error}") from None
