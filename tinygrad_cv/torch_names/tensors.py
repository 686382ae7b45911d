"""Tensors as before PyTorch 0.4, when dtype and device were a tensor's class.

What recorded operations was a Variable around the tensor:

    Variable(FloatTensor(4, 1).fill_(1.0), requires_grad=False)      now    ones(4, 1)
    images.type(FloatTensor)                                         now    images.float()
"""

from .. import ops
from ..checks import check_tensor
from ..creation import as_tensor, empty
from ..dtypes import as_dtype
from ..tensor import Tensor


def Variable(data, requires_grad=False):
    """The same values as a leaf of a new graph."""
    check_tensor("Variable", data, "data")
    return data.detach().requires_grad_(requires_grad)


class TensorType:
    """What FloatTensor and the others are: tensors of its dtype and device are its instances.

    FloatTensor(2, 3) has that shape; FloatTensor(array) has those values.
    """

    def __init__(self, name, dtype, device=None):
        self.__name__, self.dtype, self.device = name, as_dtype(dtype), device

    def __call__(self, *data):
        if all(isinstance(n, int) for n in data):
            return empty(data or (0,), dtype=self.dtype, device=self.device)
        if len(data) != 1:
            raise TypeError(f"{self.__name__}: expected sizes, or one list or array, got {data!r}")
        return as_tensor(data[0], dtype=self.dtype, device=self.device)

    def __instancecheck__(self, x):
        """isinstance(x, FloatTensor); the plain Tensor takes any dtype and device."""
        any_kind = self.device is None
        return isinstance(x, Tensor) and (
            any_kind or (x.dtype, x.device.type) == (self.dtype, self.device)
        )

    def __getattr__(self, name):  # Tensor.add is the method
        return getattr(Tensor, name)


TYPES = dict(
    FloatTensor="float32", DoubleTensor="float64", LongTensor="int64", IntTensor="int32",
    ShortTensor="int16", CharTensor="int8", ByteTensor="uint8", BoolTensor="bool",
)
on_cpu = {name: TensorType(name, dtype, "cpu") for name, dtype in TYPES.items()}
on_gpu = {name: TensorType(name, dtype, "cuda") for name, dtype in TYPES.items()}
on_cpu["Tensor"] = TensorType("Tensor", "float32")


def type(self, dtype=None):
    """x.type(FloatTensor) and x.type(float32) convert; x.type() is "torch.FloatTensor"."""
    if dtype is None:
        place = "torch." if self.device.type == "cpu" else f"torch.{self.device.type}."
        return place + next(name for name, t in TYPES.items() if t == str(self.dtype))
    if isinstance(dtype, str) and dtype.startswith("torch."):
        *_, place, name = dtype.split(".")
        dtype = (on_gpu if place == "cuda" else on_cpu)[name]
    device = dtype.device if isinstance(dtype, TensorType) else None
    return ops.to(self, dtype=getattr(dtype, "dtype", dtype), device=device)
