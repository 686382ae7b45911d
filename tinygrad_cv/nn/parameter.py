"""Parameter: a tensor that a Module counts among those that training changes."""

from ..checks import check_tensor
from ..tensor import Tensor


class Parameter(Tensor):
    """A leaf that requires a gradient, and shares the memory of the Tensor `data`."""

    def __init__(self, data, requires_grad=True):
        check_tensor("Parameter", data, "data")
        super().__init__(data.array, requires_grad)
        self.memory = data.memory

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"
