"""Pictures of what a network does: its graph, its layers, what they see and what they look for.

The graph is in the tensors: `output.grad_fn` is the operation that made the output, and its `edges`
lead to what made its inputs; an input that needs no gradient has none, and is not drawn.

An operation does not know which module it ran in. But parameters have names, such as
"layer1.0.conv1.weight", and modules run one after the other. So an operation without parameters
that ran between "layer1.0.conv1" and "layer1.0.bn1" ran in what they have in common, "layer1.0".
"""

import contextlib
import io
import math
from os.path import commonprefix
from pathlib import Path

from .autograd import no_grad
from .checks import check_tensor, is_tensor, shown
from .creation import zeros
from .nn import Conv2d, ConvTranspose2d, Linear

MOST_BOXES = 40  # a drawing with more is hard to read
COLORS = dict(
    parameter="#cfe2ff", leaf="#d1f0d8", operation="#f1f1f1", module="#fff0c2", output="#ffd6d6"
)


def graph_behind(function, output, params):
    """The operations behind a tensor, oldest first, {leaf: name} and {parameter: its module}."""
    check_tensor(function, output, "the output")
    try:
        known = {tensor: name for name, tensor in dict(params).items()}
        modules = {tensor: tuple(name.split(".")[:-1]) for tensor, name in known.items()}
    except (TypeError, ValueError):
        way_out = "pass net.named_parameters(), or a dict {name: tensor}"
        raise TypeError(f"{function}: params can't be {shown(params)}; {way_out}") from None
    if output.grad_fn is None:
        raise ValueError(
            f"{function}: there is no graph behind this tensor of shape {output.shape}; compute it "
            "from a tensor with requires_grad=True, and not under no_grad"
        )
    found, new = set(), {output.grad_fn}
    while new:
        found |= new
        new = {e for node in new for e in node.edges if e is not None and e.edges} - found
    operations = sorted(found, key=lambda node: node.born)
    edges = dict.fromkeys(edge for node in operations for edge in node.edges)  # each once, in order
    leaves = [edge for edge in edges if edge is not None and not edge.edges]
    return operations, {x: known.get(x, f"leaf {i}") for i, x in enumerate(leaves, 1)}, modules


def norm_of_gradients(leaves):
    """A text with the norm of all their gradients as one vector; "" before backward."""
    norms = [float(leaf.grad.detach().norm()) for leaf in leaves if leaf.grad is not None]
    return f"|grad| {math.hypot(*norms):.3g}" if norms else ""


def print_graph(output, params={}):
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
    operations, names, _ = graph_behind("print_graph", output, params)
    rows = [(name, "leaf", str(x.shape), norm_of_gradients([x])) for x, name in names.items()]
    names[None] = "-"
    for number, node in enumerate(operations, 1):
        names[node] = str(number)
        inputs = ", ".join(names[edge] for edge in node.edges)
        rows.append((names[node], f"{node.name()}({inputs})", str(node.shape), ""))
    print_table(rows)


def print_table(rows, numbers=()):
    """Print rows of texts in columns; the columns in `numbers` are aligned at the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [f"{text:{'>' if i in numbers else '<'}{widths[i]}}" for i, text in enumerate(row)]
        print("  ".join(cells).rstrip())


def draw_graph(output, params={}, depth=None):
    """The graph behind `output` as a `Graph`: a notebook shows it, and it can be saved.

    `params` are {name: tensor}, such as dict(net.named_parameters()). With several networks, give
    each a prefix: D.named_parameters(prefix="D"). Modules of that depth become boxes: "layer1.0"
    has depth 2. depth=0 shows every operation; None folds only what must be folded to be readable.
    """
    operations, names, modules = graph_behind("draw_graph", output, params)
    deepest = max(map(len, modules.values()), default=0)
    for depth in [0, *range(deepest, 0, -1)] if depth is None else [depth]:
        graph = folded(operations, names, modules, depth)
        if len(graph.boxes) <= MOST_BOXES:
            break
    return graph


def calls_of_modules(operations, modules):
    """{operation: (call, path of the module that it ran in)}, given {parameter: path}.

    A module that is entered again, as D is for fake images after real ones, begins another call.
    """
    calls, call, seen, before, waiting = {}, 0, set(), None, []
    for node in operations:
        path = next((modules[edge] for edge in node.edges if edge in modules), None)
        if path is None:
            waiting.append(node)
            continue
        if path in seen and path != before:
            call, seen, before = call + 1, set(), None
        common = () if before is None else commonprefix([before, path])
        calls.update({other: (call, common) for other in waiting})
        calls[node], waiting, before = (call, path), [], path
        seen.add(path)
    return calls


def folded(operations, names, modules, depth):
    """The Graph in which each call of a module of this depth is one box."""
    calls, paths = calls_of_modules(operations, modules), set(modules.values())
    boxes, arrows, places = {}, [], dict(names)  # places: {node: key of its box}
    for node in operations:
        call, path = calls.get(node, (0, ()))
        folds = depth and path and (len(path) >= depth or path in paths)
        here = places[node] = (call, path[:depth]) if folds else node.born
        title = ("module", ".".join(path[:depth])) if folds else ("operation", node.name())
        leaves = boxes.setdefault(here, (*title, set()))[2]
        for edge in node.edges:
            if folds and edge in modules:
                leaves.add(edge)
            elif edge is not None and places[edge] != here:
                if edge in names:
                    kind = "parameter" if edge in modules else "leaf"
                    boxes[names[edge]] = kind, names[edge], {edge}
                arrows.append((places[edge], here, edge.shape))
    boxes[-1] = "output", "output", set()
    arrows.append((here, -1, node.shape))
    numbers = {key: i for i, key in enumerate(boxes)}
    arrows = [(numbers[start], numbers[end], shape) for start, end, shape in arrows]
    return Graph([(box[0], lines_of(*box)) for box in boxes.values()], arrows)


def lines_of(kind, title, leaves):
    count, norm = sum(leaf.numel() for leaf in leaves), norm_of_gradients(leaves)
    return [title, *[f"{count:,} parameters"] * (kind == "module"), *[norm] * bool(norm)]


class Graph:
    """A drawing: boxes [(kind, lines of text)], and arrows [(from, to, shape)] by their numbers."""

    def __init__(self, boxes, arrows):
        self.boxes, self.arrows = boxes, arrows

    def mermaid(self):
        """The drawing as text in the language of https://mermaid.js.org, which GitHub draws."""
        text = "flowchart TD\n"
        for i, (kind, lines) in enumerate(self.boxes):
            label = "<br/>".join(lines).replace('"', "#quot;")
            text += f'    n{i}["{label}"]:::{kind}\n'
        text += "".join(f'    n{i} -->|"{shape}"| n{j}\n' for i, j, shape in self.arrows)
        return text + "".join(f"    classDef {k} fill:{c},color:#000\n" for k, c in COLORS.items())

    __repr__ = mermaid

    def dot(self):
        """The drawing as text in the language of https://graphviz.org."""
        text = 'digraph {\n    node [shape=box style="rounded,filled"] edge [fontsize=10]\n'
        for i, (kind, lines) in enumerate(self.boxes):
            label = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"')
            text += f'    n{i} [label="{label}" fillcolor="{COLORS[kind]}"]\n'
        for i, j, shape in self.arrows:
            weight = 1 if self.boxes[i][0] in ("parameter", "leaf") else 9  # large: straight down
            text += f'    n{i} -> n{j} [label=" {shape}" weight={weight}]\n'
        return text + "}\n"

    def render(self, format="svg"):
        """The picture as bytes: "svg", "png" or "pdf". RuntimeError where Graphviz is missing."""
        try:
            import graphviz
            return graphviz.Source(self.dot()).pipe(format=format)
        except (ImportError, RuntimeError) as error:  # no package, or no program
            raise RuntimeError(
                'draw_graph: a picture needs pip install -e ".[viz]" and the program `dot` from '
                "https://graphviz.org/download; or paste mermaid() into https://mermaid.live"
            ) from error

    def save(self, path):
        """Write the picture to a file whose name says in which format: graph.svg, graph.png."""
        Path(path).write_bytes(self.render(Path(path).suffix[1:]))

    def _repr_mimebundle_(self, include=None, exclude=None):
        with contextlib.suppress(RuntimeError):
            return {"image/svg+xml": self.render("svg").decode()}
        return {"text/markdown": f"```mermaid\n{self.mermaid()}```", "text/plain": self.mermaid()}


def run_layers(net, inputs):
    """[(name, layer, args, output)] in the order in which the layers run, in eval mode.

    A layer is a module without parts, or with parameters of its own. The net is left as it was.
    """
    ran = []
    with no_grad(), contextlib.ExitStack() as at_the_end:
        for name, module in net.named_modules():
            at_the_end.callback(setattr, module, "training", module.training)
            if not list(module.children()) or list(module.parameters(recurse=False)):
                at_the_end.enter_context(module.register_forward_hook(
                    lambda *call, name=name or type(net).__name__: ran.append((name, *call))
                ))
        net.eval()(*inputs)
    return ran


def multiply_adds(layer, args, output):
    """How many products: each weight once at each position of the output; see docs/viz.md."""
    if not isinstance(layer, (Linear, Conv2d, ConvTranspose2d)):
        return 0
    x = args[0] if isinstance(layer, ConvTranspose2d) else output  # it stamps at the input's
    return layer.weight.numel() * (x.numel() // x.shape[-1 if isinstance(layer, Linear) else 1])


def summary(net, *inputs):
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
    like = next(net.parameters(), zeros(()))
    inputs = [x if is_tensor(x) else like.new_zeros(x) for x in inputs]
    rows, total, seen = [("layer", "kind", "output", "parameters", "multiply-adds")], 0, set()
    for name, layer, args, output in run_layers(net, inputs):
        own = set(layer.parameters(recurse=False)) - seen
        seen |= own
        count, work = sum(p.numel() for p in own), multiply_adds(layer, args, output)
        total += work
        kind, shape = type(layer).__name__, str(getattr(output, "shape", "-"))
        rows.append((name, kind, shape, f"{count:,}", f"{work:,}"))
    count = sum(p.numel() for p in net.parameters())
    print_table([*rows, ("total", "", "", f"{count:,}", f"{total:,}")], numbers=(3, 4))


def activations(net, *inputs, most=8):
    """What the layers make of the first input, as a Pillow image: 0 is white, red > 0, blue < 0.

    One row for each layer whose output is (N, C, H, W), with its first channels, at most `most`.
    """
    rows = [
        (f"{name}\n{type(layer).__name__}\n{y.shape[1:]}", y[0, :most])
        for name, layer, _, y in run_layers(net, inputs) if getattr(y, "ndim", 0) == 4
    ]
    if not rows:
        raise ValueError("activations: no layer of this net has an output of shape (N, C, H, W)")
    return pictures(rows, most)


def filters(layer, most=8):
    """The weight of a convolution as a Pillow image, with colours as in `activations`.

    Filters of grey or RGB images stand in rows of `most`. Otherwise there is one row for each
    filter (in a ConvTranspose2d each input), with its first channels; both are at most `most`.
    """
    weight = layer.weight.detach()
    whole = weight.shape[1] in (1, 3)  # a filter is a picture
    rows = weight.permute(0, 2, 3, 1).split(most) if whole else weight[:most, :most]
    return pictures([("", row) for row in rows], most)


def pictures(rows, columns):
    """Rows (label, images (n, H, W) or (n, H, W, C)) as one Pillow image, each on its own scale."""
    from matplotlib.figure import Figure  # here, as it takes long to import
    from PIL import Image

    figure = Figure(figsize=(1.2 * columns, 1.25 * len(rows)))
    for i, (label, images) in enumerate(rows):
        images = images.cpu().numpy()
        most = abs(images).max() or 1
        if images.shape[3:] == (3,):
            images = images / (2 * most) + 0.5  # RGB from 0 to 1
        for k, image in enumerate(images, i * columns + 1):
            axis = figure.add_subplot(len(rows), columns, k, xticks=[], yticks=[])
            axis.imshow(image, cmap="bwr", vmin=-most, vmax=most)
            axis.set_ylabel(label, rotation=0, ha="right", va="center")
            label = ""  # for the first image of a row only
    figure.savefig(file := io.BytesIO(), format="png", bbox_inches="tight")
    return Image.open(file)
