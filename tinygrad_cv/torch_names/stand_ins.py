"""What PyTorch has and this library has not, and what to write instead.

The tables of docs/from_pytorch.md are these rows, and errors show them: `torch.einsum` raises an
AttributeError with its row. A test computes both sides of each row of CODE.
"""

import re

CODE = """
torch.einsum("nij,njk->nik", a, b) | a @ b
torch.einsum("nij,nkj->nik", a, c) | a @ c.transpose(1, 2)
torch.einsum("nij,nij->n", a, a) | (a * a).sum((1, 2))
torch.einsum("nij->jni", a) | a.permute(2, 0, 1)
torch.outer(u, v) | u.unsqueeze(1) * v
torch.addmm(y, x, w) | y + x @ w
torch.cumsum(x, dim=1) | x @ (i <= j).float()
torch.cumprod(x, dim=1)[:, -1] | x.prod(dim=1)
torch.tril(w) | w * (i >= j)
torch.triu(w) | w * (i <= j)
torch.argsort(x, dim=1) | order
torch.sort(x, dim=1).values | x.gather(1, order)
torch.topk(x, 1, dim=1).values | x.max(dim=1, keepdim=True).values
torch.topk(x, 2, dim=1).values | x.gather(1, order.flip(1)[:, :2])
torch.zeros(2, 3).scatter(1, classes.unsqueeze(1), 1.0) | F.one_hot(classes, 3).float()
torch.zeros(3, 3).index_add(0, classes, x) | F.one_hot(classes, 3).float().t() @ x
torch.masked_select(x, x > 0) | x[x > 0]
torch.nonzero(x > 0) | torch.from_numpy(np.argwhere(host(x > 0)))
torch.roll(x, 1, dims=1) | torch.cat([x[:, -1:], x[:, :-1]], dim=1)
torch.meshgrid(u, v, indexing="ij")[0] | u.unsqueeze(1).expand(2, 3)
torch.broadcast_to(v, (2, 3)) | v.expand(2, 3)
torch.ravel(x) | x.flatten()
torch.numel(x) | x.numel()
torch.var_mean(x, dim=1) | (x.var(dim=1), x.mean(dim=1))
torch.log2(x.abs()) | x.abs().log() / math.log(2)
torch.tan(x) | x.sin() / x.cos()
torch.cosh(x) | (x.exp() + (-x).exp()) / 2
torch.trunc(5 * x) | torch.div(5 * x, 1, rounding_mode="trunc")
torch.fmod(5 * x, y) | 5 * x - y * torch.div(5 * x, y, rounding_mode="trunc")
torch.logical_xor(x > 0, y > 0) | (x > 0) ^ (y > 0)
F.normalize(x, dim=1) | x / x.norm(dim=1, keepdim=True).clamp(min=1e-12)
F.cosine_similarity(x, y, dim=1) | (x * y).sum(1) / (x.norm(dim=1) * y.norm(dim=1)).clamp(min=1e-8)
F.layer_norm(x, (3,)) | F.group_norm(x, 1)
F.layer_norm(images, (3, 4, 4)) | F.group_norm(images, 1)
F.layer_norm(a, (4,)) | F.group_norm(a.reshape(6, 4), 1).reshape(2, 3, 4)
F.kl_div(logs, p, reduction="batchmean") | (p * (p.log() - logs)).sum() / len(p)
F.huber_loss(x, y, delta=0.5) | 0.5 * F.smooth_l1_loss(x, y, beta=0.5)
F.hardtanh(x) | x.clamp(-1, 1)
F.hardsigmoid(x) | F.relu6(x + 3) / 6
F.softsign(x) | x / (1 + x.abs())
F.mish(x) | x * F.softplus(x).tanh()
F.selu(x) | 1.0507010 * F.elu(x, 1.6732632)
F.interpolate(images, size=2, mode="area") | F.adaptive_avg_pool2d(images, 2)
F.conv1d(sound, kernel, padding=2) | \
F.conv2d(sound.unsqueeze(2), kernel.unsqueeze(2), padding=(0, 2)).squeeze(2)
F.avg_pool1d(sound, 2) | F.avg_pool2d(sound.unsqueeze(2), (1, 2)).squeeze(2)
F.scaled_dot_product_attention(c, c, c) | attention(c, c, c)
"""
WORDS = """
exp_, relu_, sigmoid_ and other methods in place | `x = x.exp()`
half, float16, bfloat16, amp, autocast, GradScaler | float32; leave the line out
short(), char() | `x.to(torch.int16)`, `x.to(torch.int8)`
x.size().numel() | `x.numel()`
x << n, x >> n | `x * 2**n`, `x // 2**n`
torch.bernoulli(p) | `(torch.rand_like(p) < p).float()`
torch.normal(m, s) of tensors m and s | `m + s * torch.randn_like(m)`
torch.randint_like(x, high) | `torch.randint(high, x.shape, device=x.device)`
Conv1d, ConvTranspose1d, MaxPool1d, AvgPool1d, InstanceNorm1d | \
the same in 2d with a height of 1: `x.unsqueeze(2)`, kernel `(1, k)`
Conv3d, ConvTranspose3d, BatchNorm3d, MaxPool3d | nothing
LayerNorm | `GroupNorm(1, channels)`, which has one weight per channel
Hardtanh, Hardsigmoid, Softsign, Mish, SELU, GLU | the functions above in a `Module` of your own
KLDivLoss, HuberLoss, HingeEmbeddingLoss, MarginRankingLoss | the formula, as above for kl_div
Conv2d(padding_mode="reflect") | a `ReflectionPad2d` before the layer; "replicate" likewise
nn.ParameterList, nn.ParameterDict | `register_parameter` in a loop
nn.init.trunc_normal_ | `normal_`, then `clamp_`, both under `no_grad()`
nn.init.orthogonal_ | NumPy's QR decomposition of random numbers, then `copy_` under `no_grad()`
weight_norm | `spectral_norm`
parameters_to_vector | `torch.cat([p.flatten() for p in net.parameters()])`
BatchNorm2d(momentum=None) | \
`norm.momentum = 1 / (norm.num_batches_tracked.item() + 1)` before each batch
InstanceNorm2d on a single image (C, H, W) | `norm(image.unsqueeze(0)).squeeze(0)`
Adagrad, Adadelta, Adamax, NAdam, RAdam, LBFGS | `Adam` or `RMSprop`
OneCycleLR, CyclicLR, CosineAnnealingWarmRestarts and other schedules | \
`LambdaLR` with a function of the epoch
CIFAR10, FashionMNIST, CelebA, LSUN, FakeData, ConcatDataset, IterableDataset | \
`ImageFolder` on a folder or a zip; a `Dataset` with `__getitem__` and `__len__`
x << n, x >> n | `x * 2**n`, `x // 2**n`
target_transform of a dataset | a `Dataset` of your own around it
RandomVerticalFlip, RandomRotation, RandomAffine, Pad, ColorJitter(hue=...) and other transforms | \
`Lambda` with a function of a Pillow image
ToPILImage | `picture`, of tinygrad_cv.utils
torchvision.transforms.functional, v2 | Pillow before `ToTensor`, tensor operations after it
vgg16, vgg19, resnet50, inception_v3 and other networks | `resnet34` or `efficientnet_lite0`
torch.autograd.functional, jacobian, hessian | `grad` for each output, as `gradcheck` does
SyncBatchNorm, channels_last | \
nothing to do: there is one device, and images are channels-last already
DistributedDataParallel, DistributedSampler, torch.distributed, torch.multiprocessing | \
`tinygrad_cv.parallel` (docs/parallel.md)
torch.compile, torch.jit, torch.fx, torch.onnx, torch.profiler | leave the line out
torch.hub, model_zoo | `load` of a file that you downloaded
LSTM, GRU, RNN, Transformer, MultiheadAttention; grid_sample, affine_grid; asin, acos, atan, erf; \
complex numbers, torch.fft; torch.linalg; sparse and quantized tensors; torch.distributions | \
nothing: they are outside the scope of this library
"""

ROWS = [
    tuple(f"`{side}`" if table is CODE else side for side in row.split(" | "))
    for table in (CODE, WORDS) for row in table.strip().splitlines()
]


def instead(name):
    """The message for a name that is missing, such as "torch.nn.functional.conv1d"."""
    module, _, last = name.rpartition(".")
    for sought in rf"{re.escape(name)}\b", rf"\b{last}\b", rf"{re.escape(module)}(?![.\w])":
        rows = [f"instead of {row[0]}: {row[1]}" for row in ROWS if re.search(sought, row[0])]
        if rows:
            return f"tinygrad_cv has no {name}; " + "; ".join(rows[:3])
    return f"tinygrad_cv has no {name}; docs/from_pytorch.md lists what there is"
