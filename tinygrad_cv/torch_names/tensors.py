"""Tensors as before PyTorch 0.4, when dtype and device were a tensor's class.

What recorded operations was a Variable around the tensor:

    Variable(FloatTensor(4, 1).fill_(1.0), requires_grad=False)      now    ones(4, 1)
    images.type(FloatTensor), net.type(FloatTensor)                  now    images.float() ...
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
        any_kind = cls.device is None
        return isinstance(x, Tensor) and (
            any_kind or (x.dtype, x.device.type) == (cls.dtype, cls.device)
        )

    def __getattr__(cls, name):  # Tensor.add is the method
        return getattr(Tensor, name)


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


def types_on(device):
    return {
        name: TensorType(name, (), {"dtype": as_dtype(dtype), "device": device})
        for name, dtype in TYPES.items()
    }


on_cpu, on_gpu = types_on("cpu"), types_on("cuda")
on_cpu["Tensor"] = TensorType("Tensor", (), {"dtype": as_dtype("float32"), "device": None})


def by_name(kind):
    """The class that "torch.cuda.FloatTensor" names; anything else as it is."""
    if not (isinstance(kind, str) and kind.startswith("torch.")):
        return kind
    *_, place, name = kind.split(".")
    return (on_gpu if place == "cuda" else on_cpu)[name]


def tensor_type(self, dtype=None):
    """x.type(FloatTensor) and x.type(float32) convert; x.type() is "torch.FloatTensor"."""
    if dtype is None:
        place = "torch." if self.device.type == "cpu" else f"torch.{self.device.type}."
        return place + next(name for name, t in TYPES.items() if t == str(self.dtype))
    dtype = by_name(dtype)
    device = dtype.device if isinstance(dtype, TensorType) else None
    return ops.to(self, dtype=getattr(dtype, "dtype", dtype), device=device)


def new(self, *data):
    """x.new(2, 3) or x.new(list): a tensor of x's dtype, on its device."""
    return made("new", data, self.dtype, self.device)


def scatter_(self, dim, index, src):
    """x[.., index[.., j, ..], ..] = src, a number or a tensor, in the dimension `dim`."""
    place = [arange(n, device=index.device) for n in index.shape]
    place = [p.reshape((-1,) + (1,) * (index.ndim - 1 - i)) for i, p in enumerate(place)]
    place[dim] = index
    if isinstance(src, Tensor):
        src = src[tuple(slice(n) for n in index.shape)]
    self[tuple(place)] = src
    return self


def module_type(self, dst_type):
    """net.type(FloatTensor): all parameters and buffers, as `to` converts them."""
    dtype = by_name(dst_type)
    device = dtype.device if isinstance(dtype, TensorType) else None
    return self.to(dtype=getattr(dtype, "dtype", dtype), device=device)


def set_default_tensor_type(kind):
    """New tensors are of this dtype, and on this device."""
    kind = by_name(kind)
    set_default_dtype(kind.dtype)
    set_default_device(kind.device)


def missing(self, name):
    raise AttributeError(instead(f"torch.Tensor.{name}"))


METHODS = dict(
    functions.NUMPY_STYLE, type=tensor_type, new=new, scatter_=scatter_, __getattr__=missing
)
