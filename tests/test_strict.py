"""The strict stand-in itself: it must refuse what CuPy refuses, or it proves nothing."""

import inspect

import numpy as np
import pytest
import strict
from strict import strict_xp as xp
from strict_array import StrictArray, watch


@pytest.fixture
def x():
    return xp.asarray(np.arange(6.0, dtype=np.float32).reshape(2, 3))


@pytest.mark.parametrize("leak", [
    lambda x: np.asarray(x), lambda x: np.array([x, x]), lambda x: np.exp(x), lambda x: np.sum(x),
    lambda x: np.concatenate([x, x]), lambda x: np.ones(3) + x, lambda x: x + np.ones(3),
    lambda x: x * np.float64(2), lambda x: np.float64(2) * x, lambda x: x + [1.0, 2.0, 3.0],
    lambda x: xp.maximum(x, np.zeros(3)), lambda x: xp.where(x > 0, x, np.float32(0)),
    lambda x: xp.concatenate([x, np.ones((2, 3))]), lambda x: x[np.array([0, 1])],
    lambda x: x.__setitem__(0, np.ones(3)), lambda x: x.__iadd__(np.ones(3)),
    lambda x: xp.sum(x, where=x > 0), lambda x: x.max(initial=0.0), lambda x: range(6)[x.sum()],
])
def test_what_cupy_refuses_is_refused(x, leak):
    with pytest.raises(TypeError):
        leak(x)


def test_reductions_and_single_entries_stay_on_the_device(x):
    for value in (x.sum(), x.mean(), xp.max(x), x[1, 2], x.argmax(), xp.allclose(x, x)):
        assert isinstance(value, StrictArray) and value.shape == ()


def test_elementwise_results_are_c_ordered_and_views_are_not_copied(x):
    t = x.T
    assert not t.flags.c_contiguous and (t + 1).flags.c_contiguous and xp.exp(t).flags.c_contiguous
    assert xp.zeros_like(t).strides == t.strides
    x[0, 0] = 7.0
    assert t[0, 0].item() == 7.0


def test_empty_holds_garbage():
    assert np.isnan(xp.empty((2, 2), np.float32).get()).all()


def test_index_arrays_wrap_and_integers_do_not(x):
    rows = xp.asarray([2, -1, 5])
    np.testing.assert_array_equal(x[rows].get(), x.get()[[0, 1, 1]])
    np.testing.assert_array_equal(x[:, xp.asarray([4])].get(), x.get()[:, [1]])
    np.testing.assert_array_equal(xp.take(x, rows, axis=0).get(), x.get()[[0, 1, 1]])
    with pytest.raises(IndexError):
        x[2]


@pytest.mark.parametrize("wait", [
    float, bool, int, StrictArray.item, StrictArray.tolist, StrictArray.get,
    lambda s: xp.nonzero(s[None]), lambda s: s[s > 0],
])
def test_waiting_for_the_device_is_counted(x, wait):
    s = x.sum()
    with watch() as seen:
        x + x
    assert seen.synchronizations == 0 and seen.dtypes == {"float32"}
    with watch() as seen:
        wait(s)
    assert seen.synchronizations == 1 and seen.uploads == 0


def test_every_function_and_argument_exists_in_cupy():
    cupy = pytest.importorskip("cupy")
    for name in f"{strict.UFUNCS} {strict.CONSTANTS}".split():
        assert hasattr(cupy, name), name
    for name, arguments in strict.ARGUMENTS.items():
        parameters = inspect.signature(getattr(cupy, name)).parameters
        if not any(p.kind == p.VAR_KEYWORD for p in parameters.values()):
            assert arguments <= set(parameters), name
    others = "get item tolist astype copy fill reshape flatten clip"
    for name in f"{strict.METHODS} {others}".split():
        assert hasattr(cupy.ndarray, name), name
