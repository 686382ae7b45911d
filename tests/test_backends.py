"""TF32's switches, by all of their names; a CuPy that is none."""

import subprocess
import sys

import pytest

import tinygrad_cv as tg
from tinygrad_cv import backend
from tinygrad_cv.backend.base import Backend


@pytest.fixture(autouse=True)
def as_before():
    before = dict(backend.tf32)
    yield
    tg.set_float32_matmul_precision("highest")
    for products, allowed in before.items():
        backend.set_tf32(products, allowed)


def state(T):
    return T.get_float32_matmul_precision(), T.backends.cuda.matmul.allow_tf32, T.backends.cudnn.allow_tf32


def test_the_defaults_are_pytorch_s():
    """In a process of its own: the tests' settings differ."""
    program = (
        "import tinygrad_cv as T; assert T.get_float32_matmul_precision() == 'highest'\n"
        "assert (T.backends.cuda.matmul.allow_tf32, T.backends.cudnn.allow_tf32) == (False, True)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parity
def test_the_switches_move_as_pytorch_s():
    torch = pytest.importorskip("torch")
    before = torch.get_float32_matmul_precision()
    try:
        for T in tg, torch:
            T.backends.cudnn.allow_tf32 = True
        for precision in "high", "medium", "highest":
            for T in tg, torch:
                T.set_float32_matmul_precision(precision)
            assert state(tg) == state(torch)
        for T in tg, torch:
            with pytest.raises(RuntimeError, match="expected a str|expects a str"):
                T.set_float32_matmul_precision(3)
            with pytest.raises(RuntimeError, match="a bool"):
                T.backends.cuda.matmul.allow_tf32 = 1
            with pytest.raises(RuntimeError, match="a bool"):
                T.backends.cudnn.allow_tf32 = "yes"
            with pytest.raises(AttributeError):
                T.backends.cuda.matmul.allow_tf33 = True
            T.backends.cudnn.benchmark = T.backends.cudnn.deterministic = False
    finally:
        torch.set_float32_matmul_precision(before)


def test_one_switch_two_names():
    tg.backends.cuda.matmul.allow_tf32 = True
    assert tg.get_float32_matmul_precision() == "high"
    tg.backends.cuda.matmul.allow_tf32 = False
    assert tg.get_float32_matmul_precision() == "highest"
    with pytest.warns(UserWarning, match="low"):
        tg.set_float32_matmul_precision("low")
    assert tg.get_float32_matmul_precision() == "highest"


def test_backends_are_told(monkeypatch):
    told = []

    class Listening(Backend):
        def __init__(self):
            pass

        def use_tf32(self, convolution, matmul):
            told.append((convolution, matmul))

    monkeypatch.setitem(backend._backends, "listening", Listening())
    tg.backends.cudnn.allow_tf32 = True
    tg.set_float32_matmul_precision("medium")
    tg.backends.cudnn.allow_tf32 = False
    assert told == [(True, False), (True, True), (False, True)]


def test_without_effect_on_a_cpu():
    x = tg.full((4, 4), 1 + 2**-20)
    exactly = x @ x
    tg.set_float32_matmul_precision("high")
    assert tg.equal(x @ x, exactly)


@pytest.mark.parametrize(
    "stray",
    [
        "",  # a module of that name
        "raise ImportError('libcuda.so.1: cannot open shared object file')",
        "raise OSError('a broken library')",
        "def is_available(): raise RuntimeError('the driver is too old')",
        None,  # a folder of that name
    ],
)
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
