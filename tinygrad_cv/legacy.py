"""Names from the years before PyTorch 0.4, which many GAN scripts still use.

Then a tensor's dtype and device were its class, and what recorded operations was a Variable around it:

    Variable(FloatTensor(4, 1).fill_(1.0), requires_grad=False)      now    ones(4, 1)
    images.type(FloatTensor)                                         now    images.float()

Here they are other names for what a tensor does today. New programs need none of them.
"""

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
    """The class of FloatTensor and the others: it has a `dtype`, and a Tensor of that dtype is an instance of it."""

    def __new__(cls, name, dtype):
        return super().__new__(cls, name, (), dict(dtype=dtypes.as_dtype(dtype), __doc__=f"{dtype} tensors."))

    def __init__(cls, name, dtype):
        super().__init__(name, (), {})

    def __instancecheck__(cls, x):
        return isinstance(x, Tensor) and x.dtype == cls.dtype and x.device.type == "cpu"

    def __call__(cls, *data):
        """FloatTensor(2, 3) has that shape; FloatTensor(array) those values.

        >>> import tinygrad_cv as tg
        >>> tg.FloatTensor(2, 1).fill_(1.0), tg.LongTensor([3, 4])
        (tensor([[1.],
                [1.]]), tensor([3, 4]))
        """
        if all(isinstance(n, int) for n in data):
            return empty(*(data or (0,)), dtype=cls.dtype, device="cpu")
        if len(data) != 1:
            raise TypeError(f"{cls.__name__}: expected sizes, or one list or array of values, got {data!r}")
        return as_tensor(data[0], dtype=cls.dtype, device="cpu")


FloatTensor, DoubleTensor, HalfTensor = map(_Typed, ("FloatTensor", "DoubleTensor", "HalfTensor"), ("float32", "float64", "float16"))
LongTensor, IntTensor, ByteTensor, BoolTensor = map(
    _Typed, ("LongTensor", "IntTensor", "ByteTensor", "BoolTensor"), ("int64", "int32", "uint8", "bool")
)
