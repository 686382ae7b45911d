# Written by .ci/stubs.py, for editors and type checkers. The code is in viz.py.
import os
from collections.abc import Iterable, Sequence
from typing import Any
from PIL import Image
from tinygrad_cv import Tensor
from tinygrad_cv.nn import Module
class Graph:
    """A drawing: boxes [(kind, lines of text)], and arrows [(from, to, shape)] by their numbers."""
    arrows: Any
    boxes: Any
    def __init__(self, boxes: Any, arrows: Any) -> None: ...
    def mermaid(self) -> str:
        """The drawing as text in the language of https://mermaid.js.org, which GitHub draws."""
    def dot(self) -> str:
        """The drawing as text in the language of https://graphviz.org."""
    def render(self, format: str = 'svg') -> bytes:
        """The picture as bytes: "svg", "png" or "pdf". RuntimeError where Graphviz is missing."""
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file whose name says in which format: graph.svg, graph.png."""
def activations(net: Module, *inputs: Tensor | Sequence[int], most: int = 8) -> Image.Image:
    """What the layers make of the first input, as a Pillow image: 0 is white, red > 0, blue < 0.

    One row for each layer whose output is (N, C, H, W), with its first channels, at most `most`.
    """
def draw_graph(
    output: Tensor, params: dict[str, Tensor] | Iterable[tuple[str, Tensor]] = {}, depth: int |
    None = None) -> Graph:
    """The graph behind `output` as a `Graph`: a notebook shows it, and it can be saved.

    `params` are {name: tensor}, such as dict(net.named_parameters()). With several networks, give
    each a prefix: D.named_parameters(prefix="D"). Modules of that depth become boxes: "layer1.0"
    has depth 2. depth=0 shows every operation; None folds only what must be folded to be readable.
    """
def filters(layer: Module, most: int = 8) -> Image.Image:
    """The weight of a convolution as a Pillow image, with colours as in `activations`.

    Filters of grey or RGB images stand in rows of `most`. Otherwise there is one row for each
    filter (in a ConvTranspose2d each input), with its first channels; both are at most `most`.
    """
def print_graph(
    output: Tensor, params: dict[str, Tensor] | Iterable[tuple[str, Tensor]] = {}) -> None:
    """Print the leaves behind `output`, then the operations in the order in which they ran.

    `params` are {name: tensor}; other leaves have numbers. A dash is an input without a gradient.
    After backward, each leaf shows the norm of its gradient.

    >>> import tinygrad_cv as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> tg.viz.print_graph((3 * w).exp().sum(), {"w": w})
    w  leaf       (2,)
    1  Mul(-, w)  (2,)
    2  Exp(1)     (2,)
    3  Sum(2)     ()
    """
def summary(net: Module, *inputs: Tensor | Sequence[int]) -> None:
    """Print each layer's output shape, its parameters and its multiply-adds, and their sums.

    `inputs` are shapes, such as (1, 100, 1, 1), or tensors. What `forward` computes without a layer
    is not listed. A layer that runs twice is listed twice, but its parameters count once.

    >>> import tinygrad_cv as tg
    >>> tg.viz.summary(tg.nn.Sequential(tg.nn.Linear(3, 4), tg.nn.ReLU()), (8, 3))
    layer  kind    output  parameters  multiply-adds
    0      Linear  (8, 4)          16             96
    1      ReLU    (8, 4)           0              0
    total                          16             96
    """
