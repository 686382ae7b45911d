"""What scripts for PyTorch find after `import tinygrad_cv.torch_names`, and not before."""

import subprocess
import sys

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn


@pytest.fixture(autouse=True, scope="module")
def torch_names():
    """The names, for the tests of this file only: tg.Tensor would be another for all others."""
    places = tg, tg.autograd, tg.cuda, nn, tg.utils, tg.optim.lr_scheduler, tg.Tensor
    before = [dict(vars(place)) for place in places]
    import tinygrad_cv.torch_names  # noqa: F401

    yield
    for place, names in zip(places, before):
        for name in vars(place).keys() - names.keys():
            delattr(place, name)
    tg.Tensor = before[0]["Tensor"]


def test_the_names_appear_only_when_they_are_asked_for():
    program = """
import sys, tinygrad_cv as tg
from tinygrad_cv import data, models, serialization
before = hasattr(tg, "FloatTensor"), "tinygrad_cv.torch_names" in sys.modules
import tinygrad_cv.torch_names
import tinygrad_cv.backends.cudnn as cudnn
from tinygrad_cv.autograd import Variable
from tinygrad_cv.utils.data import DataLoader
cudnn.benchmark = True
print(before, tg.FloatTensor(2, 1).shape, DataLoader is tg.data.DataLoader, cudnn.benchmark)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "(False, False) (2, 1) True True\n", done.stderr


def test_tensors_by_their_old_classes():
    ones = tg.FloatTensor(4, 1).fill_(1.0)
    assert ones.shape == (4, 1) and ones.dtype == tg.float32 and ones.tolist() == [[1.0]] * 4
    z = tg.autograd.Variable(tg.FloatTensor(np.random.default_rng(0).normal(0, 1, (3, 5))))
    assert z.dtype == tg.float32 and not z.requires_grad
    labels = tg.LongTensor(np.array([1, 2]))
    assert labels.dtype == tg.int64 and tg.ByteTensor([255]).dtype == tg.uint8
    assert tg.BoolTensor([True]).dtype == tg.bool
    assert isinstance(ones, tg.FloatTensor) and isinstance(ones, (tg.LongTensor, tg.FloatTensor))
    assert not isinstance(labels, tg.FloatTensor) and not isinstance(1, tg.LongTensor)
    assert not isinstance(ones, tg.cuda.FloatTensor)
    with pytest.raises(TypeError, match="FloatTensor: expected sizes, or one list"):
        tg.FloatTensor([1.0], [2.0])


def test_a_tensor_is_converted_by_its_type():
    labels = tg.tensor([1, 2], device="cpu")
    assert labels.type() == "torch.LongTensor" and labels.type(tg.FloatTensor).dtype == tg.float32
    assert labels.type(tg.float64).type() == "torch.DoubleTensor"
    assert labels.type("torch.ByteTensor").dtype == tg.uint8
    assert tg.zeros(2, dtype=tg.FloatTensor).dtype == tg.float32


def test_variable_starts_a_new_graph():
    x = tg.ones(2, requires_grad=True)
    y = tg.autograd.Variable(x * 2, requires_grad=True)
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3, 3] and x.grad is None
    with pytest.raises(TypeError, match="Variable: data must be a Tensor"):
        tg.Variable([1.0])


def test_the_class_tensor_makes_tensors():
    x = tg.Tensor(2, 3, 1, 4)
    assert x.shape == (2, 3, 1, 4) and x.dtype == tg.float32 and not x.requires_grad
    assert tg.Tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert tg.Tensor(np.ones(3)).dtype == tg.float32
    assert tg.Tensor(3).shape == (3,) and tg.Tensor().shape == (0,)
    assert isinstance(x, tg.Tensor) and isinstance(tg.zeros(1, dtype=tg.int64), tg.Tensor)
    assert not isinstance(np.ones(1), tg.Tensor) and tg.Tensor.add(x, 1).sum().item() == 24
    for wrong in ((2.5, 3), ("text",), (-1,), ([1.0], [2.0]), ({},), ([[1, 2], [3]],)):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            tg.Tensor(*wrong)


def test_other_names_of_functions_and_classes():
    assert tg.utils.data.DataLoader is tg.data.DataLoader
    assert tg.concat is tg.cat and tg.multiply is tg.mul and tg.true_divide is tg.div
    assert tg.optim.lr_scheduler._LRScheduler is tg.optim.lr_scheduler.LRScheduler


def test_the_gpu_as_scripts_set_it_up():
    tg.cuda.manual_seed_all(1)
    tg.cuda.empty_cache()
    assert (tg.cuda.device_count() > 0) == tg.cuda.is_available()
    assert (tg.accelerator.current_accelerator() is None) == (not tg.accelerator.is_available())
    assert not tg.backends.mps.is_available() and not tg.backends.cudnn.is_available()
    tg.backends.cudnn.deterministic = True


def test_tf32_has_one_switch_and_two_names():
    matmul = tg.backends.cuda.matmul
    assert not matmul.allow_tf32 and tg.get_float32_matmul_precision() == "highest"
    tg.set_float32_matmul_precision("high")
    assert matmul.allow_tf32
    matmul.allow_tf32 = False
    assert tg.get_float32_matmul_precision() == "highest"
    with pytest.raises(RuntimeError, match="'highest', 'high' or 'medium', got 'low'"):
        tg.set_float32_matmul_precision("low")
    with pytest.raises(RuntimeError, match="expected True or False, got 1"):
        tg.backends.cudnn.allow_tf32 = 1


def test_data_parallel_is_the_module_under_another_name():
    net = nn.Linear(3, 2)
    wrapped = nn.DataParallel(net, device_ids=[0])
    x = tg.randn(4, 3)
    assert wrapped(x).tolist() == net(x).tolist()
    assert list(wrapped.state_dict()) == ["module.weight", "module.bias"]
