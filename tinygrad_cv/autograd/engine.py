"""The engine: the chain rule, from a loss back to everything that it was computed from.

A node may run its `backward` only when the gradient of its output is complete, that is, when
every operation that consumed the output has sent its share. A consumer is always younger than what
it consumed. So the nodes that a gradient has reached wait in a queue, and the walk takes the
youngest: what is still to come can only be for older ones. It sends gradients along the node's
edges. A value that was used twice receives two, and *they are added where they meet*: that sum is
the multivariate chain rule

    dL/dx = sum over the uses u of x:  dL/du * du/dx

The walk is a loop and not a recursion: a chain of 100,000 operations is no deeper than one of
ten. Gradients live in a table of this call; only leaves keep theirs, in `.grad`. While nobody
records (create_graph=False) what travels along the edges are bare arrays: wrapping each in a
Tensor that nobody looks at would take a small network more time than its arithmetic.
"""

import heapq

from .anomaly import anomaly, check
from .grad_mode import mode


def walk(roots, gradients, targets=(), retain_graph=False, create_graph=False):
    """Send `gradients` from `roots` (nodes or leaves) backward through the graph.

    Without `targets` the leaves add what reaches them to their `.grad`. With `targets`
    (nodes or leaves) nothing is stored, and the gradients that reach them are returned
    in a table {target: gradient}; branches that lead to none of them are not walked.
    """
    before, quietly = mode.enabled, mode.quietly
    mode.enabled, mode.quietly = create_graph, directly  # the walk as a whole runs quietly, and that can't be nested
    try:
        return quietly(_walk, roots, gradients, targets, retain_graph, create_graph)
    finally:
        mode.enabled, mode.quietly = before, quietly


def directly(function, *arguments): return function(*arguments)


def _walk(roots, gradients, targets, retain_graph, create_graph):
    table, own, found = {}, set(), {}  # own: leaves whose gradient is in memory that nobody else has
    for root, gradient in zip(roots, gradients):
        gradient = gradient if create_graph else gradient.array
        table[root] = table[root] + gradient if root in table else gradient
    useful = leading_to(targets, table) if targets else None
    queue = [(root.age, root) for root in table if root.edges]  # the smallest age is the youngest
    heapq.heapify(queue)
    while queue:
        _, node = heapq.heappop(queue)
        grad = table.pop(node)
        if node.hooks:
            grad = _call_hooks(node, grad)
        wanted = node.wanted
        if targets:
            if node in targets:
                found[node] = grad
            wanted = [edge in useful for edge in node.edges]
            if True not in wanted:
                continue
        node.needs_input_grad = wanted
        grads = node.backward(grad) if create_graph or node.on_arrays else node.on_tensors(grad)
        grads = grads if grads.__class__ is tuple else (grads,)
        if anomaly.on and anomaly.check_nan:
            check(node, grad, grads)
        for edge, want, grad in zip(node.edges, wanted, grads):
            if not want or grad is None:
                continue
            if grad.shape != edge.shape:
                grad = fit(node, grad, edge.shape)
            if edge in table:
                table[edge] = table[edge] + grad  # uses add up
                own.add(edge)
                continue
            table[edge] = grad
            if edge.edges:
                heapq.heappush(queue, (edge.age, edge))
            elif node.new_gradients:
                own.add(edge)
        if not retain_graph:
            node.release()
    for leaf, grad in table.items():  # what is left: here the walk ends
        if leaf.hooks:
            grad = _call_hooks(leaf, grad)
            own.discard(leaf)
        if leaf in targets:
            found[leaf] = grad
        elif not targets and leaf.wants_grad:  # it may have been frozen since
            accumulate(leaf, grad, leaf in own)
    return found


def _call_hooks(node, grad):
    """Let the hooks of a tensor see, and perhaps replace, its gradient. They are given Tensors."""
    tensor = grad if mode.enabled else node.tensor_class(grad, node.backend)
    for hook in node.hooks:
        changed = hook(tensor)
        if changed is not None and getattr(changed, "shape", None) != tensor.shape:
            raise RuntimeError(f"register_hook: a hook returned {changed!r} for a gradient of shape {tensor.shape}")
        tensor = tensor if changed is None else changed
    return tensor if mode.enabled else tensor.array


def fit(node, grad, shape):
    """Bring `grad` to the `shape` of the input that it belongs to, if broadcasting explains the difference."""
    if node.reduces and _broadcasts(grad.shape, shape):  # one value for all that was summed
        return grad.expand(shape) if mode.enabled else node.backend.spread(grad, shape)
    if not _broadcasts(shape, grad.shape):
        raise RuntimeError(
            f"{node.name()}.backward returned a gradient of shape {tuple(grad.shape)} for an input of shape {shape}"
        )
    if mode.enabled:
        return unbroadcast(grad, shape)
    return unbroadcast(node.tensor_class(grad, node.backend), shape).array


def _broadcasts(small, large):
    """Does broadcasting turn the shape `small` into `large`?"""
    lead = len(large) - len(small)
    return lead >= 0 and all([m == n or m == 1 for m, n in zip(small, large[lead:])])


def unbroadcast(grad, shape):
    """Sum `grad` down to `shape`: an input that was broadcast was used once for every copy.

    Broadcasting adds leading axes and repeats axes of size 1; the uses add up, so both kinds
    of axes are summed. It stands here once, and no operation needs to think of it.
    """
    lead = len(grad.shape) - len(shape)
    repeated = tuple(lead + i for i, n in enumerate(shape) if n == 1 and grad.shape[lead + i] != 1)
    return grad.sum(tuple(range(lead)) + repeated, keepdim=True).reshape(shape)


def accumulate(leaf, grad, own=False):
    """leaf.grad += grad. A leaf's `.grad` is its own memory: the first gradient is copied, unless it is that already."""
    if mode.enabled:
        leaf.grad = grad.clone() if leaf.grad is None else leaf.grad + grad
    elif leaf.grad is None:
        leaf.grad = leaf.tensor_class(grad if own else grad.copy(order="K"), leaf.backend)
    else:
        leaf.grad.array += grad
        leaf.grad.bump_version()


def leading_to(targets, roots):
    """The nodes under `roots` from which a target can be reached (the targets themselves included)."""
    nodes, stack = set(), list(roots)
    while stack:
        node = stack.pop()
        if node is not None and node.edges and node not in nodes:
            nodes.add(node)
            stack.extend(node.edges)
    useful = set(targets)
    for node in sorted(nodes, key=lambda node: node.age, reverse=True):  # the oldest first
        if any([edge in useful for edge in node.edges]):
            useful.add(node)
    return useful


# What users call


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False):
    """Add the gradient of `tensors` to the `.grad` of every leaf that they were computed from.

    A tensor with one element starts from dL/dL = 1; any other needs its gradient in
    `grad_tensors`, of its own shape: what is computed is then the vector-Jacobian product.
    Raises RuntimeError for a tensor that requires no gradient.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> tg.autograd.backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])
    """
    tensors, gradients = _starts("backward", tensors, grad_tensors)
    retain_graph = create_graph if retain_graph is None else retain_graph
    walk([t.grad_fn or t for t in tensors], gradients, (), retain_graph, create_graph)


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True, allow_unused=False
):
    """The gradients of `outputs` by `inputs`, as a tuple; no `.grad` is touched.

    With create_graph=True the gradients can be differentiated again, as the gradient penalty
    of WGAN-GP needs. An input that no output depends on raises RuntimeError, or gives None
    with allow_unused=True.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor(2.0, requires_grad=True)
    >>> (g,) = tg.autograd.grad(x ** 3, x, create_graph=True)   # 3 x^2
    >>> tg.autograd.grad(g, x)                                  # 6 x
    (tensor(12.),)
    """
    if not only_inputs:
        raise NotImplementedError("grad: only_inputs=False is not supported; call backward() to fill every .grad")
    outputs, gradients = _starts("grad", outputs, grad_outputs)
    inputs = _as_tuple(inputs)
    if not inputs:
        raise RuntimeError("grad: got no inputs to differentiate by; for all leaves at once use backward()")
    for i, x in enumerate(inputs):
        if not getattr(x, "requires_grad", False):
            raise RuntimeError(f"grad: input {i} does not require a gradient; call requires_grad_() on it before use")
    keys = [x.grad_fn or x for x in inputs]
    retain_graph = create_graph if retain_graph is None else retain_graph
    found = walk([t.grad_fn or t for t in outputs], gradients, frozenset(keys), retain_graph, create_graph)
    for i, key in enumerate(keys):
        if key not in found and not allow_unused:
            raise RuntimeError(
                f"grad: input {i} was not used to compute the outputs; pass allow_unused=True to get None for it"
            )
    if create_graph:
        return tuple(found.get(key) for key in keys)
    return tuple(x.wrap(found[key].copy(order="K")) if key in found else None for x, key in zip(inputs, keys))


def _as_tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _starts(name, tensors, gradients):
    """The tensors to start from and a gradient of the right shape for each."""
    tensors = _as_tuple(tensors)
    gradients = (None,) * len(tensors) if gradients is None else _as_tuple(gradients)
    if len(gradients) != len(tensors):
        raise RuntimeError(f"{name}: got {len(tensors)} tensors but {len(gradients)} gradients for them")
    return tensors, [_start(name, t, g) for t, g in zip(tensors, gradients)]


def _start(name, tensor, gradient):
    if not hasattr(tensor, "grad_fn"):
        raise TypeError(f"{name}: expected a Tensor, got {type(tensor).__name__}")
    if not tensor.requires_grad:
        raise RuntimeError(
            f"{name}: this tensor of shape {tensor.shape} does not require a gradient and was made by no recorded "
            "operation. Was it computed under no_grad, detached, or from tensors without requires_grad=True?"
        )
    if gradient is None:
        if tensor.numel() != 1:
            raise RuntimeError(
                f"{name}: only a tensor with one element has an implicit gradient, this one has shape "
                f"{tensor.shape}; reduce it with .mean() or .sum(), or pass its gradient"
            )
        return tensor.wrap(tensor.backend.full(tensor.shape, 1, tensor.dtype))
    if not hasattr(gradient, "grad_fn"):
        raise TypeError(f"{name}: the gradient must be a Tensor, got {type(gradient).__name__}")
    if gradient.shape != tensor.shape or gradient.dtype != tensor.dtype:
        raise RuntimeError(
            f"{name}: the gradient must have the tensor's shape and dtype {tensor.shape} {tensor.dtype}, "
            f"got {gradient.shape} {gradient.dtype}"
        )
    return gradient
