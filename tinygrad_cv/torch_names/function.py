"""autograd.Function with PyTorch's contract: static methods, and a context between them.

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):            # tensors and other arguments in, one or more tensors out
            ctx.save_for_backward(x)
            return x * x
        @staticmethod
        def backward(ctx, grad):        # a gradient per output in, one per argument of forward out
            (x,) = ctx.saved_tensors
            return 2 * x * grad
    y = Square.apply(x)

The library's own Function is a node of the graph, with one output, and `ctx` is such a node. If
forward has several outputs, the node's output is one row of all their numbers, and they are pieces
of the row. Their gradients arrive together as the gradient of the row.
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

    def save_for_backward(self, *tensors):
        """Keep inputs, outputs or other tensors for backward, where they are `saved_tensors`."""
        self._to_save = tensors

    def mark_non_differentiable(self, *outputs):
        """These outputs have no gradient; neither have those that are not floating point."""
        self._constant = outputs

    def set_materialize_grads(self, value):
        """No effect: the gradient of an output that nobody used is always zeros."""

    def mark_dirty(self, *tensors):
        raise NotImplementedError(f"{self.name()}: mark_dirty: return a new tensor instead")

    @property
    def saved_tensors(self):
        pairs = zip(self.saved(), self._pieces)
        return tuple(x if piece is None else self.unpack(x)[piece] for x, piece in pairs)

    def name(self):
        return self.function.__name__

    def record(self, tensors, outputs):
        """The outputs, with this node in the history of those that have a gradient."""
        self.shapes = [(y.shape, y.dtype) for y in outputs]
        constant = {id(y) for y in self._constant}
        parts = [y for y in outputs if y.is_floating_point() and id(y) not in constant]
        places = {id(y): i for i, y in enumerate(parts)}
        self.places = [places.get(id(y)) for y in outputs]  # which piece an output is, or None
        if not parts:
            return outputs
        with no_grad():
            row = parts[0] if len(parts) == 1 else ops.cat([y.reshape(-1) for y in parts])
        self._row = row.array
        whole = self(*tensors)
        del self._row
        whole.memory = row.memory.share(row, whole)
        self._pieces = [places.get(id(x)) for x in self._to_save]
        self.saves = [0 if piece is None else OUTPUT for piece in self._pieces]
        kept = [x if i is None else whole for x, i in zip(self._to_save, self._pieces)]
        for x, piece in zip(kept, self._pieces):
            memory = getattr(x, "memory", None)  # None may be saved, too
            x = x if piece is None else x.array  # without its history, which leads to this node
            self._saved.append((x, memory, memory and memory.version))
        self._to_save = self._constant = ()
        pieces = self.unpack(whole)
        return [y if i is None else pieces[i] for y, i in zip(outputs, self.places)]

    def unpack(self, row):
        """The pieces of the row, in the shapes and dtypes of the outputs that they are."""
        kinds = [kind for kind, i in zip(self.shapes, self.places) if i is not None]
        if len(kinds) == 1:
            return [row]
        pieces = ops.split(row, [math.prod(shape) for shape, _ in kinds])
        return [ops.cast(p.reshape(shape), dtype) for p, (shape, dtype) in zip(pieces, kinds)]

    # What the engine calls

    def forward(self, *arrays):
        return self._row  # computed before, from the tensors themselves

    def backward(self, grad):
        pieces, needed = self.unpack(grad), iter(self.needs_input_grad)
        self.needs_input_grad = tuple(is_one and next(needed) for is_one in self.are_tensors)
        grads = [
            grad.new_zeros(shape, dtype=dtype) if i is None else pieces[i]
            for (shape, dtype), i in zip(self.shapes, self.places)
        ]
        found = as_tuple(self.function.backward(self, *grads))
        count = len(self.are_tensors)
        if len(found) < count or any(x is not None for x in found[count:]):
            got = f"{len(found)} gradients for {count} arguments of forward"
            raise RuntimeError(f"{self.name()}.backward returned {got}")
        return tuple(x for x, is_one in zip(found, self.are_tensors) if is_one)


class Function:
    """Base of operations with a gradient of their own: see above."""

    @staticmethod
    def forward(*args):
        raise NotImplementedError("a Function needs a static method forward(ctx, ...)")

    @staticmethod
    def backward(ctx, *grads):
        raise NotImplementedError(f"{ctx.name()} needs a static method backward(ctx, ...)")

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
