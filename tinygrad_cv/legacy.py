"""Names from the years before PyTorch 0.4, which many GAN scripts still use.

Then a tensor's dtype and device were its class, and what recorded operations was a Variable around it:

    Variable(FloatTensor(4, 1).fill_(1.0), requires_grad=False)      now    ones(4, 1)
    images.type(FloatTensor)                                         now    images.float()

Here they are other names for what a tensor does today. New programs need none of them.
"""

from . import cuda
from .backend import dtypes
from .creation import as_tensor, empty
from .ops import check_tensor
from .tensor import Tensor


def Variable(data, requires_grad=False):
    """The same values as a leaf of a new graph.

    >>> import tinygrad_cv as tg
    >>> tg.autograd.Variable(tg.ones(2), requires_grad=True).requires_grad
    True
    """
    check_tensor("Variable", data, "data")
    return data.detach().requires_grad_(requires_grad)


class _Typed(type):
    """The class of FloatTensor and the others: a Tensor of its dtype, on its device, is an instance of it."""

    def __new__(cls, name, dtype, device):
        return super().__new__(cls, name, (), dict(dtype=dtypes.as_dtype(dtype), device=device, __doc__=f"{dtype} on {device}."))

    def __init__(cls, name, dtype, device):
        super().__init__(name, (), {})

    def __instancecheck__(cls, x):
        return isinstance(x, Tensor) and x.dtype == cls.dtype and x.device.type == cls.device

    def __call__(cls, *data):
        """FloatTensor(2, 3) has that shape; FloatTensor(array) those values.

        >>> import tinygrad_cv as tg
        >>> tg.FloatTensor(2, 1).fill_(1.0), tg.LongTensor([3, 4])
        (tensor([[1.],
                [1.]]), tensor([3, 4]))
        """
        return sizes_or_values(cls.__name__, data, cls.dtype, cls.device)


def sizes_or_values(name, data, dtype, device=None):
    """A tensor of that shape if `data` are ints, else of the one list or array in it."""
    if all(isinstance(n, int) for n in data):
        return empty(*(data or (0,)), dtype=dtype, device=device)
    if len(data) != 1:
        raise TypeError(f"{name}: expected sizes, or one list or array of values, got {data!r}")
    return as_tensor(data[0], dtype=dtype, device=device)


def _tensor(*data):
    """Tensor(2, 3) or Tensor([1.0, 2.0]); the constructor has filled up with None and False."""
    return sizes_or_values("Tensor", [x for x in data if x is not None and x is not False], dtypes.get_default_dtype())


Tensor.as_in_old_scripts = staticmethod(_tensor)  # Tensor stands below and can't import this


TYPES = dict(
    FloatTensor="float32", DoubleTensor="float64", HalfTensor="float16", LongTensor="int64", IntTensor="int32",
    ByteTensor="uint8", BoolTensor="bool",
)
for _name, _dtype in TYPES.items():
    globals()[_name] = _Typed(_name, _dtype, "cpu")
    setattr(cuda, _name, _Typed(_name, _dtype, "cuda"))  # torch.cuda.FloatTensor
