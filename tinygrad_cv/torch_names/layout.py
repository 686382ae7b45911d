"""Which modules of the library stand for which of PyTorch's, and what only scripts need there.

LAYOUT is {module: (modules of the library, in which a name is looked up; names before these)}.
"""

from types import SimpleNamespace

from .. import nn, ops
from ..optim.lr_scheduler import LRScheduler
from . import devices, functions, losses, samplers, tensorboard, tensors
from .function import Function

TOP = [""], dict(
    tensors.on_cpu, set_default_tensor_type=tensors.set_default_tensor_type,
    __version__="2.13.0+tinygrad.cv", newaxis=None, concat=ops.cat, clip=ops.clamp,
    divide=ops.div, true_divide=ops.div, multiply=ops.mul, subtract=ops.sub,
    **functions.FUNCTIONS, **devices.SETTINGS,
)
LAYERS = [".nn"], dict(losses.LAYERS, DataParallel=devices.DataParallel)
FUNCTIONAL = dict(losses.FUNCTIONS, normalize=functions.normalize, upsample=ops.interpolate)
OLD_INIT = {name[:-1]: f for name, f in vars(nn.init).items() if name[-1:] == "_" != name[0]}
PARALLEL = dict(DataParallel=devices.DataParallel,
                data_parallel=lambda module, inputs, *rest: module(inputs))
VARIABLE = dict(Variable=tensors.Variable)
DATA = [".data"], {name: x for name, x in vars(samplers).items() if name.endswith("Sampler")}
WEIGHTS = SimpleNamespace(DEFAULT="IMAGENET1K_V1", IMAGENET1K_V1="IMAGENET1K_V1")
MODELS = [".models"], dict(ResNet18_Weights=WEIGHTS, ResNet34_Weights=WEIGHTS)
TRANSFORMS = [".data.transforms"], {}

LAYOUT = {
    "torch": TOP,
    "torch.accelerator": ([], devices.ACCELERATOR),
    "torch.autograd": ([".autograd"], dict(VARIABLE, Function=Function)),
    "torch.autograd.function": ([], dict(Function=Function)),
    "torch.autograd.variable": ([], VARIABLE),
    "torch.backends": ([], dict(cudnn=devices.cudnn, mps=devices.mps)),
    "torch.backends.cuda": ([], dict(matmul=devices.matmul)),
    "torch.cuda": ([".cuda"], dict(tensors.on_gpu, **devices.CUDA)),
    "torch.nn": LAYERS,
    "torch.nn.functional": ([".nn.functional"], FUNCTIONAL),
    "torch.nn.init": ([".nn.init"], OLD_INIT),
    "torch.nn.parallel": ([], PARALLEL),
    "torch.nn.parameter": LAYERS,
    "torch.nn.utils": ([".nn.utils"], dict(clip_grad_norm=nn.utils.clip_grad_norm_)),
    "torch.nn.utils.parametrizations": ([".nn.utils"], {}),
    "torch.optim": ([".optim"], {}),
    "torch.optim.lr_scheduler": ([".optim.lr_scheduler"], dict(_LRScheduler=LRScheduler)),
    "torch.optim.optimizer": ([".optim"], {}),
    "torch.utils": ([], {}),
    "torch.utils.data": DATA,
    "torch.utils.tensorboard": ([], dict(SummaryWriter=tensorboard.SummaryWriter)),
    "torch.version": ([], dict(cuda=None)),
    "torchvision": ([], dict(__version__="0.28.0+tinygrad.cv")),
    "torchvision.datasets": ([".data"], {}),
    "torchvision.models": MODELS,
    "torchvision.models.resnet": MODELS,
    "torchvision.transforms": TRANSFORMS,
    "torchvision.transforms.transforms": TRANSFORMS,
    "torchvision.utils": ([".utils"], {}),
}
for module, parts in {
    "torch.nn.modules": "activation batchnorm container conv linear loss module",
    "torch.utils.data": "dataloader dataset sampler", "torchvision.datasets": "folder mnist",
}.items():
    same = LAYOUT.setdefault(module, LAYERS)
    LAYOUT.update({f"{module}.{part}": same for part in parts.split()})

READY = {"torch.backends.cudnn": devices.cudnn}  # more than a module: it has a property
