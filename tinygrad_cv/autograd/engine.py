"""The engine: the chain rule, from a loss back to everything that it was computed from.

A node may run its `backward` only when the gradient of its output is complete, that is, when
every operation that consumed the output on the way to the loss has sent its share. A consumer is
always younger than what it consumed. So the nodes that a gradient has reached wait in a queue, and
the walk always takes the youngest: those that it takes later are older and can't send this one
anything. The node sends gradients along its edges. A value that was used twice receives two, and
*they are added where they meet*: this sum is the multivariate chain rule

    dL/dx = sum over the uses u of x:  dL/du * du/dx

The walk is a loop, because Python would stop a recursion after about 1,000 operations.
Gradients live in a table of this call. Leaves keep theirs in `.grad`, and so do tensors after
retain_grad(). With create_graph=True gradients are Tensors and everything is recorded. Otherwise
they are bare arrays, because wrapping each in a Tensor costs time that shows in a small network.
"""

import heapq

from ..arrays import is_writable, namespace, quietly
from .anomaly import anomaly, check_finite
from .function import Function
from .grad_mode import GradMode, mode


def walk(grads, retain_graph, targets=frozenset()):
    """Send the gradients in the table {node: gradient} backward through the graph.

    Nodes are Functions and, where the graph ends, leaves. Leaves are Tensors, but like Functions
    they have `edges` (none), `shape` and `hooks`. Returns the table of what has reached the leaves.
    With `targets`, only paths to these nodes are followed, and the table has their gradients, too.
    No other array or Tensor shares memory with what is in that table.
    """
    useful = nodes_leading_to(targets, grads) if targets else None
    arrived = {}
    queue = [(-node.born, node) for node in grads if node.edges]  # a heap: the youngest first
    heapq.heapify(queue)
    while queue:
        _, node = heapq.heappop(queue)
        grad = grads.pop(node)
        if node in targets:
            arrived[node] = copied(grad)  # as in PyTorch, before the hooks
        grad = after_hooks(node, grad)
        for edge, share in zip(node.edges, run_backward(node, grad, useful)):
            if edge is None or share is None:  # no gradient is needed, or it is zero
                continue
            if share.shape != edge.shape:
                share = summed_to_shape(node, share, edge.shape)  # the input was broadcast
            if edge in grads:
                share = grads[edge] + share  # not in place: a + b gives both inputs one array
            elif edge.edges:
                heapq.heappush(queue, (-edge.born, edge))
            else:  # a leaf has no edges: the walk ends there
                share = in_own_memory(node, grad, share)
            grads[edge] = share
        if not retain_graph:
            node.release()
    for leaf, grad in grads.items():
        # A hook may keep the gradient that it was given, or that it returned
        arrived[leaf] = copied(after_hooks(leaf, grad)) if leaf.hooks else grad
    return arrived


def after_hooks(node, grad):
    """The complete gradient of a node's output; the tensor's hooks see it and may replace it."""
    return grad if node.hooks is None else as_gradient(node, node.hooks.run(as_tensor(grad)))


def run_backward(node, grad, useful=None):
    """The node's gradients with respect to its inputs: as many as edges, some of them None."""
    needed = [edge is not None and (useful is None or edge in useful) for edge in node.edges]
    if not any(needed):
        return [None] * len(needed)
    node.needs_input_grad = needed
    if node.on_arrays and not mode.enabled:
        # In NumPy the sum of two 0-d arrays is not an array; as_tensor makes it an array again
        shares = as_tuple(node.backward(grad if node.shape else as_tensor(grad).array))
    else:  # each node's backward computes with Tensors, and is recorded if mode.enabled
        shares = [as_gradient(node, x) for x in as_tuple(node.backward(as_tensor(grad)))]
    if len(shares) != len(needed):
        counts = f"{len(shares)} gradients for {len(needed)} inputs"
        raise RuntimeError(f"{node.name()}.backward returned {counts}")
    # A backward may return what is not needed: it is not followed, and a NaN in it does no harm
    if useful is not None or anomaly.on:
        shares = [share if need else None for share, need in zip(shares, needed)]
    if anomaly.on:
        check_finite(node, as_tensor(grad), [as_tensor(share) for share in shares])
    return shares


def as_gradient(node, x):
    """A gradient for the walk's table: the Tensor x while recording, its array otherwise."""
    if x is not None and not isinstance(x, Function.tensor_class):
        raise TypeError(f"{node.name()}.backward must return Tensors, got {type(x).__name__}")
    return x if x is None or mode.enabled else x.array


def as_tensor(grad):
    """A gradient from the walk's table as a Tensor; None stays None."""
    is_tensor = grad is None or isinstance(grad, Function.tensor_class)
    return grad if is_tensor else Function.tensor_class(grad)


def summed_to_shape(node, grad, shape):
    """The gradient summed to its input's `shape`, if broadcasting explains the difference."""
    lead = len(grad.shape) - len(shape)
    if lead < 0 or any(m != n and m != 1 for m, n in zip(shape, grad.shape[lead:])):
        shapes = f"{grad.shape} for an input of shape {shape}"
        raise RuntimeError(f"{node.name()}.backward returned a gradient of shape {shapes}")
    return as_gradient(node, unbroadcast(as_tensor(grad), shape))


def unbroadcast(grad, shape):
    """Sum `grad` down to `shape`: an input that was broadcast was used once for every copy.

    Broadcasting adds leading axes and repeats axes of size 1. The uses add up, so both kinds of
    axes are summed. Because this is done here, no operation has to do it.
    """
    lead = len(grad.shape) - len(shape)
    repeated = [lead + i for i, n in enumerate(shape) if n == 1 and grad.shape[lead + i] != 1]
    return grad.sum([*range(lead), *repeated], keepdim=True).reshape(shape)


def in_own_memory(node, grad, share):
    """The share of a leaf, which will keep it: in memory that nothing else uses.

    On arrays, a `backward` returns a new array, or `grad`, or a view of it; a sum's gradient is one
    number, repeated. What is new is not copied, which saves 4 % of a step of an MLP GAN.
    """
    if mode.enabled or not node.on_arrays or share is grad:
        return copied(share)
    if share.base is None:  # it is not a view
        return share
    is_passed_on = namespace(share).may_share_memory(share, grad)
    return copied(share) if is_passed_on or not is_writable(share) else share


def copied(grad):
    """A copy of a gradient in the walk's table."""
    return grad.clone() if mode.enabled else grad.copy(order="K")


def accumulate_all(grads, retain_graph):
    """Add the gradients that reach the leaves to their `.grad`."""
    for leaf, grad in walk(grads, retain_graph).items():
        so_far = leaf.grad
        if not leaf._requires_grad:
            continue  # it was switched off after the forward pass
        if so_far is None:
            leaf.grad = as_tensor(grad)
        elif mode.enabled or not is_writable(so_far.array):  # recorded, or read-only
            leaf.grad = so_far + as_tensor(grad)
        else:
            so_far.array += grad
            so_far.memory.version += 1


def nodes_leading_to(targets, roots):
    """The nodes on the paths from `roots` to the targets, and the targets themselves."""
    nodes, stack = set(), list(roots)
    while stack:
        node = stack.pop()
        if node is not None and node.edges and node not in nodes:
            nodes.add(node)
            stack.extend(node.edges)
    useful = set(targets)
    for node in sorted(nodes, key=lambda node: node.born):  # inputs before outputs
        if any(edge is not None and edge in useful for edge in node.edges):
            useful.add(node)
    return useful


# What users call


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False):
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
    retain_graph = create_graph if retain_graph is None else retain_graph
    with GradMode(create_graph):  # during the walk, mode.enabled is create_graph
        grads = _start("backward", as_tuple(tensors), grad_tensors)
        quietly(accumulate_all, grads, retain_graph)


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True,
    allow_unused=False,
):
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
    inputs = as_tuple(inputs)
    if not inputs or not only_inputs:
        raise RuntimeError("grad: needs inputs; for all leaves at once use backward()")
    for i, x in enumerate(inputs):
        if not isinstance(x, Function.tensor_class):
            raise TypeError(f"grad: input {i} must be a Tensor, got {type(x).__name__}")
        if not x.requires_grad:
            raise RuntimeError(f"grad: input {i} does not require a gradient; use requires_grad_()")
    targets = [x.grad_fn or x for x in inputs]
    retain_graph = create_graph if retain_graph is None else retain_graph
    with GradMode(create_graph):  # during the walk, mode.enabled is create_graph
        grads = _start("grad", as_tuple(outputs), grad_outputs)
        found = quietly(walk, grads, retain_graph, set(targets))
        for i, target in enumerate(targets):
            if target not in found and not allow_unused:
                raise RuntimeError(f"grad: input {i} was not used; allow_unused=True gives None")
        return tuple(as_tensor(found.get(t)) for t in targets)


def as_tuple(x): return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def _start(name, tensors, gradients):
    """The table that the walk starts with: {node: gradient} of the tensors to differentiate."""
    gradients = (None,) * len(tensors) if gradients is None else as_tuple(gradients)
    if len(gradients) != len(tensors):
        raise RuntimeError(f"{name}: got {len(tensors)} tensors but {len(gradients)} gradients")
    grads = {}
    for tensor, gradient in zip(tensors, gradients):
        _check_start(name, tensor, gradient)
        if gradient is None:  # dL/dL
            gradient = Function.tensor_class(namespace(tensor.array).ones_like(tensor.array))
        node = tensor.grad_fn or tensor
        gradient = gradient if mode.enabled else gradient.array
        gradient = copied(gradient) if node is tensor else gradient  # a leaf will keep it
        grads[node] = grads[node] + gradient if node in grads else gradient
    return grads


def _check_start(name, tensor, gradient):
    for what, x in ("tensor", tensor), ("gradient", tensor if gradient is None else gradient):
        if not isinstance(x, Function.tensor_class):
            raise TypeError(f"{name}: the {what} must be a Tensor, got {type(x).__name__}")
    if not tensor.requires_grad:
        raise RuntimeError(
            f"{name}: this tensor of shape {tensor.shape} does not require a gradient: it was made "
            "under no_grad, detached, or computed from tensors without requires_grad=True"
        )
    if gradient is None and tensor.numel() != 1:
        raise RuntimeError(
            f"{name}: only a tensor with one element has an implicit gradient, this one has shape "
            f"{tensor.shape}; reduce it with .mean() or .sum(), or pass its gradient"
        )
    if gradient is not None and (gradient.shape, gradient.dtype) != (tensor.shape, tensor.dtype):
        wanted = f"the tensor's shape and dtype {tensor.shape} {tensor.dtype}"
        got = f"{gradient.shape} {gradient.dtype}"
        raise RuntimeError(f"{name}: the gradient must have {wanted}, got {got}")
