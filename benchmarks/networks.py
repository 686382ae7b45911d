"""The networks of the benchmarks, once for both engines: `nn` is torch.nn or tinygrad_cv.nn."""


def dcgan(nn, features, size):
    """Generator and discriminator of the DCGAN for size x size images."""
    # For 64 pixels: f, 2f, 4f, 8f channels at sizes 32, 16, 8, 4
    widths = [features << i for i in range(size.bit_length() - 3)]
    down, up, previous = [], [], 3
    for i, width in enumerate(widths):
        norm = [nn.BatchNorm2d(width)] if i else []
        down += [nn.Conv2d(previous, width, 4, 2, 1, bias=False), *norm, nn.LeakyReLU(0.2)]
        previous = width
    down += [nn.Conv2d(previous, 1, 4, 1, 0, bias=False)]
    conv = nn.ConvTranspose2d(100, previous, 4, 1, 0, bias=False)
    up += [conv, nn.BatchNorm2d(previous), nn.ReLU()]
    for width in reversed(widths[:-1]):
        conv = nn.ConvTranspose2d(previous, width, 4, 2, 1, bias=False)
        up += [conv, nn.BatchNorm2d(width), nn.ReLU()]
        previous = width
    up += [nn.ConvTranspose2d(previous, 3, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*up), nn.Sequential(*down)


def gaussian_gan(nn):
    D = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1))
    return nn.Linear(2, 2), D


def mnist_mlp_gan(nn, width=1024):
    G = nn.Sequential(
        nn.Linear(96, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, 784), nn.Tanh(),
    )
    D = nn.Sequential(
        nn.Linear(784, width // 4), nn.LeakyReLU(0.01),
        nn.Linear(width // 4, width // 4), nn.LeakyReLU(0.01), nn.Linear(width // 4, 1),
    )
    return G, D


def mnist_dc_gan(nn):
    G = nn.Sequential(
        nn.Linear(96, 1024), nn.ReLU(), nn.BatchNorm1d(1024),
        nn.Linear(1024, 6272), nn.ReLU(), nn.BatchNorm1d(6272), nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.ReLU(), nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
    )
    D = nn.Sequential(
        nn.Conv2d(1, 32, 5), nn.LeakyReLU(0.01), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5), nn.LeakyReLU(0.01), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1024, 1024), nn.LeakyReLU(0.01), nn.Linear(1024, 1),
    )
    return G, D


def resnet34(nn, depths=(3, 4, 6, 3)):
    """The features of ResNet-34: images -> (N, 512)."""

    class Block(nn.Module):
        def __init__(self, channels, width, stride):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width),
                nn.ReLU(),
                nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
            )
            match = nn.Conv2d(channels, width, 1, stride, bias=False)
            match = nn.Sequential(match, nn.BatchNorm2d(width))
            self.shortcut = match if channels != width else nn.Identity()
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(self.body(x) + self.shortcut(x))

    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)], 64
    layers += [nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    for i, depth in enumerate(depths):
        for k in range(depth):
            layers.append(Block(channels, 64 << i, 2 if i and not k else 1))
            channels = 64 << i
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
          (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]


def efficientnet_lite0(nn, stages=STAGES):
    """EfficientNet-Lite0's features (N, 1280), with symmetric padding, which costs the same."""

    def conv(a, b, kernel, stride=1, groups=1):
        conv = nn.Conv2d(a, b, kernel, stride, kernel // 2, groups=groups, bias=False)
        return [conv, nn.BatchNorm2d(b)]

    class Block(nn.Module):
        def __init__(self, a, b, kernel, stride, expansion):
            super().__init__()
            wide = a * expansion
            expand = [*conv(a, wide, 1), nn.ReLU6()] if expansion > 1 else []
            depthwise = conv(wide, wide, kernel, stride, wide)
            self.body = nn.Sequential(*expand, *depthwise, nn.ReLU6(), *conv(wide, b, 1))
            self.adds = stride == 1 and a == b

        def forward(self, x):
            return x + self.body(x) if self.adds else self.body(x)

    layers, channels = [*conv(3, 32, 3, 2), nn.ReLU6()], 32
    for count, kernel, stride, expansion, width in stages:
        for k in range(count):
            layers.append(Block(channels, width, kernel, 1 if k else stride, expansion))
            channels = width
    head = *conv(channels, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(*layers, *head)
