"""SummaryWriter: the one of the package tensorboardX, for this library's tensors."""

from ..checks import warn
from ..tensor import Tensor


def plain(x):
    """Tensors as NumPy arrays, also inside lists and dictionaries."""
    if isinstance(x, Tensor):
        return x.detach().cpu().numpy()
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


class SummaryWriter:
    """Writes add_scalar(tag, x, step), add_image(tag, image, step) and so on to `log_dir`."""

    def __init__(self, log_dir=None, *args, **options):
        try:
            import tensorboardX
        except ImportError:
            raise ImportError("SummaryWriter: first pip install tensorboardX") from None
        self._writer = tensorboardX.SummaryWriter(log_dir, *args, **options)

    def __getattr__(self, name):
        method = getattr(self._writer, name)
        return lambda *args, **options: method(*plain(args), **plain(options))

    def add_graph(self, *args, **options):
        warn("SummaryWriter.add_graph: left out; tensorboardX draws PyTorch's own graphs only")

    def __enter__(self): return self
    def __exit__(self, *exception): self._writer.close()
