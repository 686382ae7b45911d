"""Infinities and NaN pass through without a word from NumPy, and NumPy's own settings stay as they were."""

import threading

import numpy as np
import pytest
from draws import to_tensor
from hypothesis import given, settings
from hypothesis import strategies as st
from operations import TABLE

import tinygrad_cv as tg
from tinygrad_cv.autograd.grad_mode import mode

EXTREMES = np.array([np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45, 0.0, -0.0])


def with_extremes(array, rng):
    """Half of the places of a floating array overwritten."""
    if array.dtype.kind == "f" and array.size:
        array = array.copy()
        places = rng.integers(0, array.size, (array.size + 1) // 2)
        array.reshape(-1)[places] = rng.choice(EXTREMES, len(places))
    return array


@pytest.mark.parametrize("row", [row for row in TABLE if row.name.split()[0] != "binary_cross_entropy"], ids=lambda r: r.name)
@settings(max_examples=max(3, settings().max_examples // 5))
@given(data=st.data())
def test_extremes_are_silent_in_both_directions(row, data):
    arrays, parameters = row.draw(lambda options: data.draw(st.sampled_from(options)))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    xs = [to_tensor(tg, with_extremes(a, rng), double=False) for a in arrays]
    with np.errstate(all="raise"):  # the most that a user can ask of NumPy
        for y in row.outputs(tg, xs, parameters):
            if y.requires_grad:
                leaves = [x for x in xs if x.requires_grad]
                grads = tg.autograd.grad(y, leaves, tg.ones_like(y), create_graph=True, allow_unused=True)
                for g in grads:
                    if g is not None and g.requires_grad:
                        g.backward(tg.ones_like(g), retain_graph=True)
    assert mode.enabled


def test_large_arrays_too_which_other_threads_work_on():
    x = tg.full((32, 3, 64, 64), float("inf"), requires_grad=True)
    w = tg.randn(4, 3, 4, 4)
    with np.errstate(all="raise"):
        y = tg.nn.functional.conv2d(x, w, stride=2, padding=1)
        tg.nn.functional.leaky_relu(y, 0.2).sum().backward()
    assert y.isnan().any()


def test_steps_and_creation_are_silent():
    p = tg.nn.Parameter(tg.full((3,), 1e30))
    with np.errstate(all="raise"):
        for optimizer in tg.optim.SGD, tg.optim.Adam, tg.optim.AdamW, tg.optim.RMSprop:
            p.grad = tg.tensor([1e30, float("inf"), 1e-45])
            optimizer([p], lr=1e20).step()
        assert tg.tensor([1e50, -1e50]).tolist() == [float("inf"), -float("inf")]
        assert tg.tensor(np.array([1e50]), dtype=tg.float32).isinf().all()
        assert tg.from_numpy(np.array([1e50])).float().isinf().all()


def test_numpy_s_settings_are_the_user_s():
    before = np.geterr()
    tg.tensor([1.0]) / tg.tensor([0.0])
    assert np.geterr() == before
    with pytest.warns(RuntimeWarning), np.errstate(all="warn"):
        np.float32(1) / np.zeros(1, np.float32)


def test_every_thread_has_its_own_context():
    """A context can't be entered by two threads at a time."""
    errors = []

    def work():
        try:
            for _ in range(2000):
                tg.ones(2) + 1
        except RuntimeError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
