"""Parameter: a tensor that a Module counts among what training changes."""

from ..backend import get_backend
from ..ops import check_tensor
from ..tensor import Tensor


class Parameter(Tensor):
    """A leaf that requires a gradient. Assigned to a Module, it appears in `parameters()`.

    It shares the memory of `data`.

    >>> import tinygrad_cv as tg
    >>> tg.nn.Parameter(tg.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __init__(self, data=None, requires_grad=True):
        if data is None:
            data = Tensor([], backend=get_backend())
        check_tensor("Parameter", data, "data")
        super().__init__(data.array, data.backend, requires_grad)
        self.counter = data.counter

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"
