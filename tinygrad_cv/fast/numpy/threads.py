"""All processors at work: the same function on different pieces, each in a thread of its own.

Python runs one thread at a time, but NumPy lets the others run while it works on a large array.
Which thread gets which piece never depends on timing: results are the same to the last bit.

NumPy leaves matrix products to a BLAS library, which divides each among threads of its own. But a
convolution also copies patches and adds up sums. So each of our threads takes whole images through
all steps, and BLAS keeps to one thread in the meantime. (OpenBLAS's threads also go on waiting in a
busy loop after a product, and take the processors from ours.) Nothing of this starts before the
first kernel that needs it.
"""

import contextlib
import math
import os
import threading
from queue import SimpleQueue

import numpy as np

from . import memory

ENOUGH = 1 << 16  # numbers; waking another thread for less than this costs more than it saves
MOST = 16         # threads; more would mostly wait for their turn in Python


class Crew:
    """Our threads, and the BLAS libraries that keep to one thread while ours work."""

    def __init__(self):
        found = find_blas()
        self.blas = [b for b in found if b.info().get("threading_layer") == "pthreads"]
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        # Where the number of BLAS's threads is not one for the whole process, it divides the work
        most = MOST if self.blas == found else 1
        self.size = min([count or 1, most, *(b.get_num_threads() for b in self.blas)])
        self.orders = [SimpleQueue() for _ in range(self.size - 1)]
        for orders in self.orders:
            threading.Thread(target=serve, args=(orders,), daemon=True).start()
        self.has_avx512 = any(b.info().get("architecture") == "SkylakeX" for b in found)
        self.lock, self.inside, self.before = threading.Lock(), 0, []

    @contextlib.contextmanager
    def one_blas_thread(self):
        """Inside, BLAS uses one thread. Several threads may be inside: the last out restores."""
        entered = False
        try:
            with self.lock:
                self.inside, entered = self.inside + 1, True
                if self.inside == 1:
                    self.before = [(b, b.get_num_threads()) for b in self.blas]
                    set_threads((b, 1) for b in self.blas)
            yield
        finally:
            with self.lock:
                self.inside -= entered
                if not self.inside:
                    set_threads(self.before)


_crew, _local = None, threading.local()


def crew():
    """The Crew, made when it is first needed."""
    global _crew
    with memory.lock:
        _crew = _crew or Crew()
    return _crew


def _in_forked_child():
    """A forked process has no threads but its first."""
    global _crew
    if _crew is not None and _crew.inside:
        set_threads(_crew.before)
    _crew, memory.lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)


def find_blas():
    """threadpoolctl's controllers of the BLAS libraries in this process."""
    was_set = "KMP_DUPLICATE_LIB_OK" in os.environ
    from threadpoolctl import ThreadpoolController

    if not was_set:  # threadpoolctl sets it on import, but the environment belongs to the user
        os.environ.pop("KMP_DUPLICATE_LIB_OK", None)
    return ThreadpoolController().select(user_api="blas").lib_controllers


def set_threads(numbers):
    """Give each library of (library, number) that many threads."""
    for library, number in numbers:
        # From version 3.8 on, threadpoolctl lets only the first thread that asks change the number
        clear = getattr(library, "clear_controlling_thread", lambda force: None)
        clear(force=True)
        library.set_num_threads(number)
        clear(force=True)


def serve(orders):
    """What one of our threads does until the program ends."""
    np.seterr(all="ignore")  # in this thread alone: see arrays.quietly
    _local.is_ours = True
    while True:
        work, share, answers = orders.get()
        try:
            answers.put(work(share))
        except BaseException as error:
            answers.put(error)
        del work, share, answers  # they would keep arrays alive


def in_parallel(function, pieces, elements):
    """function(piece) for every piece, on all processors if there are `elements` enough.

    Each thread has its share of the pieces; the first share is this thread's. An error in any
    thread is raised here.
    """

    def work(share):
        for piece in share:
            function(piece)

    hands, is_nested = crew(), getattr(_local, "is_ours", False)
    with hands.one_blas_thread():
        if elements < ENOUGH or len(pieces) < 2 or hands.size < 2 or is_nested:
            return work(pieces)
        (mine, *others), answers = shares(pieces), SimpleQueue()
        for orders, share in zip(hands.orders, others):
            orders.put((work, share, answers))
        try:
            work(mine)
        finally:
            errors = [answers.get() for _ in others]
        for error in filter(None, errors):
            raise error


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
