"""Pictures of what a network does: its graph, its layers, what they see and what they look for.

The graph is in the tensors already: `output.grad_fn` is the operation that made the output, and
its `edges` lead to what made its inputs. Drawing it is a walk, as `backward` is one. The arrows
point the way the numbers flowed; backward goes against them. An input that needs no gradient has
no edge, so it is not drawn.

An operation does not know which module it ran in. But parameters have names, such as
"layer1.0.conv1.weight", and modules run one after the other. So an operation without parameters
that ran between "layer1.0.conv1" and "layer1.0.bn1" ran in what they have in common, "layer1.0".
"""

import contextlib
import io
import math
import os

from .autograd import no_grad
from .checks import check_tensor, is_tensor, shown
from .creation import zeros
from .nn import Conv2d, ConvTranspose2d, Linear

MOST_BOXES = 40  # a drawing with more is unreadable
COLORS = dict(
    parameter="#cfe2ff", leaf="#d1f0d8", operation="#f1f1f1", module="#fff0c2", output="#ffd6d6"
)


def graph_behind(function, output, params):
    """The operations behind a tensor, oldest first, and {leaf: name} in the order of their use.

    A leaf that is not among the `params` is called "leaf 1", or a later number.
    """
    check_tensor(function, output, "the output")
    if output.grad_fn is None:
        raise ValueError(
            f"{function}: there is no graph behind this tensor of shape {output.shape}: it was not "
            "computed from a tensor with requires_grad=True, or it was computed under no_grad"
        )
    found, stack = set(), [output.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node.edges and node not in found:
            found.add(node)
            stack.extend(node.edges)
    operations = sorted(found, key=lambda node: node.age)
    known, names, unnamed = {p: name for name, p in (params or {}).items()}, {}, 0
    for edge in (edge for node in operations for edge in node.edges):
        if edge is not None and not edge.edges and edge not in names:
            unnamed += edge not in known
            names[edge] = known.get(edge, f"leaf {unnamed}")
    return operations, names


def norm_of_gradients(leaves):
    """The norm of all their gradients as one vector, as a text; "" before backward."""
    norms = [float(leaf.grad.detach().norm()) for leaf in leaves if leaf.grad is not None]
    return f"|grad| {math.hypot(*norms):.3g}" if norms else ""


def print_graph(output, params=None):
    """Print the operations that made `output`, in the order in which they ran, then the leaves.

    `params` are {name: tensor}; other leaves have numbers. A dash is an input without a gradient.
    After backward, each leaf shows the norm of its gradient.

    >>> import tinygrad_cv as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (3 * w).exp().sum()
    >>> tg.viz.print_graph(loss, {"w": w})
    1  Mul(-, w)  (2,)
    2  Exp(1)     (2,)
    3  Sum(2)     ()
    w  (2,)
    """
    operations, names = graph_behind("print_graph", output, params)
    leaves = [(name, str(leaf.shape), norm_of_gradients([leaf])) for leaf, name in names.items()]
    rows, names = [], {None: "-", **names}
    for number, node in enumerate(operations, 1):
        names[node] = str(number)
        inputs = ", ".join(names[edge] for edge in node.edges)
        rows.append((names[node], f"{node.name()}({inputs})", str(node.shape)))
    print_table(rows)
    print_table(leaves)


def print_table(rows, numbers=()):
    """Print rows of texts in columns; the columns in `numbers` are aligned at the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [f"{text:{'>' if i in numbers else '<'}{widths[i]}}" for i, text in enumerate(row)]
        print("  ".join(cells).rstrip())


def draw_graph(output, params=None, depth=None):
    """The graph behind `output` as a `Graph`: a notebook shows it, and it can be saved.

    `params` are {name: tensor}, such as dict(net.named_parameters()). With several networks, give
    each a prefix: D.named_parameters(prefix="D"). The modules of that depth become boxes: depth 2
    is "layer1.0". depth=0 shows every operation; by default, the graph is folded only as far as it
    must be to stay readable.
    """
    operations, names = graph_behind("draw_graph", output, params)
    known = set((params or {}).values())
    modules = {p: tuple(name.split(".")[:-1]) for p, name in names.items() if p in known}
    calls = calls_of_modules(operations, modules)
    deepest = max(map(len, modules.values()), default=0)
    for depth in [0, *range(deepest, 0, -1)] if depth is None else [depth]:
        boxes, arrows = folded(operations, names, modules, calls, depth)
        if len(boxes) <= MOST_BOXES:
            break
    return Graph([(kind, lines_of(*box)) for kind, *box in boxes], arrows)


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
        common = () if before is None else os.path.commonprefix([before, path])
        calls.update({other: (call, common) for other in waiting})
        calls[node], waiting, before = (call, path), [], path
        seen.add(path)
    return calls


def folded(operations, names, modules, calls, depth):
    """Boxes [(kind, title, nodes)] and arrows [(from, to, shape)]; each call of a module is a box.

    The nodes of a box are the operations that it stands for, and their parameters.
    """
    boxes, arrows, places, last = [], [], {}, None  # places: {node: number of its box}
    for node in operations:
        call, path = calls.get(node, (0, ()))
        own = any(edge in modules for edge in node.edges)
        module = (call, path[:depth]) if depth and path and (own or len(path) >= depth) else None
        if module is None or module != last:
            here, last = len(boxes), module
            title = ("module", ".".join(path[:depth])) if module else ("operation", node.name())
            boxes.append((*title, []))
        places[node] = here
        boxes[here][2].append(node)
        for edge in node.edges:
            if module and edge in modules:
                boxes[here][2].append(edge)
            elif edge is not None:
                if edge not in places:
                    places[edge] = len(boxes)
                    boxes.append(("parameter" if edge in modules else "leaf", names[edge], [edge]))
                if places[edge] != here:
                    arrows.append((places[edge], here, edge.shape))
    arrows.append((here, len(boxes), node.shape))
    return [*boxes, ("output", "output", [])], arrows


def lines_of(kind, title, nodes):
    """What stands in a box."""
    operations, leaves = [n for n in nodes if n.edges], {n for n in nodes if not n.edges}
    lines = [title]
    if kind == "module":
        count = len(operations)
        lines.append(operations[0].name() if count == 1 else f"{count} operations")
        lines.append(f"{sum(leaf.numel() for leaf in leaves):,} parameters")
    return lines + list(filter(None, [norm_of_gradients(leaves)]))


class Graph:
    """A drawing: boxes [(kind, lines of text)], and arrows [(from, to, shape)] by their numbers.

    A notebook shows it as SVG if Graphviz is installed, else as Mermaid, which JupyterLab draws.
    """

    def __init__(self, boxes, arrows):
        self.boxes, self.arrows = boxes, arrows

    def mermaid(self):
        """The drawing as text in the language of https://mermaid.js.org, which GitHub draws."""
        text = "flowchart TD\n"
        for i, (kind, lines) in enumerate(self.boxes):
            label = "<br/>".join(lines).replace('"', "#quot;")
            text += f'    n{i}["{label}"]:::{kind}\n'
        text += "".join(f'    n{i} -->|"{shape}"| n{j}\n' for i, j, shape in self.arrows)
        for kind, color in COLORS.items():
            text += f"    classDef {kind} fill:{color},stroke:#777,color:#000\n"
        return text

    def dot(self):
        """The drawing as text in the language of https://graphviz.org."""
        text = 'digraph {\n    node [shape=box style="rounded,filled"] edge [fontsize=10]\n'
        for i, (kind, lines) in enumerate(self.boxes):
            label = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"')
            text += f'    n{i} [label="{label}" fillcolor="{COLORS[kind]}"]\n'
        for i, j, shape in self.arrows:
            weight = 1 if self.boxes[i][0] in ("parameter", "leaf") else 9  # straightens
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
        picture = self.render(os.path.splitext(path)[1][1:])
        with open(path, "wb") as file:
            file.write(picture)

    def _repr_mimebundle_(self, include=None, exclude=None):
        with contextlib.suppress(RuntimeError):
            return {"image/svg+xml": self.render("svg").decode()}
        return {"text/markdown": f"```mermaid\n{self.mermaid()}```", "text/plain": repr(self)}


def run_layers(net, inputs):
    """[(name, layer, inputs, output)] in the order in which the layers run, in eval mode.

    A layer is a module without parts, or with parameters of its own. The net is left as it was.
    """
    ran, modes = [], [(module, module.training) for module in net.modules()]
    with no_grad(), contextlib.ExitStack() as hooks:
        for name, module in net.named_modules():
            def note(module, args, output, name=name or type(net).__name__):
                ran.append((name, module, args, output))

            if not list(module.children()) or list(module.parameters(recurse=False)):
                hooks.enter_context(module.register_forward_hook(note))
        try:
            net.eval()(*inputs)
        finally:
            for module, mode in modes:
                module.training = mode
    return ran


def multiply_adds(layer, args, output):
    """How many products a layer adds up. Biases, norms, activations and pooling don't count."""
    if isinstance(layer, Linear):
        return output.numel() * layer.in_features
    if isinstance(layer, Conv2d):  # each number of the output is a sum over one patch
        return output.numel() * layer.in_channels // layer.groups * math.prod(layer.kernel_size)
    if isinstance(layer, ConvTranspose2d):  # each number of the input stamps one patch
        return args[0].numel() * layer.out_channels // layer.groups * math.prod(layer.kernel_size)
    return 0


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
    for x in inputs:
        if not isinstance(x, tuple) and not is_tensor(x):
            raise TypeError(f"summary: expected shapes (tuples) or tensors, got {shown(x)}")
    like = next(net.parameters(), zeros(()))
    inputs = [x if is_tensor(x) else like.new_zeros(x) for x in inputs]
    rows, total, seen = [("layer", "kind", "output", "parameters", "multiply-adds")], 0, set()
    for name, layer, args, output in run_layers(net, inputs):
        outputs = output if isinstance(output, tuple) else (output,)
        shapes = ", ".join(str(y.shape) for y in outputs)
        own = set(layer.parameters(recurse=False)) - seen
        seen |= own
        count, work = sum(p.numel() for p in own), multiply_adds(layer, args, output)
        total += work
        rows.append((name, type(layer).__name__, shapes, f"{count:,}", f"{work:,}"))
    count = sum(p.numel() for p in net.parameters())
    print_table([*rows, ("total", "", "", f"{count:,}", f"{total:,}")], numbers=(3, 4))


def activations(net, *inputs, most=8):
    """What the layers of a net make of the first input, as a Pillow image.

    One row for each layer whose output is (N, C, H, W), with its first channels, at most `most`.
    White is 0, red is positive, blue is negative.
    """
    ran = [(name, layer, y) for name, layer, _, y in run_layers(net, inputs) if y.ndim == 4]
    if not ran:
        raise ValueError("activations: no layer of this net has an output of shape (N, C, H, W)")
    labels = [f"{name}\n{type(layer).__name__}\n{y.shape[1:]}" for name, layer, y in ran]
    return pictures(labels, [y[0, :most] for _, _, y in ran], most)


def filters(layer, most=8):
    """The weight of a convolution as a Pillow image.

    Filters of colour images are shown in colour, `most` in a row, and grey is 0. Otherwise a row is
    one filter (in a ConvTranspose2d one input), with its first channels, at most `most`.
    """
    weight = layer.weight.detach()
    if weight.shape[1] == 3:
        colours = (weight / (2 * weight.abs().max()) + 0.5).permute(0, 2, 3, 1)
        rows = colours.split(most)
    else:
        rows = weight[:most, :most]
    return pictures([""] * len(rows), rows, most)


def pictures(labels, rows, columns):
    """Rows of images (H, W) or (H, W, 3) as one Pillow image; the images of a row share a scale."""
    from matplotlib.figure import Figure  # here, as it takes long to import
    from PIL import Image

    figure = Figure(figsize=(1.2 * columns, 1.25 * len(rows)))
    for i, (label, images) in enumerate(zip(labels, rows)):
        images = images.cpu().numpy()
        most = abs(images).max() or 1
        for k, image in enumerate(images, i * columns + 1):
            axis = figure.add_subplot(len(rows), columns, k, xticks=[], yticks=[])
            axis.imshow(image, cmap="bwr", vmin=-most, vmax=most)
            if k == i * columns + 1:
                axis.set_ylabel(label, rotation=0, ha="right", va="center")
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return Image.open(file)
