"""Files of tensors: our own checkpoints, written and read, and PyTorch's and safetensors', read."""

from .checkpoint import save
from .loading import load
