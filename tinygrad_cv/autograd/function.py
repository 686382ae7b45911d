"""Function: one operation, and at the same time one node of the graph.

A network's loss is a chain of simple operations y = f(a, b). While they run, autograd records
which operation made each tensor, and from what. The chain rule needs nothing else:

    dL/da = (dy/da)^T dL/dy         one `backward` per operation, from outputs to inputs

`forward` takes arrays and returns an array: plain numerics. `backward` takes the gradient of
the loss with respect to the output, as a Tensor, and returns the gradients with respect to the
inputs, as Tensors, *computed with the same operations*. So backward can itself be recorded, and
derivatives of derivatives hardly need code of their own. (For speed, see `on_arrays` below.)

Edges point backward only: tensor -> the Function that made it -> the Functions that made its
inputs, or the inputs if they are leaves. A Function never refers to its output tensor, so there
are no reference cycles, and the graph is freed as soon as the loss is. The walk: engine.py.
"""

import itertools

from ..arrays import device_of, libraries, quietly
from .anomaly import anomaly, line_of_user
from .grad_mode import mode
from .memory import store_contiguously

births = itertools.count()  # an operation is born after those that made its inputs

# Types of operands that `forward` gets as they are, and that have no gradient.
CONSTANT_TYPES = frozenset({int, float, bool, type(None)})

OUTPUT = -1  # in `saves`: the operation's own output


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

    saves = ()              # what backward needs: inputs by their position, and perhaps OUTPUT
    bilinear = False        # True for a product: the gradient of input 0 needs only input 1, and
                            # the reverse. So each is saved only if the other needs a gradient.
    on_arrays = False       # True if backward also works on arrays: with operators, .T, .reshape,
                            # or kernels. Unless recording, it gets arrays: small Tensors take time.
                            # It must return new arrays, its gradient, or views of its gradient.
    differentiable = True   # False for comparisons and the like: they are never recorded
    is_view = False         # True if the output shares the memory of the first input
    tensor_class = None     # Tensor; tensor.py sets it, since importing it here would be a cycle
    hooks = made_at = None  # hooks on the gradient; the user's line that made it (anomaly mode)
    needs_input_grad = ()   # for each input: is its gradient needed? Set before each backward

    def forward(self, *arrays):
        """Arrays in, one array out."""
        raise NotImplementedError(f"{self.name()} has no forward")

    def backward(self, grad):
        """The output's gradient in, each input's gradient out (None: zero, or not needed)."""
        raise NotImplementedError(f"{self.name()} has no backward: it can't be differentiated")

    def __call__(self, *inputs):
        """Run `forward`, and record this node if any input requires a gradient."""
        Tensor = Function.tensor_class
        arrays, edges, recorded, has_tensor = [], [], False, False
        for x in inputs:
            edge = None  # where the gradient of x goes: to the node that made x, or to x itself
            if isinstance(x, Tensor):
                has_tensor = True
                if self.is_view:
                    store_contiguously(x)
                edge = x.grad_fn or (x if x._requires_grad else None)
                if edge is not None:
                    recorded = True
                x = x.array
            elif x.__class__ not in CONSTANT_TYPES:
                raise TypeError(self._not_a_tensor(inputs))
            arrays.append(x)
            edges.append(edge)
        if not has_tensor:
            raise TypeError(self._not_a_tensor(inputs))
        if len(libraries) > 1:
            self._check_devices(arrays)
        try:
            output = Tensor(quietly(self.forward, *arrays))
        except MemoryError as error:
            raise RuntimeError(f"{self.name()}: no memory for the result: {error}") from None
        if self.is_view:
            output.memory, output.strided = inputs[0].memory.share(inputs[0], output), True
        if recorded and mode.enabled and self.differentiable:
            self._record(inputs, edges, output)
        return output

    def _record(self, inputs, edges, output):
        self.born, self.edges = next(births), edges
        self.shape = output.array.shape  # the output's, and so its gradient's
        self._saved = saved = []  # [(an input or the output's array, its memory, its version)]
        for i in self.saves:
            if i == OUTPUT:  # without its history, which would lead back to this node
                x, memory = output.array, output.memory
            elif self.bilinear and edges[1 - i] is None:
                x = memory = None  # the only gradient that needs this input is not needed
            else:
                x = inputs[i]
                memory = None if x.__class__ in CONSTANT_TYPES else x.memory
            saved.append((x, memory, memory.version if memory else None))  # writes add 1
        if anomaly.on:
            self.made_at = line_of_user()
        output.grad_fn = self

    # For backward

    def saved(self):
        """What `saves` names, with a check that its values are still those of the forward pass."""
        if self._saved is None:
            raise RuntimeError(
                f"{self.name()}: backward ran through this operation a second time, but the first "
                "freed what it had saved. Compute the loss again, detach() the part that two "
                "losses share, or pass retain_graph=True to the first backward."
            )
        values, on_arrays = [], self.on_arrays and not mode.enabled
        for i, (x, memory, version) in zip(self.saves, self._saved):
            if memory is None:  # a number, or an input that is not needed
                pass
            elif memory.version != version or (i != OUTPUT and x.memory is not memory):
                # x was written to, or got other memory: by `x.data = ...` or a recorded `x += y`.
                # (Of the output only its array is saved, which stays.)
                raise RuntimeError(
                    f"{self.name()}: a tensor of shape {x.shape} that backward needs was changed "
                    "in place after the forward pass, so the gradient would be wrong. An optimizer "
                    "step in between does this: run the forward pass again after the step, or "
                    "detach() what must not be differentiated."
                )
            elif i != OUTPUT:
                x = x.array if on_arrays else x
            elif not on_arrays:  # the output, with its history again for second derivatives
                x = Function.tensor_class(x)
                x.memory = memory
                x.grad_fn = self if mode.enabled else None
            values.append(x)
        return values

    def release(self):
        """Free the memory of what was saved, once the walk has passed this node.

        (An operation that saves nothing, such as a sum, can be walked through again.)
        """
        self._saved = None

    # Errors

    def _check_devices(self, arrays):
        devices = sorted({str(device_of(x)) for x in arrays if x.__class__ not in CONSTANT_TYPES})
        if len(devices) > 1:
            got = " and ".join(devices)
            raise RuntimeError(
                f"{self.name()}: expected all tensors on one device, got {got}; move one of them "
                f"with .to({devices[0]!r})"
            )

    def _not_a_tensor(self, inputs):
        got = ", ".join(type(x).__name__ for x in inputs)
        return f"{self.name()}: expected Tensors, got ({got}); make them with tensor(...)"

    # For users

    def name(self):
        """The operation's name, as error messages give it."""
        return type(self).__name__

    def __repr__(self):
        return f"<{self.name()}>"
