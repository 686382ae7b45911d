"""What PyTorch scripts, older ones above all, call things that have another name here.

`import tinygrad_cv.torch_names` puts these names on the package, where scripts look for them. New
programs need none of them: `import tinygrad_cv` does not load this folder, and nothing uses it.

    FloatTensor(2, 3), Tensor([1.0]), Variable(x), x.type(FloatTensor)       tensors.py
    backends.cudnn.benchmark, cuda.manual_seed, accelerator, DataParallel    devices.py
    utils.data.DataLoader, concat, multiply, lr_scheduler._LRScheduler       other names, below
"""

import sys

import tinygrad_cv as package

from .. import autograd, cuda, data, nn, ops, utils
from ..optim import lr_scheduler
from ..tensor import Tensor
from . import devices, tensors

NAMES = {
    package: dict(
        Variable=tensors.Variable, backends=devices.backends, accelerator=devices.accelerator,
        set_float32_matmul_precision=devices.set_float32_matmul_precision,
        get_float32_matmul_precision=devices.get_float32_matmul_precision,
        concat=ops.cat, clip=ops.clamp, divide=ops.div, true_divide=ops.div, multiply=ops.mul,
        subtract=ops.sub, newaxis=None, **tensors.on_cpu,
    ),
    autograd: dict(Variable=tensors.Variable),
    cuda: dict(
        manual_seed=devices.manual_seed, manual_seed_all=devices.manual_seed,
        empty_cache=devices.empty_cache, **tensors.on_gpu,
    ),
    nn: dict(DataParallel=devices.DataParallel),
    utils: dict(data=data),
    lr_scheduler: dict(_LRScheduler=lr_scheduler.LRScheduler),
    Tensor: dict(type=tensors.type),
}
for place, names in NAMES.items():
    for name, value in names.items():
        setattr(place, name, value)

# For `import tinygrad_cv.backends.cudnn as cudnn`
for name, module in {
    "backends": devices.backends, "backends.cudnn": devices.backends.cudnn,
    "backends.cuda": devices.backends.cuda, "accelerator": devices.accelerator, "utils.data": data,
}.items():
    sys.modules[f"{package.__name__}.{name}"] = module
