"""All processors at work: the same function on different pieces of the work, each in a thread.

Python runs one thread at a time, but NumPy lets the others run while it works on a large array
(it releases the interpreter's lock). So threads pay where the pieces are arrays of many thousand
numbers. Which piece goes to which processor, and in what order, never depends on timing: results
are the same to the last bit from run to run.
"""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import blas

ENOUGH = 1 << 16  # numbers; waking another thread for less than this costs more than it saves


def _processors():
    """As many as BLAS would use (so that its environment variables hold for us), or as we may run on."""
    if blas.threads():
        return blas.threads()
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


PROCESSORS = _processors()
_pool = None
_memory = threading.local()


def _new_pool():
    global _pool
    _pool = ThreadPoolExecutor(max(1, PROCESSORS - 1), initializer=np.seterr, initargs=("ignore",))  # see quiet.py


_new_pool()
if hasattr(os, "register_at_fork"):  # a forked process has no threads but its first
    os.register_at_fork(after_in_child=_new_pool)


def in_parallel(function, pieces, elements):
    """function(piece) for every piece, on all processors if there are `elements` enough.

    Each processor has its share of the pieces; the first share is this thread's.
    """

    def work(share):
        for piece in share:
            function(piece)

    if elements < ENOUGH or len(pieces) < 2 or PROCESSORS < 2:
        with blas.no_spinning():
            return work(pieces)
    mine, *others = shares(pieces)
    with blas.one_thread():
        started = [_pool.submit(work, share) for share in others]
        try:
            work(mine)
        finally:
            for other in started:
                other.result()


def shares(pieces):
    """The pieces, in their order, as equal lists: one for each processor."""
    return [pieces[share] for share in cut(len(pieces), PROCESSORS)]


def portions(count, most):
    """range(count) cut into slices of at most `most`, nearly equal, as many for every processor."""
    number = PROCESSORS * math.ceil(count / (PROCESSORS * max(1, most)))
    return [part for part in cut(count, number) if part.start < part.stop]


def cut(count, parts):
    """range(count) in so many slices, nearly equal."""
    ends = [count * i // parts for i in range(parts + 1)] if parts else []
    return [slice(a, b) for a, b in zip(ends, ends[1:])]


def buffer(shape, dtype, use):
    """Memory for one use, the same each time, of this thread. Fresh memory costs a page fault every 4 KB."""
    size, kept = math.prod(shape), _memory.__dict__
    if (use, dtype) not in kept or kept[use, dtype].size < size:
        kept[use, dtype] = np.empty(size, dtype)
    return kept[use, dtype][:size].reshape(shape)
