"""A dtype is one object, whatever it came from, and NumPy takes it for its own."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv.dtypes import ALL


@pytest.mark.parametrize("ours", ALL, ids=str)
def test_a_dtype_is_one_object_and_equals_numpys(ours):
    x, numpys = tg.ones(2, dtype=ours), np.dtype(ours.name)
    assert getattr(tg, ours.name) is ours and isinstance(ours, tg.dtype)
    for same in (x, tg.from_numpy(np.ones(2, numpys)), x.to(numpys.type), x.to(str(ours))):
        assert same.dtype is ours
    for copied in (copy.copy, copy.deepcopy, lambda dtype: pickle.loads(pickle.dumps(dtype))):
        assert copied(ours) is ours
    for equal in (numpys, numpys.type, ours.name):
        assert ours == equal and equal == ours and not ours != equal
    assert {ours: 1}[numpys] == {numpys: 1}[ours] == 1
    assert sum(ours == other for other in (*ALL, None, "one", 1, [ours])) == 1
    assert str(ours) == repr(ours) == numpys.name
    for name in ("kind", "itemsize", "name"):
        assert getattr(ours, name) == getattr(numpys, name)
    assert ours.is_floating_point is x.is_floating_point() is (numpys.kind == "f")


def test_numpy_takes_a_dtype():
    x = np.zeros(3, tg.float32)
    assert x.dtype == np.float32 and x.astype(tg.int8).dtype == np.int8
    assert np.asarray(tg.ones(2, device="cpu"), tg.float64).dtype == np.float64
    assert np.issubdtype(tg.float64, np.floating) and np.iinfo(tg.uint8).max == 255
    assert np.promote_types(tg.int8, np.uint8) == tg.int16


def test_what_computes_a_dtype_gives_one_of_these():
    x, y = tg.ones(2, dtype=tg.int8), tg.ones(2, dtype=tg.uint8)
    assert (x + y).dtype is tg.cat([x, y]).dtype is tg.int16 and (x * 0.5).dtype is tg.float32
    assert tg.get_default_dtype() is tg.float32
    with pytest.raises(TypeError, match="must be one of bool, uint8.* got dtype.'complex128'"):
        tg.Tensor(np.ones(2, complex)).dtype
