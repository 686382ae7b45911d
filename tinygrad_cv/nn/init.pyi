# Written by .ci/stubs.py, for editors and type checkers. The code is in init.py.
from tinygrad_cv import Generator, Tensor
def calculate_gain(
    nonlinearity: str, param: float | None = None, name: str = 'calculate_gain') -> float:
    """The factor by which weights must be larger to make up for the activation after them."""
def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere."""
def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = 'fan_in', nonlinearity: str = 'leaky_relu',
    generator: Generator | None = None) -> Tensor:
    """Normal, with std = gain / sqrt(fan); `a` is the slope of the leaky ReLU that follows."""
def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = 'fan_in', nonlinearity: str = 'leaky_relu',
    generator: Generator | None = None) -> Tensor:
    """Uniform, with std = gain / sqrt(fan); `a` is the slope of the leaky ReLU that follows."""
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draws from the normal distribution N(mean, std^2)."""
def ones_(tensor: Tensor) -> Tensor: ...
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draws from the uniform distribution on [a, b)."""
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal, with std = gain sqrt(2 / (fan_in + fan_out))."""
def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform, with std = gain sqrt(2 / (fan_in + fan_out))."""
def zeros_(tensor: Tensor) -> Tensor: ...
