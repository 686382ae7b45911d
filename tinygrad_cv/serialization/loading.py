"""load: reads any kind of file that it knows. The first bytes tell which it is, never the name.

    PK\\3\\4 ...                 a zip file: ours have a member tree.npy, PyTorch's a data.pkl
    \\x80, and a magic number    PyTorch's legacy format
    8 bytes of length, then {   safetensors
"""

import io
import os

from ..arrays import find_library
from .archive import open_archive
from .checkpoint import read_checkpoint
from .files import stranger
from .safetensors import read_safetensors
from .torch_files import MAGIC, read_legacy, read_zip


def load(file, map_location="cpu", *, weights_only=True):
    """The content of a file of `save`, `torch.save` or safetensors, on the device `map_location`.

    `file` is a path or an open binary file. Nothing in it is ever executed, whoever made it and
    whatever weights_only says. float16 and bfloat16 tensors become float32; Parameters become
    Tensors that require a gradient. Tensors that shared memory share it again.

    A dict as map_location, such as {"cuda:0": "cpu"}, says where to put what was saved on a device;
    only PyTorch's files tell, everything else counts as saved on "cpu". A function means "cpu", as
    the functions that scripts pass there do.

    ValueError if the file is damaged, or holds anything but tensors and plain containers. `save`
    has an example.
    """
    device_for = devices(map_location)
    is_open = hasattr(file, "read")
    with io.BytesIO(file.read()) if is_open else open(file, "rb") as opened:
        try:
            return _load(opened, device_for)
        except ImportError:  # the library for .safetensors
            raise
        except Exception as error:  # zipfile, NumPy and json have many names for damage
            name = getattr(file, "name", "the file") if is_open else os.fspath(file)
            raise ValueError(
                f"load: {name} is damaged or not a checkpoint that can be read: {error}"
            ) from None


def devices(map_location):
    """A function from the name of the device where something was saved to the device for it."""
    if not isinstance(map_location, dict):
        map_location = {None: "cpu" if callable(map_location) else map_location}
    new = {saved: find_library(to).device for saved, to in {None: "cpu", **map_location}.items()}
    return lambda saved: new.get(saved, new[None])


def _load(file, device_for):
    head = file.read(64)
    file.seek(0)
    if head.startswith(b"PK\3\4"):
        archive = open_archive(file)
        if "tree.npy" in archive.namelist():
            return read_checkpoint(archive, device_for("cpu"))
        return read_zip(archive, device_for)
    if MAGIC in head:
        return read_legacy(file.read(), device_for)
    if head[8:9] == b"{":
        return read_safetensors(file.read(), device_for("cpu"))
    raise ValueError(stranger(head) or f"its format is unknown; it begins with {head[:20]}")
