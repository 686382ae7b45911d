"""Files of tensors: our checkpoints, written and read; PyTorch's and safetensors' files, read."""

from .checkpoint import save
from .loading import load
