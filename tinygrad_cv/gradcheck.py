"""Gradients, checked against the definition of the derivative.

`backward` consists of formulas, and a formula can be wrong. The central difference

    (f(x + eps v) - f(x - eps v)) / 2 eps  =  f'(x) v  +  O(eps^2)  +  O(rounding / eps)

needs no formula. In float64 (rounding about 1e-16), eps = 1e-6 leaves errors of 1e-12 and 1e-10.
In float32 (1e-7) the rounding error would be 0.1, so float32 is refused.

backward computes u^T J, where J is the Jacobian of fn and u the gradient with respect to its
outputs. Here u is random. With ones, u^T J would be the gradient of the sum of the outputs. That of
a softmax is zero, because its outputs always add up to 1: a backward that returns zeros would pass.

A small input is checked along every axis v. A large one is checked along a few random directions v,
each of which involves all entries. If one of them disagrees, its range of entries is halved
repeatedly, with a new random direction for each half, down to the wrong entry.

relu at 0 has no derivative: its slope is 0 to the left and 1 to the right. So both slopes are
computed. If they disagree for smaller and smaller eps, the sample is refused as a kink.
"""

import math
import random
from itertools import product
from operator import sub

from .autograd import enable_grad, grad, no_grad
from .autograd.engine import as_tuple
from .creation import tensor, zeros_like
from .dtypes import float64
from .ops.inplace import check_writable
from .tensor import Tensor

EVERY_ENTRY = 256  # an input with more entries is checked along random directions
DIRECTIONS = 8


class GradcheckError(RuntimeError):
    """A gradient that disagrees with finite differences, or a sample that can't be checked."""


class KinkError(GradcheckError):
    """The function has no derivative at this input, or within eps / 100 of it."""


def gradcheck(fn, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3):
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
    check = _Check(fn, as_tuple(inputs), eps, atol, rtol)
    for (name, x), gradient in zip(check.named, check.gradients()):
        check.compare(name, x, gradient)
    if check.kinks:  # only now: a gradient that is wrong beside a kink is still wrong
        raise KinkError(check.kinks[0])
    return True


def gradgradcheck(fn, inputs, **options):
    """Check second derivatives: gradcheck of the function (inputs, u) -> u^T J, for a random u."""
    inputs, generator = as_tuple(inputs), random.Random(1)
    us = [_random_like(y, generator).requires_grad_() for y in _call(fn, inputs)]

    def gradient(*arguments):
        xs, us = arguments[: len(inputs)], arguments[len(inputs) :]
        with enable_grad():
            return _vjp(_call(fn, xs), [x for x in xs if _is_checked(x)], us, create_graph=True)

    gradient.__name__ = f"the gradient of {_name(fn)}"
    return gradcheck(gradient, (*inputs, *us), **options)


class _Check:
    """One function at one sample. Inputs are changed in place, because fn may hold weights."""

    def __init__(self, fn, inputs, eps, atol, rtol):
        self.named = [(f"input {i}", x) for i, x in enumerate(inputs) if _is_checked(x)]
        if not self.named:
            raise ValueError("gradcheck: no input requires a gradient; use requires_grad=True")
        for name, x in self.named:
            if x.dtype != float64:
                raise TypeError(f"gradcheck: {name} is {x.dtype}, not float64; use .double()")
            check_writable("gradcheck", x.detach())
        self.fn, self.inputs, self.kinks = fn, inputs, []
        self.eps, self.atol, self.rtol = eps, atol, rtol
        self.generator = random.Random(0)  # of its own, so that no other generator advances

    def call(self): return _call(self.fn, self.inputs)
    def fail(self, text): raise GradcheckError(f"{_name(self.fn)}: {text}")

    def gradients(self):
        """u^T J by backward, after checks of its form and for side effects."""
        xs, outputs = [x for _, x in self.named], self.call()
        if not all(map(_same, outputs, self.call())):
            self.fail("gives two results for one input; if it is random, seed it inside")
        self.us = [_random_like(y, self.generator) for y in outputs]
        given = [t.detach() for t in (*xs, *outputs, *self.us)]
        before = [t.clone() for t in given]
        gradients = _vjp(outputs, xs, self.us, retain_graph=True)
        again = _vjp(outputs, xs, self.us, create_graph=True)
        if not all(map(_same, given, before)):
            self.fail("backward writes into an input, an output or a gradient that it was given")
        for (name, x), g, h in zip(self.named, gradients, again):
            if g.dtype != x.dtype:
                self.fail(f"{name} is {x.dtype}, but its gradient is {g.dtype}")
            if not _same(g, h, 1e-9):
                two = f"a second backward, with create_graph=True, gives {name} another gradient"
                why = "The first wrote into what was saved, or there are two formulas"
                self.fail(f"{two}, {h} after {g}. {why}")
        return gradients

    def compare(self, name, x, gradient):
        """Refuse a gradient that finite differences contradict."""
        n = x.numel()

        def disagreement(low, high):
            """What is wrong in the entries low to high: (place, backward's slope, the true one)."""
            one, v, place = high - low == 1, x.new_zeros(n), "a random direction"
            v[low:high] = 1.0 if one else _random_like(v[low:high], self.generator)
            if one:
                place = f"entry {list(product(*map(range, x.shape)))[low]}"
            v = v.reshape(x.shape)
            left, right = self.slopes(x, v)
            analytic = _dot([gradient], [v])
            numerical = (left + right) / 2  # the central difference
            if not self.close(left, right):
                self.kinks.append(
                    f"{_name(self.fn)}: the sample is unusable, it lies on a kink or a jump. Along "
                    f"{place} of {name}, the slope is {left:.6g} to the left, {right:.6g} to the "
                    "right. Move the input."
                )
            elif not self.close(analytic, numerical):
                middle = (low + high) // 2
                nearer = not one and (disagreement(low, middle) or disagreement(middle, high))
                return nearer or (place, analytic, numerical)

        spans = [(i, i + 1) for i in range(n)] if n <= EVERY_ENTRY else [(0, n)] * DIRECTIONS
        found = [wrong for span in spans if (wrong := disagreement(*span))]
        if found:
            self.fail(_report(name, x, found))

    def slopes(self, x, v):
        """The slopes of u . fn along v, to the left and to the right of x."""
        start = x.detach().clone()

        def at(step):
            with no_grad():
                x.copy_(start + step * v)
            return [y.detach().clone() for y in self.call()]  # copies: fn may return a view of x

        for step in (self.eps, self.eps / 10, self.eps / 100):  # curvature adds about step * f''
            before, after, middle = at(-step), at(step), at(0.0)  # the last one restores x
            # Subtracted first, then summed: what does not depend on x cancels exactly
            left = _dot(self.us, map(sub, middle, before)) / step
            right = _dot(self.us, map(sub, after, middle)) / step
            if self.close(left, right):
                break
        return left, right

    def close(self, a, b): return abs(a - b) <= self.atol + self.rtol * max(abs(a), abs(b))


def _report(name, x, wrong):
    place, analytic, numerical = max(wrong, key=lambda w: abs(w[1] - w[2]))
    n, factors = x.numel(), [a / b if b else math.inf for _, a, b in wrong]
    many = f"{len(wrong)} of its {n} entries" if n <= EVERY_ENTRY else "at least one entry"
    report = (
        f"the gradient with respect to {name}, of shape {x.shape}, is wrong in {many}.\nThe worst "
        f"is {place}: backward says {analytic:.6g}, finite differences say {numerical:.6g}."
    )
    if max(factors) - min(factors) < 1e-3:  # never true of inf - inf, a NaN
        report += f"\nAll of them are {factors[0] + 0:.4g} times what they should be."
    return report


def _call(fn, inputs):
    """The floating outputs of fn; others (argmax) have no gradient."""
    outputs = fn(*inputs)
    floating = [y for y in as_tuple(outputs) if isinstance(y, Tensor) and y.dtype.kind == "f"]
    if not floating:
        raise TypeError(f"gradcheck: {_name(fn)} must return floating tensors, got {outputs}")
    return floating


def _vjp(outputs, xs, us, **options):
    """u^T J for each x; zero for an x that no output depends on."""
    pairs = [(y, u) for y, u in zip(outputs, us) if y.requires_grad]
    if not pairs:
        return [zeros_like(x) for x in xs]
    ys, us = zip(*pairs)
    found = grad(ys, xs, us, allow_unused=True, **options)
    return [zeros_like(x) if g is None else g for x, g in zip(xs, found)]


def _random_like(y, generator):
    """Numbers of both signs, 0.5 to 1.5 in size, so that none is too small to show an error."""
    numbers = [generator.choice((-1, 1)) * generator.uniform(0.5, 1.5) for _ in range(y.numel())]
    return tensor(numbers, dtype=y.dtype, device=y.device).reshape(y.shape)


def _same(a, b, tolerance=0.0):
    return a.detach().allclose(b.detach(), rtol=tolerance, atol=tolerance, equal_nan=True)


def _is_checked(x): return isinstance(x, Tensor) and x.requires_grad
def _name(fn): return getattr(fn, "__name__", type(fn).__name__)
def _dot(us, ys): return sum(float((u.detach() * y.detach()).sum()) for u, y in zip(us, ys))
