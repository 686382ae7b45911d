"""PyTorch's names for scripts that are not to be changed: `import torch` gives this library.

    python -m tinygrad_cv SCRIPT [ARGS]        runs a script so
    import tinygrad_cv.torch_names             once, in a notebook, before `import torch`

From then on `torch`, `torchvision` and `torch.utils.tensorboard` with all that is below them mean
the library, in this process, whether or not PyTorch is installed. Nothing else in the package uses
this folder: it holds what exists only for such scripts.

    layout.py, facade.py   which of our modules stands for which of PyTorch's, and how
    run.py                 runs a script
    stand_ins.py           what is missing, and what to write instead
"""

import sys

from ..data import MNIST
from ..nn import Module
from ..tensor import Tensor
from . import tensors
from .facade import Finder

if "torch" in sys.modules or "torchvision" in sys.modules:
    raise ImportError(
        "tinygrad_cv.torch_names: PyTorch itself is imported already. Restart Python, and import "
        "tinygrad_cv.torch_names before anything that imports torch"
    )
OLD = {Tensor: tensors.METHODS, Module: tensors.MODULE_METHODS, MNIST: tensors.MNIST_NAMES}
for kind, methods in OLD.items():
    for name, method in methods.items():
        setattr(kind, name, method)
sys.meta_path.insert(0, Finder())
