"""load: whatever kind of file it is, told by its first bytes and never by its name.

    PK\\3\\4 ...                       a zip file: our checkpoints have a member tree.npy, PyTorch's a data.pkl
    \\x80, and the magic number       PyTorch's legacy format
    8 bytes of length, then {        safetensors
"""

import os

from ..backend import get_backend
from .archive import Archive
from .checkpoint import read_checkpoint
from .torch_files import MAGIC, read_legacy, read_safetensors, read_zip


def load(path, map_location="cpu", *, weights_only=True, mmap=None):
    """What a file holds, its tensors on the device `map_location`: of save(), of torch.save or of safetensors.

    Nothing in the file is ever executed, whoever made it and whatever weights_only says: docs/pretrained.md says
    how. A function as map_location means "cpu", as what scripts pass there does. ValueError if it is
    damaged, or has anything but tensors and plain containers; ImportError for a safetensors file without
    the safetensors library (pip install -e ".[pretrained]").

    >>> import tinygrad_cv as tg, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "net.npz")
    >>> net = tg.nn.Linear(2, 1)
    >>> tg.save(net.state_dict(), path)
    >>> net.load_state_dict(tg.load(path))
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    """
    if mmap:
        raise NotImplementedError("load: mmap=True is not supported: a file is read whole")
    path = os.fspath(path)
    device = get_backend("cpu" if callable(map_location) else map_location).device  # an unknown device is an error of its own, as is a missing file
    with open(path, "rb") as file:
        head = file.read(64)
        file.seek(0)
        try:
            if head.startswith(b"PK\3\4"):
                archive = Archive(file)
                if "tree.npy" in archive.names:
                    return read_checkpoint(archive, device)
                return read_zip(archive, device, os.path.getsize(path))
            if MAGIC in head:
                return read_legacy(file.read(), device)
            if head[8:9] == b"{":
                return read_safetensors(safetensors().deserialize, file.read(), device)
            raise ValueError("it is none of save(), torch.save or safetensors")
        except ImportError:
            raise
        except Exception as error:  # zipfile, NumPy, json and safetensors have a dozen names for damage
            raise ValueError(f"load: {path} is damaged or no checkpoint that can be read: {error}") from None


def safetensors():
    try:
        import safetensors
    except ImportError:
        raise ImportError(
            'load: a safetensors file needs the safetensors library: pip install -e ".[pretrained]"'
        ) from None
    return safetensors
