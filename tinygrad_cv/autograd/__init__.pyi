# Written by .ci/stubs.py, for editors and type checkers. The code is in __init__.py.
from collections.abc import Callable, Sequence
from typing import Any
from typing_extensions import Self
from tinygrad_cv import Tensor
class Function:
    """Base of all operations. A subclass says what backward needs, and writes both directions.

    >>> import tinygrad_cv as tg
    >>> class Square(tg.autograd.Function):
    ...     saves = (0,)
    ...     def forward(self, x):
    ...         return x * x
    ...     def backward(self, grad):
    ...         (x,) = self.saved()
    ...         return grad * 2 * x
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> Square()(x).backward()
    >>> x.grad
    tensor(6.)
    """
    born: Any
    edges: Any
    made_at: Any
    shape: tuple[int, ...]
    def __init__(self) -> None: ...
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Arrays in, one array out."""
    def backward(self, grad: Tensor) -> None:
        """The output's gradient in, each input's gradient out (None: zero, or not needed)."""
    def __call__(self, *inputs: Tensor | Sequence[Tensor]) -> Tensor: ...
    def saved(self) -> list[Any]:
        """What `saves` names, with a check that its values are still those of the forward pass."""
    def name(self) -> str:
        """The operation's name, as error messages give it."""
def backward(
    tensors: Tensor | Sequence[Tensor], grad_tensors: Tensor | Sequence[Tensor | None] | None =
    None, retain_graph: bool | None = None, create_graph: bool = False) -> None:
    """Add the gradient of `tensors` to the `.grad` of every leaf that they were computed from.

    A tensor with one element starts from dL/dL = 1. Any other needs a gradient of its own shape
    in `grad_tensors`; the result is then the vector-Jacobian product. Raises RuntimeError for a
    tensor that requires no gradient.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> tg.autograd.backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])
    """
def detect_anomaly() -> set_detect_anomaly:
    """with detect_anomaly(): the first backward that makes a NaN or infinity raises RuntimeError.

    If the forward pass ran inside the block, too, the message gives the line of the operation.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([0.0, 1.0], requires_grad=True)
    >>> with tg.autograd.detect_anomaly():
    ...     try:
    ...         x.sqrt().sum().backward()
    ...     except RuntimeError as error:
    ...         print(str(error)[:59])
    Sqrt: backward returned inf values in its 0th output, shape
    """
from tinygrad_cv.autograd.grad_mode import enable_grad as enable_grad
def grad(
    outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor], grad_outputs: Tensor
    | Sequence[Tensor | None] | None = None, retain_graph: bool | None = None, create_graph:
    bool = False, only_inputs: bool = True, allow_unused: bool = False) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, as a tuple; no `.grad` is touched.

    With create_graph=True the gradients can be differentiated again, as the gradient penalty
    of WGAN-GP needs. An input that no output depends on raises RuntimeError, or gives None
    with allow_unused=True.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor(2.0, requires_grad=True)
    >>> (g,) = tg.autograd.grad(x ** 3, x, create_graph=True)   # 3 x^2
    >>> tg.autograd.grad(g, x)                                  # 6 x
    (tensor(12.),)
    """
from tinygrad_cv.autograd import grad_mode as grad_mode
def gradcheck(
    fn: Callable[..., Any], inputs: Tensor | Sequence[Tensor], *, eps: float = 1e-06, atol:
    float = 1e-05, rtol: float = 0.001) -> bool:
    """True if fn's gradients are right: they differ by at most atol + rtol * the larger of the two.

    `inputs` is a tensor or a tuple; those that require a gradient are checked, and must be float64.
    `fn` returns a tensor or a tuple of them. Checked too: gradients have the dtype of their inputs,
    backward writes into nothing that it was given or has saved, and gives the same with
    create_graph=True. Raises GradcheckError saying which entry is wrong and by how much, and
    KinkError where fn has no derivative.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([0.5, 2.0], dtype=tg.float64, requires_grad=True)
    >>> tg.autograd.gradcheck(tg.log, x)
    True
    """
def gradgradcheck(
    fn: Callable[..., Any], inputs: Tensor | Sequence[Tensor], **options: float) -> bool:
    """Check second derivatives: gradcheck of the function (inputs, u) -> u^T J, for a random u."""
from tinygrad_cv.autograd import hooks as hooks
from tinygrad_cv.autograd.grad_mode import inference_mode as inference_mode
def is_anomaly_enabled() -> bool:
    """True while anomaly mode is on."""
from tinygrad_cv.autograd.grad_mode import is_grad_enabled as is_grad_enabled
from tinygrad_cv.autograd.grad_mode import no_grad as no_grad
class set_detect_anomaly:
    """Switch anomaly mode on or off: as a plain call, or for a `with` block."""
    before: Any
    def __init__(self, mode: bool) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: Any) -> None: ...
from tinygrad_cv.autograd.grad_mode import set_grad_enabled as set_grad_enabled
