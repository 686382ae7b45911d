"""autograd.Function with PyTorch's contract: static methods, and a context between them.

    forward(ctx, x, ...)       any arguments in, one or more tensors out; ctx.save_for_backward(x)
    backward(ctx, grad, ...)   a gradient per output in, one per argument of forward out
    y = Square.apply(x)        for a class Square with these two

`ctx` is a Function of the library, that is, a node of the graph, which has one output. If forward
has several, the node's output is one row of all their numbers, of which they are pieces.
"""

import math

from .. import ops
from ..autograd import Function as Node
from ..autograd import no_grad
from ..autograd.engine import as_tuple
from ..autograd.function import OUTPUT
from ..autograd.grad_mode import mode
from ..tensor import Tensor


class Context(Node):
    """`ctx`: what forward leaves for backward, and the node in the graph."""

    def __init__(self, function, args):
        self.function, self.are_tensors = function, [isinstance(x, Tensor) for x in args]
        self.needs_input_grad = tuple(getattr(x, "requires_grad", False) for x in args)
        self._to_save = self._constant = ()

    def name(self): return self.function.__name__

    def save_for_backward(self, *tensors):
        """Keep inputs, outputs or other tensors for backward, where they are `saved_tensors`."""
        self._to_save = tensors

    def mark_non_differentiable(self, *outputs):
        """These outputs have no gradient; neither have those that are not floating point."""
        self._constant = outputs

    def set_materialize_grads(self, value): pass  # the gradient of an unused output is always zeros

    @property
    def saved_tensors(self):
        pairs = zip(self.saved(), self._pieces)
        return tuple(x if i is None else self.unpack(x)[i] for x, i in pairs)

    def record(self, tensors, outputs):
        """The outputs, with this node in the history of those that have a gradient."""
        constant = {id(y) for y in self._constant}
        has_grad = [y.is_floating_point() and id(y) not in constant for y in outputs]
        self.kinds = [(y.shape, y.dtype, has) for y, has in zip(outputs, has_grad)]
        parts = {id(y): i for i, y in enumerate(outputs) if has_grad[i]}
        if not parts:
            return outputs
        with no_grad():
            pieces = [outputs[i] for i in parts.values()]
            row = pieces[0] if len(pieces) == 1 else ops.cat([y.reshape(-1) for y in pieces])
        self._row = row.array
        whole = self(*tensors)
        whole.memory = row.memory.share(row, whole)
        self._pieces = [parts.get(id(x)) for x in self._to_save]
        self.saves = [0 if i is None else OUTPUT for i in self._pieces]
        for x, i in zip(self._to_save, self._pieces):
            memory = getattr(x if i is None else whole, "memory", None)  # None may be saved, too
            kept = x if i is None else whole.array  # without history, which leads to this node
            self._saved.append((kept, memory, memory and memory.version))
        self._row = self._to_save = self._constant = None
        return [y if new is None else new for y, new in zip(outputs, self.unpack(whole))]

    def unpack(self, row):
        """For each output its piece of the row, or None if it has no gradient."""
        sizes = [math.prod(shape) for shape, _, has_grad in self.kinds if has_grad]
        if len(sizes) == 1:
            return [row if has_grad else None for *_, has_grad in self.kinds]
        pieces = iter(ops.split(row, sizes))
        return [
            ops.cast(next(pieces).reshape(shape), dtype) if has_grad else None
            for shape, dtype, has_grad in self.kinds
        ]

    def forward(self, *arrays): return self._row  # computed before, from the tensors themselves

    def backward(self, grad):
        needed = iter(self.needs_input_grad)
        self.needs_input_grad = tuple(is_one and next(needed) for is_one in self.are_tensors)
        grads = [
            grad.new_zeros(shape, dtype=dtype) if piece is None else piece
            for piece, (shape, dtype, _) in zip(self.unpack(grad), self.kinds)
        ]
        found, count = as_tuple(self.function.backward(self, *grads)), len(self.are_tensors)
        if len(found) < count or any(x is not None for x in found[count:]):
            got = f"{len(found)} gradients for {count} arguments of forward"
            raise RuntimeError(f"{self.name()}.backward returned {got}")
        return tuple(x for x, is_one in zip(found, self.are_tensors) if is_one)


class Function:
    """Base of operations with a gradient of their own: see above."""

    setup_context = None  # newer style: forward has no ctx, setup_context(ctx, inputs, output) has

    @classmethod
    def apply(cls, *args):
        """forward(ctx, *args), recorded if any of the arguments requires a gradient."""
        ctx = Context(cls, args)
        with no_grad():
            if cls.setup_context is None:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        if not (mode.enabled and any(ctx.needs_input_grad)):
            return result
        made = ctx.record([x for x in args if isinstance(x, Tensor)], as_tuple(result))
        return tuple(made) if isinstance(result, (tuple, list)) else made[0]
