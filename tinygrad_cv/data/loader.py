"""DataLoader: batches of a dataset, in a random order, made ahead of time by worker threads.

Threads, not processes: Pillow and NumPy let go of Python's lock while they work, so threads decode side by
side, start at once and share the dataset's memory. At most `num_workers * prefetch_factor` batches are under
way, so memory is bounded however slow the training step is.

One seed, one result: every epoch draws one number, its seed, from `generator` (or the library's default one).
The order of the epoch follows from that seed, and what item i draws (in its transforms, say) from (seed, i):
how many threads there are, and which is first, changes nothing. And (seed, number of batches done) is all
that a checkpoint needs to go on in the middle of an epoch: that is the loader's `state_dict()`.
"""
import collections
import concurrent.futures
import contextlib
import itertools
import threading

import numpy as np

from ..backend.random import Generator, default_generator, own_chance
from ..creation import from_numpy
from ..ops import stack
from ..tensor import Tensor


class DataLoader:
    """Iterate over a dataset in batches; each pass is one epoch and `len(loader)` its number of batches.

    `shuffle` draws a new order each epoch; `drop_last` leaves out a last batch that is smaller; `num_workers`
    threads load ahead (0: load when asked); `collate_fn` makes a batch of a list of items
    (`default_collate`). `pin_memory` and `persistent_workers` change nothing here. What the dataset raises
    reaches the caller with the item's index; leaving an epoch early ends its threads.

    >>> import tinygrad_cv as tg
    >>> data = tg.data.TensorDataset(tg.arange(5))
    >>> [batch.tolist() for batch, in tg.data.DataLoader(data, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, num_workers=0,
                 collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
                 multiprocessing_context=None, generator=None, *, prefetch_factor=None,
                 persistent_workers=False):
        unsupported = {"sampler": sampler, "batch_sampler": batch_sampler, "timeout": timeout or None,
                       "worker_init_fn": worker_init_fn, "multiprocessing_context": multiprocessing_context}
        for name, value in unsupported.items():
            if value is not None:
                raise NotImplementedError(f"DataLoader: {name} is not supported; workers are threads, and "
                                          "for an order of your own there is Subset(dataset, indices)")
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise TypeError("DataLoader: needs a dataset with __len__ and __getitem__, "
                            f"got {type(dataset).__name__}")
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"DataLoader: batch_size must be a positive integer, got {batch_size!r}")
        if not isinstance(num_workers, int) or num_workers < 0:
            raise ValueError(f"DataLoader: num_workers must be 0 or a positive integer, got {num_workers!r}")
        if prefetch_factor is not None and (num_workers == 0 or prefetch_factor < 1):
            raise ValueError(f"DataLoader: prefetch_factor must be positive, and needs num_workers > 0, "
                             f"got {prefetch_factor} and {num_workers}")
        if generator is not None and not isinstance(generator, Generator):
            raise TypeError(f"DataLoader: generator must be a Generator, got {type(generator).__name__}")
        if shuffle and len(dataset) == 0:
            raise ValueError("DataLoader: cannot shuffle an empty dataset")
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, batch_size, shuffle, drop_last
        self.num_workers, self.prefetch_factor = num_workers, prefetch_factor or 2
        self.collate_fn, self.generator = collate_fn or default_collate, generator
        self.gathers = self.collate_fn is default_collate and getattr(dataset, "can_gather", False)
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
        count = len(self.dataset)
        order = np.random.default_rng(seed).permutation(count).tolist() if self.shuffle else range(count)
        batches = [order[k * self.batch_size:(k + 1) * self.batch_size] for k in range(done, len(self))]
        load = self._load_ahead if self.num_workers else self._load
        for batch in load(seed, batches):
            done += 1
            self._seed, self._done = seed, done
            yield batch
        self._seed, self._done = None, 0

    def _load(self, seed, batches):
        for indices in batches:
            yield self._fetch(seed, indices, threading.Event())

    def _load_ahead(self, seed, batches):
        """The same batches in the same order, made by a pool of threads that is never far ahead."""
        pool = concurrent.futures.ThreadPoolExecutor(self.num_workers, "DataLoader")
        left = threading.Event()
        rest, under_way = iter(batches), collections.deque()

        def submit(count):
            for indices in itertools.islice(rest, count):
                under_way.append(pool.submit(self._fetch, seed, indices, left))

        try:
            submit(self.num_workers * self.prefetch_factor)
            while under_way:
                batch = under_way.popleft().result()
                submit(1)
                yield batch
        finally:                                    # also when the caller leaves the loop or an item fails
            left.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _fetch(self, seed, indices, left):
        """One batch; what its items draw follows from (seed, index), and what collate_fn draws likewise."""
        of_batch = own_chance(seed, indices[0], 1)
        if self.gathers:
            with of_batch:
                return self.dataset.gather(list(indices))
        items = []
        for index in indices:
            if left.is_set():
                return None
            try:
                with own_chance(seed, index):
                    items.append(self.dataset[index])
            except Exception as error:
                raise named(error, f"DataLoader: item {index} of {type(self.dataset).__name__}: ") from error
        with of_batch:
            return self.collate_fn(items)

    def state_dict(self):
        """Where the loader is: inside the loop, the batches handed out so far; after an epoch, its end.

        After `break` it is still the place of the break, until the next epoch begins.
        """
        return {"seed": self._seed, "done": self._done, "length": len(self.dataset),
                "batch_size": self.batch_size, "generator": self.generator and self.generator.get_state()}

    def load_state_dict(self, state):
        """Let the next epoch be the rest of the one that was under way. ValueError if the sizes differ."""
        for name, value in (("length", len(self.dataset)), ("batch_size", self.batch_size)):
            if state[name] != value:
                raise ValueError(f"DataLoader: the saved state has {name} {state[name]}, this one {value}; "
                                 "they must be the same for the epoch to go on")
        self._seed, self._done = state["seed"], state["done"]
        self._resuming = self._seed is not None
        if self.generator is not None and state["generator"] is not None:
            self.generator.set_state(state["generator"])


def named(error, prefix):
    """The same class of error with a longer message; a RuntimeError where the class has no place for one."""
    message = prefix + str(error)
    if not isinstance(error, StopIteration):                   # which would end the caller's loop in silence
        with contextlib.suppress(Exception):
            return type(error)(message)
        bare = type(error).__new__(type(error), message)       # its __init__ wants other arguments
        bare.__dict__.update(vars(error))
        if str(bare) == message:
            return bare
    return RuntimeError(f"{prefix}{type(error).__name__}: {error}")


KINDS = (Tensor, np.ndarray, (bool, int, float, np.generic), (str, bytes), dict, (tuple, list))


def default_collate(items):
    """A list of items as one batch, structure by structure.

    Tensors, arrays and numbers are stacked along a new first dimension, strings stay a list, (a, b) items
    give [batch of a, batch of b], dictionaries a dictionary. RuntimeError where shapes or lengths differ,
    KeyError where a key is missing, TypeError for other types or items of different kinds.
    """
    first = items[0]
    kind = next((kind for kind in KINDS if isinstance(first, kind)), ())
    if not all(isinstance(item, kind) for item in items):
        types = " and ".join(dict.fromkeys(type(item).__name__ for item in items))
        raise TypeError(f"DataLoader: cannot make a batch of {types} items; they must be all tensors, "
                        "arrays, numbers or strings, or tuples or dictionaries of them (images: ToTensor())")
    if isinstance(first, (Tensor, np.ndarray)):
        if any(item.shape != first.shape for item in items):
            shapes = sorted({item.shape for item in items})
            raise RuntimeError(f"DataLoader: cannot stack items of the shapes {shapes}; make them equal, as "
                               "by Resize(64) and CenterCrop(64), or give a collate_fn")
        return stack([item if isinstance(item, Tensor) else as_tensor(item) for item in items])
    if isinstance(first, (bool, int, float, np.generic)):
        return as_tensor(np.array(items))
    if isinstance(first, (str, bytes)):
        return items
    if isinstance(first, dict):
        for item in items:
            if missing := [key for key in first if key not in item]:
                raise KeyError(f"DataLoader: cannot stack items, as one has no {missing}, only {list(item)}")
        return {key: default_collate([item[key] for item in items]) for key in first}
    if any(len(item) != len(first) for item in items):
        raise RuntimeError(f"DataLoader: cannot stack items of lengths {sorted({len(i) for i in items})}")
    columns = [default_collate(list(column)) for column in zip(*items)]
    return type(first)(*columns) if hasattr(first, "_fields") else columns


def as_tensor(array):
    try:
        return from_numpy(array)
    except TypeError as error:
        raise TypeError(f"DataLoader: cannot make a batch of these items: {error}") from None
