"""All processors at work: the same function on different pieces, each in a thread of its own.

Python runs one thread at a time, but NumPy lets the others run while it works on a large array. So
threads pay where the pieces are arrays of many thousand numbers. Which thread gets which piece
never depends on timing: results are the same to the last bit from run to run.

NumPy leaves matrix products to a BLAS library, which divides each product among threads of its
own. But a convolution is more than its product: patches are copied before it, sums are added after
it. So each of our threads takes whole images through all steps, and BLAS keeps to one thread in the
meantime (`one_blas_thread`). OpenBLAS's own threads would also take the processors from ours for a
while after each product, because they wait for the next one in a busy loop.

Nothing is started or searched for before the first kernel that needs it.
"""

import contextlib
import math
import os
import threading
from queue import SimpleQueue

import numpy as np

from .memory import forget_buffers

ENOUGH = 1 << 16  # numbers; waking another thread for less than this costs more than it saves
MOST = 16         # threads; more would mostly wait for their turn in Python

_lock = threading.Lock()
_crew = None
_local = threading.local()


class Crew:
    """Our threads, and the BLAS libraries that keep to one thread while ours work."""

    def __init__(self):
        libraries = find_blas()
        numbers = [library.get_num_threads() for library in libraries]
        self.size = max(1, min([usable_processors(), MOST, *numbers]))
        libraries = [library for library, number in zip(libraries, numbers) if number > 1]
        self.process_wide = [library for library in libraries if is_process_wide(library)]
        self.thread_wide = [b for b in libraries if b not in self.process_wide]
        self.workers = [Worker(self.thread_wide) for _ in range(self.size - 1)]
        self.lock, self.inside, self.before = threading.Lock(), 0, []

    @contextlib.contextmanager
    def one_blas_thread(self):
        """Inside, BLAS uses one thread. Several threads may be inside: the last one out restores."""
        entered, own = False, []
        try:
            with self.lock:
                self.inside, entered = self.inside + 1, True
                if self.inside == 1:
                    self.before = limit(self.process_wide)
            own = limit(self.thread_wide)
            yield
        finally:
            restore(own)
            with self.lock:
                self.inside -= entered
                if not self.inside:
                    restore(self.before)


class Worker:
    """A thread that waits for orders until the program ends."""

    def __init__(self, thread_wide):
        self.orders, self.thread_wide = SimpleQueue(), thread_wide
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        np.seterr(all="ignore")  # in this thread alone: see arrays.quietly
        _local.is_worker = True
        while True:
            work, share, answers = self.orders.get()
            limit(self.thread_wide)
            try:
                work(share)
                answers.put(None)
            except BaseException as error:
                answers.put(error)
            del work, share, answers  # they would keep arrays alive


def crew():
    """The Crew, made when it is first needed."""
    global _crew
    if _crew is None:
        with _lock:
            _crew = _crew or Crew()
    return _crew


def _in_forked_child():
    """A forked process has no threads but its first."""
    global _crew, _lock
    if _crew is not None and _crew.inside:
        restore(_crew.before)
    _crew, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)


# Dividing the work


def in_parallel(function, pieces, elements):
    """function(piece) for every piece, on all processors if there are `elements` enough.

    Each thread has its share of the pieces; the first share is this thread's. An error in any
    thread is raised here.
    """

    def work(share):
        for piece in share:
            function(piece)

    hands = crew()
    with hands.one_blas_thread():
        is_nested = getattr(_local, "is_worker", False)
        if elements < ENOUGH or len(pieces) < 2 or hands.size < 2 or is_nested:
            return work(pieces)
        mine, *others = shares(pieces)
        answers = SimpleQueue()
        try:
            for worker, share in zip(hands.workers, others):
                worker.orders.put((work, share, answers))
            try:
                work(mine)
            finally:
                errors = [answers.get() for _ in others]
            for error in filter(None, errors):
                raise error
        except BaseException:
            forget_buffers()  # after an interruption somebody may still be writing into them
            raise


def shares(pieces):
    """The pieces, in their order, as equal lists: one for each thread."""
    return [pieces[share] for share in cut(len(pieces), crew().size)]


def portions(count, most):
    """range(count) cut into slices of at most `most`, nearly equal, as many for each thread."""
    size = crew().size
    number = size * math.ceil(count / (size * max(1, most)))
    return [part for part in cut(count, number) if part.start < part.stop]


def cut(count, parts):
    """range(count) in that many slices, nearly equal."""
    ends = [count * i // parts for i in range(parts + 1)] if parts else []
    return [slice(a, b) for a, b in zip(ends, ends[1:])]


# BLAS


def find_blas():
    """threadpoolctl's controllers of the BLAS libraries in this process."""
    was_set = "KMP_DUPLICATE_LIB_OK" in os.environ
    from threadpoolctl import ThreadpoolController

    if not was_set:  # threadpoolctl sets it on import, but the environment belongs to the user
        os.environ.pop("KMP_DUPLICATE_LIB_OK", None)
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    return [library for library in libraries if library.get_num_threads()]


def usable_processors():
    """How many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_process_wide(library):
    """Is the number of threads one for all (OpenBLAS), or does each thread have its own (MKL)?"""
    before, seen = limit([library]), []
    other = threading.Thread(target=lambda: seen.append(library.get_num_threads()))
    other.start()
    other.join()
    restore(before)
    return seen == [1]


def limit(libraries):
    """Let each library use one thread; returns [(library, number of threads before)]."""
    before = [(library, library.get_num_threads()) for library in libraries]
    restore([(library, 1) for library in libraries])
    return before


def restore(numbers):
    """Give each library of [(library, number)] that many threads."""
    for library, number in numbers:
        # From version 3.8 on, threadpoolctl lets only the first thread that asks change the number
        clear = getattr(library, "clear_controlling_thread", lambda force: None)
        clear(force=True)
        library.set_num_threads(number)
        clear(force=True)
