"""Tensors as before PyTorch 0.4, when dtype and device were a tensor's class, and a Variable around
it recorded operations: Variable(FloatTensor(4, 1).fill_(1.0)) was what ones(4, 1) is now.
"""

from .. import ops
from ..arrays import set_default_device
from ..checks import check_tensor
from ..creation import arange, as_tensor, empty
from ..dtypes import as_dtype, set_default_dtype
from ..tensor import Tensor
from . import functions
from .stand_ins import instead


def Variable(data, requires_grad=False, volatile=False):
    """The same values as a leaf of a new graph."""
    check_tensor("Variable", data, "data")
    return data.detach().requires_grad_(requires_grad)


class TensorType(type):
    """The class of FloatTensor and the others: tensors of that dtype and device are its instances.

    FloatTensor(2, 3) and FloatTensor(x.shape) have that shape; FloatTensor(array) has those values.
    """

    def __call__(cls, *data):
        return made(cls.__name__, data, cls.dtype, cls.device)

    def __instancecheck__(cls, x):
        """isinstance(x, FloatTensor); the plain Tensor takes any dtype and device."""
        if not isinstance(x, Tensor) or cls.device is None:
            return isinstance(x, Tensor)
        return (x.dtype, x.device.type) == (cls.dtype, cls.device)

    def __getattr__(cls, name): return getattr(Tensor, name)  # Tensor.add is the method


def made(name, data, dtype, device):
    """A tensor from sizes, from a shape, or from numbers."""
    if len(data) == 1 and isinstance(data[0], tuple) and dtype.kind == "f":
        data = data[0] if all(isinstance(n, int) for n in data[0]) else data  # a shape
    if all(isinstance(n, int) for n in data):
        return empty(data or (0,), dtype=dtype, device=device)
    if len(data) != 1:
        raise TypeError(f"{name}: expected sizes, or one list or array, got {data!r}")
    return as_tensor(data[0], dtype=dtype, device=device)


TYPES = dict(
    FloatTensor="float32", DoubleTensor="float64", LongTensor="int64", IntTensor="int32",
    ShortTensor="int16", CharTensor="int8", ByteTensor="uint8", BoolTensor="bool",
)
on_cpu, on_gpu = (
    {name: TensorType(name, (), {"dtype": as_dtype(dtype), "device": device})
     for name, dtype in TYPES.items()}
    for device in ("cpu", "cuda")
)
on_cpu["Tensor"] = TensorType("Tensor", (), {"dtype": as_dtype("float32"), "device": None})


def options_of(kind):
    """What `to` is to do for FloatTensor, "torch.FloatTensor" or torch.float32."""
    if isinstance(kind, str) and kind.startswith("torch."):
        *_, place, name = kind.split(".")
        kind = (on_gpu if place == "cuda" else on_cpu)[name]
    if isinstance(kind, TensorType):
        return {"dtype": kind.dtype, "device": kind.device}
    return {"dtype": kind}


def tensor_type(self, dtype=None):
    """x.type(FloatTensor) and x.type(float32) convert; x.type() is "torch.FloatTensor"."""
    if dtype is not None:
        return ops.to(self, **options_of(dtype))
    place = "torch." if self.device.type == "cpu" else f"torch.{self.device.type}."
    return place + next(name for name, t in TYPES.items() if t == str(self.dtype))


def set_default_tensor_type(kind):
    """New tensors are of this dtype, and on this device."""
    options = options_of(kind)
    set_default_dtype(options["dtype"])
    set_default_device(options["device"])


def scatter_(self, dim, index, src):
    """x[.., index[.., j, ..], ..] = src, a number or a tensor, in the dimension `dim`."""
    place = list(functions.meshgrid(*[arange(n, device=index.device) for n in index.shape]))
    place[dim] = index
    if isinstance(src, Tensor):
        src = src[tuple(slice(n) for n in index.shape)]
    self[tuple(place)] = src
    return self


def missing(self, name): raise AttributeError(instead(f"torch.Tensor.{name}"))


MODULE_METHODS = dict(type=lambda self, dst_type: self.to(**options_of(dst_type)),
                      _modules=property(lambda self: dict(self.named_children())))
DATA, TARGETS = property(lambda self: self.data), property(lambda self: self.targets)
MNIST_NAMES = dict(train_data=DATA, test_data=DATA, train_labels=TARGETS, test_labels=TARGETS)
METHODS = dict(
    functions.NUMPY_STYLE, type=tensor_type, scatter_=scatter_, __getattr__=missing,
    new=lambda self, *data: made("new", data, self.dtype, self.device),
)
