"""The threads of fast/numpy, and the memory that they use again."""

import multiprocessing
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tinygrad_cv.fast.numpy import memory, threads
from tinygrad_cv.ops.linalg import product


def blas_threads():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def two_blas_threads():
    """A known number: what an earlier test left behind must not be what is expected."""
    with threadpool_limits(2, "blas"):
        yield


def large_product():
    a = np.ones((300, 1000), np.float32)
    return product(a, a.T)[0, 0]


def test_blas_gets_its_threads_back():
    before = blas_threads()
    assert large_product() == 1000 and blas_threads() == before

    for elements in 1, 1 << 20:
        for pieces in [0, 1, 2], [1, 2, 0]:  # the first is this thread's, the last another's
            with pytest.raises(ZeroDivisionError):
                threads.in_parallel(lambda piece: 1 / piece, pieces, elements)
            assert blas_threads() == before


def test_several_users_at_once():
    before, results = blas_threads(), []

    def use():
        results.extend(large_product() for _ in range(20))

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert results == [1000] * 80 and blas_threads() == before


def in_child(queue):
    queue.put(float(large_product()))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    large_product()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=in_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == 1000
    child.join(60)
    assert child.exitcode == 0


# Memory


def address(x):
    return x.__array_interface__["data"][0]


@pytest.mark.parametrize("view", [
    lambda x: x[10:20].T, lambda x: np.lib.stride_tricks.as_strided(x, (5, 5)),
    lambda x: x.view(np.uint8)[:400].view(np.float32), lambda x: x.reshape(-1)[5:6],
    lambda x: np.broadcast_to(x, (2, *x.shape)), lambda x: np.asarray(memoryview(x)),
])  # fmt: skip
def test_memory_is_used_again_when_no_view_of_it_is_left(view):
    def new(): return memory.empty((500, 500), np.dtype(np.float32))

    x = new()
    x[:], place = 7, address(x)
    seen = view(x)
    del x
    for other in [new() for _ in range(5)]:
        other[:] = 0
    assert (seen == 7).all()
    del seen, other
    assert place in [address(x) for x in [new() for _ in range(6)]]


def test_what_is_kept_has_a_bound(monkeypatch):
    monkeypatch.setattr(memory, "RESULTS", memory._bytes + (3 << 20))
    alive = [memory.empty((1 << 18,), np.dtype(np.float32)) for _ in range(20)]  # 1 MB each
    assert len({address(x) for x in alive}) == 20 and memory._bytes <= memory.RESULTS
