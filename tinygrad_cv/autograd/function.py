"""Function: one operation, and at the same time one node of the graph.

A network's loss is a chain of simple operations y = f(a, b). Autograd writes down, while they
run, which operation made each tensor and from what. Nothing else is needed for the chain rule:

    dL/da = (dy/da)^T dL/dy         one `backward` per operation, from outputs to inputs

`forward` takes arrays and returns an array: plain numerics. `backward` takes the gradient of
the loss by the output, as a Tensor, and returns the gradients by the inputs, as Tensors,
*written with the same operations*. So backward can itself be recorded, and derivatives of
derivatives need no extra code.

Edges point backward only: tensor -> the Function that made it -> the Functions (or leaves)
that made its inputs. A Function never refers to its output tensor, so there are no reference
cycles, and the whole graph disappears the moment the loss does.
"""

import itertools

from .anomaly import anomaly, users_line
from .grad_mode import mode

ages = itertools.count(0, -1)  # the younger, the smaller

# Operands that are no tensors: they pass to `forward` as they are and never get a gradient.
CONSTANTS = frozenset({int, float, bool, type(None)})


class Function:
    """Base of all operations. A subclass says what backward needs, and writes both directions.

    >>> import tinygrad_cv as tg
    >>> class Square(tg.autograd.Function):
    ...     save_inputs = (0,)
    ...     def forward(self, x):
    ...         return x * x
    ...     def backward(self, grad):
    ...         (x,) = self.saved_inputs()
    ...         return grad * 2 * x
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> Square()(x).backward()
    >>> x.grad
    tensor(6.)
    """

    save_inputs = ()        # which inputs `backward` needs, by position
    bilinear = False        # True if y is linear in each of inputs 0 and 1: each one's gradient needs the
                            # other alone, which is then saved only if somebody wants that gradient
    save_output = False     # whether `backward` needs the output
    differentiable = True   # False for comparisons and the like: never recorded
    is_view = False         # True if the output may share the memory of the first input
    reduces = False         # True for a sum: backward may return one value for all that was summed
    on_arrays = False       # True if backward uses only what arrays share with Tensors: operators,
                            # .T, .reshape, .sum(dim). It is then given arrays where nobody records.

    new_gradients = False   # True if what backward returns is never memory that somebody else has

    tensor_class = None     # Tensor: set by tensor.py, which stands above and can't be imported here
    saved = output = kept = hooks = made_at = None
    needs_input_grad = ()   # set by the engine before it calls backward: which gradients does this walk ask for?

    def forward(self, *arrays):
        """Arrays in, one array out. Work that backward can reuse may be left in `self.kept`."""
        raise NotImplementedError(f"{self.name()} has no forward")

    def backward(self, grad):
        """The gradient by the output in, the gradients by the inputs out (None: zero)."""
        raise NotImplementedError(f"{self.name()} has no backward: it can't be differentiated")

    def __call__(self, *inputs):
        """Run `forward`, and record this node if any input requires a gradient."""
        arrays, edges, wanted, backend = [], [], [], None
        try:
            for x in inputs:
                if x.__class__ in CONSTANTS:
                    arrays.append(x)
                    edges.append(None)
                    wanted.append(False)
                    continue
                arrays.append(x.array)
                # An edge leads to the Function that made the input, or to the leaf itself.
                edge = x.grad_fn or (x if x.wants_grad else None)
                edges.append(edge)
                wanted.append(edge is not None)
                if x.backend is not backend:
                    if backend is not None:
                        raise RuntimeError(self._two_devices(backend, x.backend))
                    backend = x.backend
        except AttributeError:
            raise TypeError(self._not_a_tensor(inputs)) from None
        if backend is None:
            raise TypeError(self._not_a_tensor(inputs))
        self.backend = backend
        result = self.tensor_class(mode.quietly(self.forward, *arrays), self.backend)  # Transfer changes it
        if self.is_view:
            result.counter = inputs[0].counter  # a write into either is a write into both
        if True in wanted and mode.enabled and self.differentiable:
            self._record(inputs, edges, wanted, result)
        return result

    def _record(self, inputs, edges, wanted, result):
        self.edges, self.wanted = edges, wanted
        self.age = next(ages)
        self.shape = result.array.shape  # and that of its gradient
        saved = self.saved = []
        for i in self.save_inputs:
            x = None if self.bilinear and not wanted[1 - i] else inputs[i]
            saved.append((x, None if x.__class__ in CONSTANTS else x.counter[0]))
        if self.save_output:
            # The array and not the tensor, which would close a cycle: tensor -> node -> tensor.
            self.output = (result.array, result.counter, result.counter[0])
        if anomaly.on:
            self.made_at = users_line()
        result.grad_fn = self

    def _two_devices(self, one, other):
        return (
            f"{self.name()}: expected all tensors on one device, got {one.device} and {other.device}; "
            f"move one of them with .to({str(one.device)!r})"
        )

    def _not_a_tensor(self, inputs):
        got = ", ".join(type(x).__name__ for x in inputs)
        return f"{self.name()}: expected Tensors, got ({got}); make one with tensor(...) or from_numpy(...)"

    def on_tensors(self, grad):
        """`backward` for a caller that has an array and wants arrays."""
        grads = self.backward(self.tensor_class(grad, self.backend))
        if grads.__class__ is tuple:
            return tuple([None if g is None else g.array for g in grads])
        return grads.array

    # What backward may ask for

    def saved_inputs(self):
        """The inputs named in `save_inputs`, checked to be what they were in forward (None: not needed)."""
        if self.saved is None:
            raise RuntimeError(self._freed())
        arrays, values = self.on_arrays and not mode.enabled, []
        for x, version in self.saved:
            if version is None:  # a number, or not needed
                values.append(x)
            elif x.counter[0] == version:
                values.append(x.array if arrays else x)
            else:
                raise RuntimeError(self._changed(x.shape, version, x.counter[0]))
        return values

    def saved_output(self):
        """The output, as a tensor that this node made: its gradient flows back into the node."""
        if self.output is None:
            raise RuntimeError(self._freed())
        array, counter, version = self.output
        if counter[0] != version:
            raise RuntimeError(self._changed(array.shape, version, counter[0]))
        if self.on_arrays and not mode.enabled:
            return array
        y = self.tensor_class(array, self.backend)
        y.counter = counter
        if mode.enabled:
            y.grad_fn = self
        return y

    def release(self):
        """Forget what was saved: the walk has passed, and memory is worth more."""
        self.saved = self.output = self.kept = self.hooks = None

    def _freed(self):
        return (
            f"{self.name()}: backward ran through this operation a second time, but what it had saved "
            "was freed by the first. Compute the loss again, detach() the part that two losses "
            "share, or pass retain_graph=True to the first backward."
        )

    def _changed(self, shape, version, now):
        return (
            f"{self.name()}: a tensor of shape {tuple(shape)} that backward needs was changed in place "
            f"after the forward pass (version {now}, saved at version {version}), so the gradient would be "
            "wrong. An optimizer step between forward and backward does this: run the forward pass again "
            "after the step, or detach() what must not be differentiated."
        )

    # What a user may look at

    def name(self):
        """The operation's name, as error messages give it."""
        return type(self).__name__

    @property
    def next_functions(self):
        """The nodes that made the inputs; a leaf tensor where the graph ends; None for constants."""
        return tuple(self.edges)

    def __repr__(self):
        return f"<{self.name()}>"
