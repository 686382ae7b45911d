"""What is measured: each workload, written once with names that PyTorch and this library share.

A workload is a function of T, the module torch or tinygrad_cv, and of options. It returns a
function `step()`, which does the work once and returns a tensor (a loss or features), and its
networks, so that a test can give both engines the same weights and compare.

    tiny    a size for tests
    last    store images channels-last (PyTorch's memory_format; this library always does)
"""

import networks

WORKLOADS = {}  # name: (function, title, the ratio to reach)


def workload(name, title, aim=None):
    def add(function):
        WORKLOADS[name] = (function, title, aim)
        return function

    return add


def placed(T, options, *things):
    """Networks and tensors on the device; for PyTorch with the layout that the options give."""
    out = [thing.to(options.get("device", "cpu")) for thing in things]
    if T.__name__ == "torch":
        layout = T.channels_last if options.get("last") else T.contiguous_format
        for i, thing in enumerate(out):
            if not isinstance(thing, T.Tensor) or thing.dim() == 4:
                out[i] = thing.to(memory_format=layout)
    return out


def randn(T, *shape):
    """T.randn, but with images (N, C, H, W) stored channels-last, as in this library."""
    if len(shape) != 4:
        return T.randn(*shape)
    N, C, H, W = shape
    return T.randn(N, H, W, C).permute(0, 3, 1, 2)


def gan_step(T, G, D, real, noise, lr=2e-4):
    """A function that makes one step of a GAN with Adam: D on real and generated images, then G."""
    opt_G, opt_D = (T.optim.Adam(net.parameters(), lr=lr, betas=(0.5, 0.999)) for net in (G, D))
    bce = T.nn.BCEWithLogitsLoss()

    def step():
        opt_D.zero_grad()
        logits, fake = D(real), G(noise)
        bce(logits, T.ones_like(logits)).backward()
        logits = D(fake.detach())
        bce(logits, T.zeros_like(logits)).backward()
        opt_D.step()
        opt_G.zero_grad()
        logits = D(fake)
        loss = bce(logits, T.ones_like(logits))
        loss.backward()
        opt_G.step()
        return loss

    return step, [G, D]


@workload("dcgan", "DCGAN step, 64x64, 64 features, batch 64", 1.0)
def dcgan(T, batch=64, features=64, size=64, tiny=False, **options):
    batch, features, size = (4, 4, 16) if tiny else (batch, features, size)
    T.manual_seed(0)
    G, D = networks.dcgan(T.nn, features, size)
    images, noise = T.randn(batch, 3, size, size), T.randn(batch, 100, 1, 1)
    return gan_step(T, *placed(T, options, G, D, images, noise))


@workload("gaussian", "Gaussian GAN step, batch 8", 2.5)
def gaussian(T, tiny=False, **options):
    T.manual_seed(0)
    G, D = networks.gaussian_gan(T.nn)
    return gan_step(T, *placed(T, options, G, D, T.randn(8, 2), T.randn(8, 2)))


@workload("mnist_mlp", "MNIST MLP GAN step, batch 128", 1.0)
def mnist_mlp(T, tiny=False, **options):
    T.manual_seed(0)
    G, D = networks.mnist_mlp_gan(T.nn, 32 if tiny else 1024)
    batch = 4 if tiny else 128
    images, noise = T.rand(batch, 784) * 2 - 1, T.rand(batch, 96) * 2 - 1
    return gan_step(T, *placed(T, options, G, D, images, noise))


@workload("mnist_dc", "MNIST convolutional GAN step, batch 128", 1.0)
def mnist_dc(T, tiny=False, **options):
    T.manual_seed(0)
    G, D = networks.mnist_dc_gan(T.nn)
    batch = 4 if tiny else 128
    images, noise = T.rand(batch, 1, 28, 28) * 2 - 1, T.rand(batch, 96) * 2 - 1
    return gan_step(T, *placed(T, options, G, D, images, noise))


def features_of(T, net, images):
    """A step that is one forward pass without recording, in eval mode."""
    net.eval()

    def step():
        with T.no_grad():
            return net(images)

    return step, [net]


@workload("resnet34", "ResNet-34 features, batch 16, 224x224, no_grad", 0.9)
def resnet34(T, tiny=False, **options):
    T.manual_seed(0)
    net = networks.resnet34(T.nn, (1, 1, 1, 1) if tiny else (3, 4, 6, 3))
    shape = (2, 3, 32, 32) if tiny else (16, 3, 224, 224)
    return features_of(T, *placed(T, options, net, T.randn(*shape)))


@workload("efficientnet", "EfficientNet-Lite0 features, batch 16, 224x224, no_grad", 1.0)
def efficientnet(T, tiny=False, **options):
    T.manual_seed(0)
    net = networks.efficientnet_lite0(T.nn, networks.STAGES[:3] if tiny else networks.STAGES)
    shape = (2, 3, 32, 32) if tiny else (16, 3, 224, 224)
    return features_of(T, *placed(T, options, net, T.randn(*shape)))


# Single operations. Their gradients are computed repeatedly from one graph.


def convolution(direction, batch, channels, out, size, kernel, stride, padding, groups=1):
    def make(T, tiny=False, **options):
        n, side = (1, 8 + kernel) if tiny else (batch, size)
        x = randn(T, n, channels, side, side)
        w = randn(T, out, channels // groups, kernel, kernel) * 0.1
        x, w = placed(T, options, x, w)
        arguments = (None, stride, padding, 1, groups)

        def forward():
            with T.no_grad():
                return T.nn.functional.conv2d(x, w, *arguments)

        if direction == "forward":
            return forward, []
        wanted = x if direction == "input" else w
        wanted.requires_grad_()
        y = T.nn.functional.conv2d(x, w, *arguments)
        grad = y.detach().clone()  # arbitrary numbers in the output's layout
        return lambda: T.autograd.grad(y, [wanted], grad, retain_graph=True)[0], []

    return make


SHAPES = {  # batch, channels, out, size, kernel, stride, padding, groups
    "dcgan 3-64 at 64": (64, 3, 64, 64, 4, 2, 1), "dcgan 64-128 at 32": (64, 64, 128, 32, 4, 2, 1),
    "dcgan 128-256 at 16": (64, 128, 256, 16, 4, 2, 1),
    "dcgan 256-512 at 8": (64, 256, 512, 8, 4, 2, 1),
    "resnet 7x7 3-64 at 224": (16, 3, 64, 224, 7, 2, 3),
    "resnet 3x3 64-64 at 56": (16, 64, 64, 56, 3, 1, 1),
    "resnet 3x3 256-256 at 14": (16, 256, 256, 14, 3, 1, 1),
    "resnet 3x3/2 128-256 at 28": (16, 128, 256, 28, 3, 2, 1),
    "effnet 1x1 24-144 at 56": (16, 24, 144, 56, 1, 1, 0),
    "effnet depthwise 3x3 144 at 56": (16, 144, 144, 56, 3, 1, 1, 144),
    "effnet depthwise 5x5 480 at 14": (16, 480, 480, 14, 5, 1, 2, 480),
    "mnist 5x5 32-64 at 12": (128, 32, 64, 12, 5, 1, 0),
}
MICRO = {}
for title, shape in SHAPES.items():
    for direction in ("forward", "input", "weight"):
        MICRO[f"conv {title}, {direction}"] = convolution(direction, *shape)


def operation(name, shape, function):
    """Forward and backward of function(T, x) on a tensor of `shape`."""

    def make(T, tiny=False, **options):
        (x,) = placed(T, options, randn(T, *((2, *shape[1:]) if tiny else shape)))
        x.requires_grad_()
        run = function(T, x)
        run = run.to(x.device) if isinstance(run, T.nn.Module) else run

        def step():
            y = run(x)
            (grad,) = T.autograd.grad(y.sum(), [x])
            return grad

        return step, []

    MICRO[name] = make


IMAGES = (64, 64, 32, 32)
operation("batch norm and leaky ReLU", IMAGES,
          lambda T, x: T.nn.Sequential(T.nn.BatchNorm2d(64), T.nn.LeakyReLU(0.2)))
operation("tanh", IMAGES, lambda T, x: T.tanh)
operation("max pool 2x2", (128, 32, 24, 24), lambda T, x: T.nn.MaxPool2d(2))
operation(
    "BCE with logits", (64, 1), lambda T, x:
    lambda x: T.nn.functional.binary_cross_entropy_with_logits(x, T.ones_like(x)),
)
operation("mean squared error", IMAGES,
          lambda T, x: lambda x: T.nn.functional.mse_loss(x, T.zeros_like(x)))
operation("cross entropy", (128, 1000),
          lambda T, x: lambda x: T.nn.functional.cross_entropy(x, x.detach().argmax(1)))


def adam(T, tiny=False, **options):
    (weight,) = placed(T, options, T.randn(100 if tiny else 6_000_000))
    weight = T.nn.Parameter(weight)
    weight.grad = T.randn(*weight.shape).to(weight.device)
    optimizer = T.optim.Adam([weight], lr=1e-3)

    def step():
        optimizer.step()
        return weight.detach()[:1]

    return step, []


MICRO["Adam, 6 million parameters"] = adam
