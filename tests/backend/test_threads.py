"""Work divided among threads: all of it, once, with the same result each time."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import FAST, Geometry, random, small_blocks, three_directions

from tinygrad_cv.backend import blas
from tinygrad_cv.backend.threads import buffer, in_parallel, portions, shares


@given(st.integers(0, 40), st.integers(0, 9))
def test_every_piece_once(count, most):
    with small_blocks():
        pieces = portions(count, most)
        assert [i for piece in pieces for i in range(count)[piece]] == list(range(count))
        assert all(1 <= piece.stop - piece.start <= max(1, most) for piece in pieces)
        assert sum(shares(pieces), []) == pieces and len(shares(pieces)) == 2
        seen = []
        in_parallel(seen.append, pieces, 100)
        assert sorted(seen, key=lambda piece: piece.start) == pieces


@pytest.mark.parametrize("wrong", [0, 3])  # this thread's, another's
def test_an_error_in_a_thread_is_raised(wrong):
    def work(piece):
        if piece == wrong:
            raise ValueError(f"piece {piece}")

    with small_blocks(), pytest.raises(ValueError, match=f"piece {wrong}"):
        in_parallel(work, range(4), 100)


@pytest.mark.parametrize("kernel, stride", [(4, 2), (3, 1), (5, 1)])
def test_the_same_bits_every_time(kernel, stride):
    geometry = Geometry((9, 20, 12, 12), (24, 20, kernel, kernel), ((stride,) * 2, (1, 1), (1, 1), 1))
    arrays = [random(k, shape, np.float32, "channels last") for k, shape in enumerate((*geometry[:2], geometry.y))]
    x, grad = random(5, (16, 8, 9, 9), np.float32), random(6, (16, 8, 9, 9), np.float32)

    def results():
        mean, var = FAST.batch_norm_stats(x)
        return *three_directions(FAST, *arrays, geometry), mean, var, *FAST.batch_norm_grad(grad, x, mean, var, var)

    with small_blocks():
        first = results()
        for _ in range(20):
            for once, again in zip(first, results()):
                np.testing.assert_array_equal(once, again)


def test_buffers_are_used_again_and_not_shared():
    one, other = buffer((3, 4), np.float32, "a test"), buffer((3, 4), np.float32, "another")
    assert not np.shares_memory(one, other) and one.shape == (3, 4)
    assert np.shares_memory(one, buffer((2, 5), np.float32, "a test"))
    assert buffer((3, 4), np.float64, "a test").dtype == np.float64


@pytest.mark.skipif(blas.threads() is None, reason="BLAS can't be asked")
def test_blas_gets_its_threads_back():
    before = blas.threads()
    with blas.one_thread():
        assert blas.threads() == 1
        with pytest.raises(ValueError), blas.one_thread():
            raise ValueError
        assert blas.threads() == 1
    assert blas.threads() == before


@given(*[st.integers(0, 9)] * 3, st.sampled_from(["float32", "float64", "int64"]))
def test_a_product_on_all_threads_is_the_product(n, k, m, dtype):
    a, b = (np.arange(p * q).reshape(p, q).astype(dtype) - 3 for p, q in ((n, k), (k, m)))
    with small_blocks():
        for left, right in ((a, b), (a, np.ascontiguousarray(b.T).T)):
            product = FAST.dot_without_spinning(left, right)
            assert product.dtype == a.dtype
            np.testing.assert_array_equal(product, a @ b)


@pytest.mark.skipif(blas.threads() is None, reason="BLAS can't be asked")
def test_threads_that_spin_get_no_work(monkeypatch):
    before, seen = blas.threads(), []
    try:
        blas._set(2)
        for spins in (True, False):
            monkeypatch.setattr(blas, "SPINS", spins)
            in_parallel(lambda piece: seen.append(blas.threads()), range(1), 1)
            with blas.no_spinning():
                seen.append(blas.threads())
    finally:
        blas._set(before)
    assert seen == [1, 1, 2, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_has_threads_of_its_own():
    program = """
import os, warnings
import numpy as np
from tinygrad_cv.backend import threads
warnings.simplefilter("ignore")  # Python 3.12 warns of forking where there are threads
threads.PROCESSORS = 2
work = lambda: threads.in_parallel(lambda piece: None, range(4), threads.ENOUGH)
work()
child = os.fork()
work()
if not child:
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
