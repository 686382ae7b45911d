"""Which library and device an array belongs to, and how arrays move; a CuPy that is no CuPy."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strict_array import StrictArray

import tinygrad_cv as tg
from tinygrad_cv.arrays import (
    as_array, device_of, find_library, is_array, namespace, on_host, quietly, to_numpy,
)

permutations = st.permutations(range(4))


# Devices


def test_a_device_has_a_type_and_an_index():
    assert (tg.device("cuda:1").type, tg.device("cuda:1").index) == ("cuda", 1)
    assert (tg.device("cpu").index, tg.device("cuda").index) == (None, 0)
    assert tg.device("cuda") == tg.device("cuda:0") == tg.device(tg.device("cuda"))
    assert tg.device("cuda") != tg.device("cuda:1") and tg.device("cpu") != "cpu"
    assert len({tg.device("cuda"), tg.device("cuda:0"), tg.device("cpu")}) == 2
    assert "%r" % tg.device("cuda:1") == "device(type='cuda', index=1)"


@pytest.mark.parametrize("name", ["", "cuda:x", "cu da", 3, "cuda:-1"])
def test_a_name_that_is_no_device_is_refused(name):
    with pytest.raises(RuntimeError, match="device: expected a name"):
        tg.device(name)


def test_an_unknown_device_is_refused():
    with pytest.raises(RuntimeError, match=r"'tpu:0' is not known; the devices are .*cpu, cuda"):
        tg.zeros(1, device="tpu")


def test_an_array_knows_where_it_is():
    here, there = np.zeros(3), as_array(np.ones(1), "strict")
    assert namespace(here) is np and namespace(there) is find_library("strict").xp
    assert str(device_of(here)) == "cpu" and str(device_of(there)) == "strict:0"
    assert on_host(here) and not on_host(there)
    assert is_array(here) and is_array(there) and not is_array([1.0]) and not is_array(None)


def test_the_default_device():
    before = tg.zeros(1).device
    tg.set_default_device("strict")
    try:
        assert isinstance(tg.zeros(2).array, StrictArray) and tg.tensor(1.0).device.type == "strict"
        assert tg.zeros(2, device="cpu").device.type == "cpu"
    finally:
        tg.set_default_device(before)
    with pytest.raises(RuntimeError, match="not known"):
        tg.set_default_device("tpu")
    assert tg.zeros(1).device == before


# Moving


@given(permutations)
def test_arrays_keep_their_storage_order_on_the_way_there_and_back(axes):
    x = np.arange(120.0).reshape(2, 3, 4, 5).transpose(axes)
    there = as_array(x, "strict")
    back = to_numpy(there)
    assert there.shape == back.shape == x.shape and there.strides == back.strides == x.strides
    np.testing.assert_array_equal(back, x)
    assert not np.shares_memory(back, x)


def test_an_array_that_is_there_is_not_copied():
    x = np.arange(3)
    there = as_array(x, "strict")
    assert as_array(x, "cpu") is x and as_array(there, "strict") is there


# Silence


def test_no_warning_reaches_the_user_and_no_setting_of_numpy_is_changed():
    x = tg.tensor([0.0, -1.0], device="cpu")
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        before = np.geterr()
        (1 / x), x.log(), x.sqrt(), (x / 0 - x / 0)
        assert np.geterr() == before
        with pytest.raises(RuntimeWarning):
            np.log(x.numpy())
    with np.errstate(all="raise"):
        x.log()
        with pytest.raises(FloatingPointError):
            np.log(x.numpy())


def test_quietly_can_be_nested_and_survives_an_error():
    def inner():
        return quietly(np.log, np.zeros(1)), np.log(np.zeros(1))

    quietly(inner)
    with pytest.raises(ZeroDivisionError):
        quietly(lambda: quietly(lambda: 1 / 0))
    quietly(inner)  # the error has left the quiet context


# A CuPy that can't be used


@pytest.mark.parametrize("stray", [
    "",  # a module of that name
    "raise ImportError('libcuda.so.1: cannot open shared object file')",
    "def is_available(): raise RuntimeError('the driver is too old')",
    None,  # a folder of that name
])
def test_a_strange_cupy_is_no_gpu(tmp_path, stray):
    if stray is None:
        (tmp_path / "cupy").mkdir()
    else:
        (tmp_path / "cupy.py").write_text(stray, encoding="ascii")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import tinygrad_cv as tg\n"
        "assert tg.cuda.is_available() is False\n"
        "try: tg.zeros(1, device='cuda')\n"
        "except RuntimeError as error: assert 'needs CuPy and a CUDA GPU' in str(error)\n"
        "else: raise SystemExit('no error')"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
