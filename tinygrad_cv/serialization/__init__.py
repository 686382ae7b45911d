"""Files of weights: our own checkpoints, PyTorch's .pth, and .safetensors; read without running anything."""

import io
import os

from ..backend import get_backend
from ..tensor import Tensor
from .checkpoint import load_checkpoint, save
from .pth import load_legacy, load_zip
from .safetensors import load_safetensors


def load(path, map_location="cpu", *, weights_only=True):
    """The dicts, lists, numbers and tensors in a file, its tensors on the device `map_location`.

    Reads what `tg.save` and PyTorch's `torch.save` (both formats) wrote, and .safetensors files;
    which of them a file is, its content says and not its name. bfloat16 becomes float32. Code in a
    file is never run, so there is no `weights_only=False`. Raises ValueError if the file is
    damaged, of no known kind, or holds more than tensors and plain containers.

    >>> import tinygrad_cv as tg, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "weights.npz")
    >>> tg.save(tg.nn.Linear(2, 1).state_dict(), path)
    >>> tg.load(path)["weight"].shape
    (1, 2)
    """
    if not weights_only:
        raise NotImplementedError(
            "load: weights_only=False is not supported: it would run whatever code the file holds; save a state_dict()"
        )
    path = os.fspath(path)
    get_backend(map_location)  # an unknown device is an error of its own, and so is a missing file
    with BoundedFile(path) as file:
        try:
            return _moved(_reader(file)(file), map_location)
        except ImportError:
            raise
        except Exception as error:  # zipfile, NumPy, json and struct have a dozen names for damage
            raise ValueError(f"load: {path} is damaged, or holds more than is read here: {error or type(error).__name__}") from None


class BoundedFile(io.FileIO):
    """A file open for reading, which takes no memory for bytes that it does not have, however many are asked for."""

    def read(self, size=-1):
        left = max(os.fstat(self.fileno()).st_size - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left))


def _reader(file):
    """The function that reads this kind of file, told from its first bytes."""
    start = file.read(200)
    file.seek(0)
    if start[:4] == b"PK\3\4":
        return load_checkpoint if b"tree.npy" in start else load_zip  # tree.npy is the first in our archives
    if start[8:9] == b"{":
        return load_safetensors
    if start[:1] == b"\x80":
        return load_legacy
    raise ValueError("it is damaged, or no checkpoint of this library, no .pth and no .safetensors file")


def _moved(value, device):
    """`value` with its tensors on `device`; shared ones stay shared only on the device they are on."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return type(value)((key, _moved(item, device)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return type(value)(_moved(item, device) for item in value)
    return value
