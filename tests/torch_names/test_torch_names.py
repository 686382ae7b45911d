"""The names that PyTorch's scripts find after `import tinygrad_cv.torch_names`."""

import importlib
import io
import subprocess
import sys
import types

import numpy as np
import pytest
from PIL import Image

import tinygrad_cv as tg
from tinygrad_cv.tensor import Tensor

PYTORCH = "torch", "torchvision", "tinygrad_cv.torch_names"


def taken_from_sys_modules():
    names = [name for name in sys.modules if name.startswith(PYTORCH)]
    return {name: sys.modules.pop(name) for name in names}


@pytest.fixture(autouse=True, scope="module")
def torch():
    """`import torch` as the library, for the tests of this file only."""
    others, before = taken_from_sys_modules(), (dict(vars(Tensor)), list(sys.meta_path))
    import tinygrad_cv.torch_names  # noqa: F401

    yield importlib.import_module("torch")
    sys.meta_path[:] = before[1]
    for name in vars(Tensor).keys() - before[0].keys():
        delattr(Tensor, name)
    for name in vars(Tensor).keys() & before[0].keys():
        if vars(Tensor)[name] is not before[0][name]:
            setattr(Tensor, name, before[0][name])
    for name in "train_data", "test_data", "train_labels", "test_labels":
        delattr(tg.data.MNIST, name)
    del tg.nn.Module.type, tg.nn.Module._modules, tg.torch_names
    taken_from_sys_modules()
    sys.modules.update(others)


def program(source, *arguments):
    """(standard output, standard error) of a process of its own."""
    done = subprocess.run([sys.executable, *arguments, "-c", source] if source else
                          [sys.executable, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_names_appear_only_when_they_are_asked_for():
    _, out, err = program("""
import sys, tinygrad_cv as tg
from tinygrad_cv import data, models, serialization
print("tinygrad_cv.torch_names" in sys.modules, hasattr(tg.Tensor, "type"))
import tinygrad_cv.torch_names
import torch
import torch.backends.cudnn as cudnn
import torchvision.transforms.transforms as transforms
from torch.autograd import Variable
from torch.utils.data.sampler import Sampler
cudnn.benchmark = True
print(torch.FloatTensor(2, 1).shape, torch.optim.Adam is tg.optim.Adam, cudnn.benchmark)
print(torch.nn.modules.Linear is tg.nn.Linear, "torch" in torch.__name__, torch.ones is tg.ones)
""")
    assert out == "False False\n(2, 1) True True\nTrue True True\n", err


def test_a_notebook_that_has_imported_pytorch_must_restart():
    status, _, err = program("""
import sys
sys.modules["torch"] = sys
import tinygrad_cv.torch_names
""")
    assert status and "PyTorch itself is imported already. Restart" in err


@pytest.fixture
def script(tmp_path):
    def run(source, *arguments):
        path = tmp_path / "a script.py"
        path.write_text(source)
        return program("", "-m", "tinygrad_cv", str(path), *arguments)

    return run


def test_a_script_runs_as_python_would_run_it(script, tmp_path):
    (tmp_path / "beside.py").write_text("import torch.nn as nn\nnet = nn.Linear(2, 1)\n")
    status, out, err = script("""
# -*- coding: latin-1 -*-
import sys, os, __main__
from beside import net
class Thing: pass
print(__name__, sys.argv[1:], os.path.basename(__file__), sum(p.numel() for p in net.parameters()))
print(__main__.Thing is Thing)
sys.exit(3)
""", "--epochs", "2")
    assert (status, err) == (3, "")
    assert out == "__main__ ['--epochs', '2'] a script.py 3\nTrue\n"


def test_a_traceback_shows_the_script_s_own_lines(script):
    _, _, err = script("import torch\ndef f():\n    torch.cumsum(1, 2)\nf()\n")
    first, *rest = err.splitlines()
    assert first.startswith("Traceback") and 'a script.py", line 4' in rest[0]
    assert "    torch.cumsum(1, 2)" in rest
    assert rest[-1].endswith("instead of `torch.cumsum(x, dim=1)`: `x @ (i <= j).float()`")
    assert "__main__" not in err and "runpy" not in err
    assert 'a script.py", line 1\n    import\n' in script("import\n")[2]


def test_help_and_a_file_that_is_not_there():
    status, out, _ = program("", "-m", "tinygrad_cv", "--help")
    assert status == 0 and "run a PyTorch script on this library" in out
    status, _, err = program("", "-m", "tinygrad_cv", "no/such.py")
    assert status == 1 and err == "python -m tinygrad_cv: there is no file no/such.py\n"


def test_a_missing_name_says_so_when_it_is_used(torch):
    import torch.distributed as dist
    from torch.nn import LSTM, Conv1d
    from torchvision.datasets import CIFAR10

    x = torch.ones(2)
    for use, name, instead in (
        (lambda: torch.einsum("i,i", x, x), "torch.einsum", "`a @ b`"),
        (lambda: LSTM(2, 3), "torch.nn.LSTM", "outside the scope"),
        (lambda: Conv1d(2, 3, 1), "torch.nn.Conv1d", "height of 1"),
        (lambda: torch.optim.Adagrad([x]), "torch.optim.Adagrad", "`Adam`"),
        (lambda: torch.nn.Transformer.Layer, "torch.nn.Transformer.Layer", "from_pytorch.md"),
        (lambda: types.new_class("Net", (LSTM,)), "torch.nn.LSTM", "outside the scope"),
        (lambda: CIFAR10("."), "torchvision.datasets.CIFAR10", "ImageFolder"),
        (lambda: dist.init_process_group(), "torch.distributed.init_process_group", "parallel"),
        (lambda: torch.nn.functional.kl_div, "torch.nn.functional.kl_div", "(p.log() - logs)"),
        (lambda: x.cumsum(0), "torch.Tensor.cumsum", "(i <= j)"),
        (lambda: x.half(), "torch.Tensor.half", "float32; leave the line out"),
        (lambda: torch.no_such_name, "torch.no_such_name", "docs/from_pytorch.md"),
    ):
        with pytest.raises(AttributeError) as caught:
            use()
        message = str(caught.value)
        assert message.startswith(f"tinygrad_cv has no {name}; ") and instead in message
    assert not isinstance(x, (torch.nn.LayerNorm, LSTM)) and isinstance(x, (Conv1d, torch.Tensor))
    assert not hasattr(torch, "compile") and not hasattr(torch.backends, "xnnpack")


def test_tensors_by_their_old_classes(torch):
    ones = torch.FloatTensor(4, 1).fill_(1.0)
    assert ones.shape == (4, 1) and ones.dtype == tg.float32 and ones.tolist() == [[1.0]] * 4
    z = torch.autograd.Variable(torch.FloatTensor(np.random.default_rng(0).normal(0, 1, (3, 5))))
    assert z.dtype == tg.float32 and not z.requires_grad
    labels = torch.LongTensor(np.array([1, 2]))
    assert labels.dtype == tg.int64 and torch.ByteTensor([255]).dtype == tg.uint8
    assert isinstance(ones, torch.FloatTensor) and isinstance(ones, torch.Tensor | None)
    assert not isinstance(labels, torch.FloatTensor) and not isinstance(1, torch.LongTensor)
    assert not isinstance(ones, torch.cuda.FloatTensor)
    with pytest.raises(TypeError, match="FloatTensor: expected sizes, or one list"):
        torch.FloatTensor([1.0], [2.0])


def test_the_class_tensor_makes_tensors(torch):
    x = torch.Tensor(2, 3, 1, 4)
    assert x.shape == (2, 3, 1, 4) and x.dtype == tg.float32 and not x.requires_grad
    assert torch.Tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert isinstance(x.dtype, torch.dtype) and torch.float32.is_floating_point
    assert torch.Tensor(np.ones(3)).dtype == tg.float32 and torch.Tensor(x.size()).shape == x.shape
    assert torch.Tensor(3).shape == (3,) and torch.Tensor().shape == (0,)
    assert isinstance(x, torch.Tensor) and isinstance(tg.zeros(1, dtype=tg.int64), torch.Tensor)
    assert not isinstance(np.ones(1), torch.Tensor) and torch.Tensor.add(x, 1).sum().item() == 24
    for wrong in ((2.5, 3), ("text",), (-1,), ([1.0], [2.0]), ({},), ([[1, 2], [3]],)):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            torch.Tensor(*wrong)


def test_tensors_and_modules_are_converted_by_type(torch):
    labels = tg.tensor([1, 2], device="cpu")
    assert labels.type() == "torch.LongTensor"
    assert labels.type(torch.FloatTensor).dtype == tg.float32
    assert labels.type(tg.float64).type() == "torch.DoubleTensor"
    assert labels.type("torch.ByteTensor").dtype == tg.uint8
    assert labels.new([7]).dtype == tg.int64 and labels.new(2, 3).shape == (2, 3)
    net = torch.nn.Linear(2, 3).type(torch.DoubleTensor)
    assert net.weight.dtype == tg.float64 and net.type(torch.float32).bias.dtype == tg.float32
    assert list(torch.nn.Sequential(net)._modules.items()) == [("0", net)]


def test_variable_starts_a_new_graph(torch):
    x = tg.ones(2, requires_grad=True)
    y = torch.autograd.Variable(x * 2, requires_grad=True)
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3, 3] and x.grad is None
    with pytest.raises(TypeError, match="Variable: data must be a Tensor"):
        torch.autograd.Variable([1.0])


def test_old_and_second_names_of_functions(torch):
    assert torch.concat([tg.ones(2)] * 2).tolist() == [1] * 4 and torch.multiply is tg.mul
    assert torch.optim.lr_scheduler._LRScheduler is tg.optim.lr_scheduler.LRScheduler
    assert torch.nn.init.xavier_normal is tg.nn.init.xavier_normal_
    x = tg.arange(6.0).reshape(2, 3)
    assert x.sum(axis=1, keepdims=True).tolist() == [[3], [12]]
    assert torch.cat((x, x), axis=1).shape == (2, 6)
    assert torch.reshape(x, shape=(3, 2)).shape == (3, 2)
    assert torch.unique(torch.tensor([3, 1, 3])).tolist() == [1, 3]
    assert torch.multinomial(torch.tensor([[0.0, 1.0], [2.0, 0.0]]), 1).tolist() == [[1], [0]]
    assert torch.zeros(2, 3).scatter_(1, torch.tensor([[2], [0]]), 1).tolist() == \
        [[0, 0, 1], [1, 0, 0]]
    rows, columns = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
    assert rows.tolist() == [[0] * 3, [1] * 3] and columns.tolist() == [[0, 1, 2]] * 2
    assert torch.meshgrid(torch.arange(2), torch.arange(3), indexing="xy")[0].shape == (3, 2)
    assert torch.nn.functional.normalize(x, dim=0)[:, 0].tolist() == [0, 1]


@pytest.mark.parametrize("old, new", [
    ({"size_average": False}, "sum"), ({"size_average": True}, "mean"), ({"reduce": False}, "none"),
    ({"size_average": False, "reduce": True}, "sum"), ({"reduction": "sum"}, "sum"), ({}, "mean"),
])
def test_losses_take_the_old_arguments(torch, old, new):
    p, y = tg.rand(4, 2), tg.ones(4, 2)
    wanted = tg.nn.BCELoss(reduction=new)(p, y)
    assert tg.equal(torch.nn.BCELoss(**old)(p, y), wanted)
    assert tg.equal(torch.nn.functional.binary_cross_entropy(p, y, **old), wanted)
    assert isinstance(torch.nn.BCELoss(**old), tg.nn.BCELoss)


def test_the_gpu_as_scripts_set_it_up(torch):
    torch.cuda.manual_seed_all(1)
    torch.cuda.empty_cache()
    torch.use_deterministic_algorithms(True)
    assert torch.device("cuda", 0) == torch.device("cuda:0")
    assert (torch.cuda.device_count() > 0) == torch.cuda.is_available()
    current = torch.accelerator.current_accelerator()
    assert (current is None) == (not torch.accelerator.is_available())
    assert not torch.backends.mps.is_available() and not torch.backends.cudnn.is_available()
    torch.backends.cudnn.deterministic = True


def test_tf32_has_one_switch_and_two_names(torch):
    matmul = torch.backends.cuda.matmul
    assert not matmul.allow_tf32 and torch.get_float32_matmul_precision() == "highest"
    torch.set_float32_matmul_precision("high")
    assert matmul.allow_tf32
    matmul.allow_tf32 = False
    assert torch.get_float32_matmul_precision() == "highest"
    with pytest.raises(RuntimeError, match="'highest', 'high' or 'medium', got 'low'"):
        torch.set_float32_matmul_precision("low")


def test_data_parallel_is_the_module_under_another_name(torch):
    net = torch.nn.Linear(3, 2)
    wrapped = torch.nn.DataParallel(net, device_ids=[0])
    x = tg.randn(4, 3)
    assert wrapped(x).tolist() == net(x).tolist()
    assert torch.nn.parallel.data_parallel(net, x, [0]).tolist() == net(x).tolist()
    assert list(wrapped.state_dict()) == ["module.weight", "module.bias"]


def test_a_function_with_a_gradient_of_its_own(torch):
    """Its numbers are compared with PyTorch's in scripts/autograd_function.py."""
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y, factor):
            ctx.save_for_backward(x, y, None)
            ctx.factor = factor
            assert not torch.is_grad_enabled() and ctx.needs_input_grad == (True, False, False)
            return x * y * factor, x > 0

        @staticmethod
        def backward(ctx, grad, grad_of_mask):
            x, y, nothing = ctx.saved_tensors
            seen.append((ctx.needs_input_grad, nothing, grad_of_mask.tolist()))
            return grad * y * ctx.factor, None, None

    x, y = torch.tensor([1.0, -2.0], requires_grad=True), torch.tensor([3.0, 4.0])
    z, mask = Product.apply(x, y, 5.0)
    assert mask.tolist() == [True, False] and not mask.requires_grad
    z.sum().backward()
    assert x.grad.tolist() == [15, 20]
    assert seen == [((True, False, False), None, [False, False])]
    with pytest.raises(RuntimeError, match="Product: backward ran .* a second time"):
        z.sum().backward()
    z, _ = Product.apply(x, y, 5.0)
    y.add_(1)
    with pytest.raises(RuntimeError, match="Product: a tensor of shape .* was changed in place"):
        z.sum().backward()
    with torch.no_grad():
        assert not Product.apply(x.detach().requires_grad_(), y, 1)[0].requires_grad


def test_what_a_function_of_one_s_own_may_not_do(torch):
    class Odd(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="Odd.backward returned 1 gradients for 2 arguments"):
        Odd.apply(x, x).sum().backward()


def test_samplers(torch):
    data = torch.utils.data
    items = range(10, 20)

    def taken(sampler):
        batches = list(data.DataLoader(items, 4, sampler=sampler))
        assert len(sampler) == sum(map(len, batches))
        return [item - 10 for batch in batches for item in batch.tolist()]

    assert taken(data.SequentialSampler(items)) == list(range(10))
    order = taken(data.RandomSampler(items))
    assert sorted(order) == list(range(10)) != order
    assert len(taken(data.RandomSampler(items, replacement=True, num_samples=25))) == 25
    counts = np.bincount(taken(data.RandomSampler(items, num_samples=20)))
    assert counts.tolist() == [2] * 10
    assert sorted(taken(data.sampler.SubsetRandomSampler([7, 1, 3]))) == [1, 3, 7]
    weights = [0.0] * 7 + [1.0, 0.0, 3.0]
    drawn = taken(data.WeightedRandomSampler(weights, 400))
    assert set(drawn) == {7, 9} and 60 < drawn.count(7) < 140
    assert sorted(taken(data.WeightedRandomSampler(weights, 2, replacement=False))) == [7, 9]
    for wrong in ([-1.0, 2.0], [0.0, 0.0]):
        with pytest.raises(RuntimeError, match="multinomial: weights must be >= 0"):
            list(data.WeightedRandomSampler(wrong, 1))
    for drop_last, sizes in ((False, [4, 4, 2]), (True, [4, 4])):
        batches = data.BatchSampler(data.SequentialSampler(items), 4, drop_last)
        assert len(batches) == len(sizes)
        loader = data.DataLoader(items, batch_sampler=batches)
        assert [len(batch) for batch in loader] == sizes


def test_torchvision_s_datasets(torch, tmp_path):
    import torchvision

    (tmp_path / "cat").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "cat" / "1.png")
    folder = torchvision.datasets.ImageFolder(tmp_path, None)
    assert folder.imgs == folder.samples == [(str(tmp_path / "cat/1.png"), 0)]
    with pytest.raises(FileNotFoundError, match="MNIST: no train-images"):
        torchvision.datasets.mnist.MNIST(str(tmp_path), True, None)
    digits = object.__new__(torchvision.datasets.MNIST)
    digits.data, digits.targets = tg.zeros(1, 28, 28, dtype=tg.uint8), tg.tensor([7])
    assert digits.train_data is digits.test_data is digits.data
    assert digits.train_labels is digits.test_labels is digits.targets
    assert torchvision.models.ResNet34_Weights.DEFAULT in tg.models.resnet.IMAGENET


@pytest.mark.parametrize("name", ["net.pth", "net.npz", None])
def test_checkpoints_may_be_called_as_pytorch_s(torch, tmp_path, name):
    file, net = tmp_path / name if name else io.BytesIO(), tg.nn.Linear(2, 3)
    torch.save({"net": net.state_dict(), "epoch": 3}, file)
    if not name:
        file.seek(0)
    loaded = torch.load(file, map_location="cpu")
    assert loaded["epoch"] == 3 and loaded["net"]["weight"].tolist() == net.weight.tolist()


def test_a_summary_writer_takes_tensors(torch, tmp_path):
    pytest.importorskip("tensorboardX")
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", tg.tensor(0.5, requires_grad=True) * 2, 1)
        writer.add_scalars("losses", {"d": tg.tensor(1.0)}, 1)
        writer.add_image("grid", tg.rand(3, 4, 4), 1)
        writer.add_histogram("weights", tg.nn.Linear(2, 2).weight, 1)
        with pytest.warns(UserWarning, match="add_graph: left out"):
            writer.add_graph(tg.nn.Linear(2, 2), tg.rand(1, 2))
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*events*"))
    assert b"grid" in written and b"weights" in written and b"PNG" in written
