"""Which modules of the library stand for which of PyTorch's, and what only scripts need there.

LAYOUT is {module: (modules of the library, in which a name is looked up; names before these)}.
"""

from .. import nn, ops
from ..optim.lr_scheduler import LRScheduler
from . import devices, functions, losses, samplers, tensorboard, tensors
from .function import Function

TOP = dict(
    tensors.on_cpu, __version__="2.13.0+tinygrad.cv",
    set_default_tensor_type=tensors.set_default_tensor_type,
    set_float32_matmul_precision=devices.set_float32_matmul_precision,
    get_float32_matmul_precision=devices.get_float32_matmul_precision,
    use_deterministic_algorithms=devices.use_deterministic_algorithms,
    set_num_threads=lambda count: None,
    concat=ops.cat, clip=ops.clamp, divide=ops.div, true_divide=ops.div, multiply=ops.mul,
    subtract=ops.sub, newaxis=None, **functions.FUNCTIONS,
)
LAYERS = [".nn"], dict(losses.LAYERS, DataParallel=devices.DataParallel)
OLD_INIT = {f"{name[:-1]}": f for name, f in vars(nn.init).items() if name[-1:] == "_" != name[0]}
PARALLEL = dict(DataParallel=devices.DataParallel, data_parallel=devices.data_parallel)
VARIABLE = dict(Variable=tensors.Variable)
SAMPLERS = {name: kind for name, kind in vars(samplers).items() if name.endswith("Sampler")}
DATA = [".data"], SAMPLERS
DATASETS = [".torch_names.vision", ".data"], {}
TRANSFORMS = [".data.transforms"], {}
MODELS = [".torch_names.vision", ".models"], {}

LAYOUT = {
    "torch": ([""], TOP),
    "torch.accelerator": ([], devices.accelerator),
    "torch.autograd": ([".autograd"], dict(VARIABLE, Function=Function)),
    "torch.autograd.function": ([], dict(Function=Function)),
    "torch.autograd.variable": ([], VARIABLE),
    "torch.backends": ([], dict(cudnn=devices.cudnn, mps=devices.mps)),
    "torch.backends.cuda": ([], dict(matmul=devices.matmul)),
    "torch.cuda": ([".cuda"], dict(tensors.on_gpu, **devices.on_gpu)),
    "torch.nn": LAYERS,
    "torch.nn.functional": ([".nn.functional"], dict(
        losses.FUNCTIONS, normalize=functions.normalize, upsample=nn.functional.interpolate)),
    "torch.nn.init": ([".nn.init"], OLD_INIT),
    "torch.nn.parallel": ([], PARALLEL),
    "torch.nn.parameter": LAYERS,
    "torch.nn.utils": ([".nn.utils"], dict(clip_grad_norm=nn.utils.clip_grad_norm_)),
    "torch.nn.utils.parametrizations": ([".nn.utils"], {}),
    "torch.optim": ([".optim"], {}),
    "torch.optim.lr_scheduler": ([".optim.lr_scheduler"], dict(_LRScheduler=LRScheduler)),
    "torch.optim.optimizer": ([".optim"], {}),
    "torch.optim.swa_utils": ([".optim.swa_utils"], {}),
    "torch.random": ([".random"], {}),
    "torch.utils": ([], {}),
    "torch.utils.data": DATA,
    "torch.utils.data.dataloader": DATA,
    "torch.utils.data.dataset": DATA,
    "torch.utils.data.sampler": DATA,
    "torch.utils.tensorboard": ([], dict(SummaryWriter=tensorboard.SummaryWriter)),
    "torch.version": ([], dict(cuda=None)),
    "torchvision": ([], {}),
    "torchvision.datasets": DATASETS,
    "torchvision.datasets.folder": DATASETS,
    "torchvision.datasets.mnist": DATASETS,
    "torchvision.models": MODELS,
    "torchvision.models.resnet": MODELS,
    "torchvision.transforms": TRANSFORMS,
    "torchvision.transforms.transforms": TRANSFORMS,
    "torchvision.utils": ([".utils"], {}),
}
READY = {"torch.backends.cudnn": devices.cudnn}  # more than a module: it has a property

for name in "", ".activation", ".batchnorm", ".container", ".conv", ".linear", ".loss", ".module":
    LAYOUT[f"torch.nn.modules{name}"] = LAYERS
