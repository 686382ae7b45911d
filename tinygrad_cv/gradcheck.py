"""Gradients, checked against the definition of the derivative.

`backward` is formulas, and a formula can be wrong. The definition can't: the central difference

    (f(x + eps v) - f(x - eps v)) / 2 eps  =  f'(x) v  +  O(eps^2)  +  O(rounding / eps)

needs no formula. Its two errors pull apart: a smaller eps makes the first smaller and the second
larger. In float64 (rounding about 1e-16) eps = 1e-6 leaves both near 1e-10, far below any real
mistake. In float32 (1e-7) rounding would drown the gradient, so it is refused.

*What is compared.* backward computes u^T J, with J the Jacobian of fn and u its cotangent, the
gradient by the outputs. u is random here. The usual choice, ones, differentiates the sum of
the outputs; but the sum of a softmax is 1 and that of a batch norm is 0, whatever x is: a
backward that returns zeros would pass. With a random u no row of J can hide.

*Along which v.* For a small input along every axis, so that each entry of u^T J is looked at.
For a large one along a few random directions, which see all entries at once; a direction
that disagrees is halved until the entry at fault stands alone.

*Kinks.* relu at 0 has no derivative: its slope is 0 to the left and 1 to the right, and the central
difference says 0.5, which is nobody's mistake. So both slopes are computed. Where they disagree
a smaller eps is tried, and if they still do, the sample is refused as a kink.
"""

import itertools
import random

from .autograd import enable_grad, grad, no_grad
from .creation import tensor, zeros_like
from .tensor import Tensor

EVERY_ENTRY = 256  # an input with more entries is checked along random directions
DIRECTIONS = 8


class GradcheckError(RuntimeError):
    """A gradient that disagrees with finite differences, or a sample that can't be checked."""


class KinkError(GradcheckError):
    """The function has no derivative at this input, so nothing can be said about its gradient."""


def gradcheck(fn, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True):
    """Check fn's gradients: |backward - numerical| <= atol + rtol |numerical| for every input.

    `inputs` is a tensor or a tuple; what requires a gradient in it is checked and must be float64
    (TypeError otherwise). `fn` returns a tensor or a tuple of them. Checked too: gradients have
    their input's shape and dtype, backward writes into nothing that it was given or has saved,
    and gives the same with create_graph=True. Raises GradcheckError saying which entry is wrong
    and by how much, KinkError where fn has no derivative; raise_exception=False returns False.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([0.5, 2.0], dtype=tg.float64, requires_grad=True)
    >>> tg.autograd.gradcheck(tg.log, x)
    True
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    names = [f"input {i}" for i in range(len(inputs))]
    return _answer(fn, inputs, names, (eps, atol, rtol), raise_exception)


def gradgradcheck(fn, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True):
    """Check second derivatives: gradcheck of the function (inputs, grad_outputs) -> fn's gradients.

    `grad_outputs` (one for each floating output of fn) are random where none are given.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([0.5, 2.0], dtype=tg.float64, requires_grad=True)
    >>> tg.autograd.gradgradcheck(tg.tanh, x)
    True
    """
    inputs = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    if grad_outputs is None:
        generator = random.Random(1)
        grad_outputs = [_random_like(y, generator).requires_grad_() for y in _call(fn, inputs)]
    grad_outputs = tuple(grad_outputs) if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)

    def gradient(*arguments):
        xs, us = arguments[: len(inputs)], arguments[len(inputs) :]
        with enable_grad():
            return _vjp(_call(fn, xs), [x for x in xs if _is_checked(x)], us, create_graph=True)

    gradient.__name__ = f"the gradient of {_name(fn)}"
    names = [f"input {i}" for i in range(len(inputs))]
    names += [f"grad_outputs[{i}]" for i in range(len(grad_outputs))]
    return _answer(gradient, inputs + grad_outputs, names, (eps, atol, rtol), raise_exception)


def _answer(fn, inputs, names, tolerance, raise_exception):
    named = [(name, x) for name, x in zip(names, inputs) if _is_checked(x)]
    if not named:
        raise ValueError("gradcheck: no input requires a gradient; make one with requires_grad=True")
    for name, x in named:
        if str(x.dtype) != "float64":
            raise TypeError(f"gradcheck: {name} is {x.dtype}; finite differences need float64, use .double()")
    try:
        _check(lambda: _call(fn, inputs), _name(fn), named, *tolerance)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(call, fn, named, eps, atol, rtol):
    """Raise GradcheckError unless backward agrees with finite differences on all inputs."""
    generator = random.Random(0)  # its own: a check must not change what a seeded program draws next
    outputs = call()
    if not all(_same(y, again) for y, again in zip(outputs, call())):
        raise GradcheckError(f"{fn} gives two results for one input; if it is random, seed it inside")
    cotangents = [_random_like(y, generator) for y in outputs]
    kinked = []
    for (name, x), gradient in zip(named, _gradients(fn, outputs, named, cotangents)):

        def slopes(v, x=x):
            return _slopes(call, cotangents, x, v, eps, atol, rtol)

        wrong, kinks = _compare(slopes, x, gradient, atol, rtol, generator)
        if wrong:
            raise GradcheckError(_report_wrong(fn, name, x, wrong, atol, rtol))
        kinked += [(name, x, kinks)] if kinks else []
    if kinked:  # only now: a gradient that is wrong beside a kink is still wrong
        raise KinkError(_report_kink(fn, *kinked[0]))


def _gradients(fn, outputs, named, cotangents):
    """u^T J by backward, once it is known to be well-formed and without side effects."""
    xs = [x for _, x in named]
    watched = [*named, *((f"output {i}", y) for i, y in enumerate(outputs))]
    watched += [(f"the gradient of output {i}, its own input", u) for i, u in enumerate(cotangents)]
    before = [t.detach().clone() for _, t in watched]
    gradients = _vjp(outputs, xs, cotangents, retain_graph=True)
    again = _vjp(outputs, xs, cotangents, create_graph=True)
    for (what, t), copy in zip(watched, before):
        if not _same(t, copy):
            raise GradcheckError(f"{fn}: backward writes into {what}; it must make new tensors")
    for (name, x), g, h in zip(named, gradients, again):
        if (g.shape, g.dtype, g.device) != (x.shape, x.dtype, x.device):
            raise GradcheckError(
                f"{fn}: {name} has shape {tuple(x.shape)}, {x.dtype}, {x.device}, "
                f"but its gradient has {tuple(g.shape)}, {g.dtype}, {g.device}"
            )
        if not _same(g, h, 1e-9):
            raise GradcheckError(
                f"{fn}: a second backward, with create_graph=True, gives another gradient by {name}:\n"
                f"the first wrote into what was saved, or they are two formulas that disagree.\n{g}\n{h}"
            )
    return gradients


def _compare(slopes, x, gradient, atol, rtol, generator):
    """([(place, analytic, numerical)] that disagree, [(place, left, right)] that are kinks)."""
    wrong, kinks = [], []

    def look(place, v):
        left, right = slopes(v)
        numerical, analytic = (left + right) / 2, _dot([gradient], [v])
        if not abs(right - left) <= atol + rtol * max(abs(left), abs(right)):
            kinks.append((place, left, right))
        elif not abs(analytic - numerical) <= atol + rtol * abs(numerical):
            wrong.append((place, analytic, numerical))

    if x.numel() <= EVERY_ENTRY:
        for entry in itertools.product(*map(range, x.shape)):
            look(f"entry {entry}", _unit(x, entry))
        return wrong, kinks
    for _ in range(DIRECTIONS):
        v = _random_like(x, generator)
        look("a random direction", v)
        if wrong:
            entry = _entry_at_fault(lambda w: abs(_dot([gradient], [w]) - sum(slopes(w)) / 2), v)
            look(f"entry {entry}", _unit(x, entry))
            break
    return wrong[-1:], kinks


def _entry_at_fault(disagreement, v):
    """Halve the direction `v` again and again, keeping the half that disagrees more."""
    entries = list(itertools.product(*map(range, v.shape)))
    values = v.reshape(-1)
    low, high = 0, len(entries)
    while high - low > 1:
        middle = (low + high) // 2
        halves = []
        for part in (slice(low, middle), slice(middle, high)):
            w = zeros_like(values)
            w[part] = values[part]
            halves.append(disagreement(w.reshape(v.shape)))
        low, high = (low, middle) if halves[0] > halves[1] else (middle, high)
    return entries[low]


def _slopes(call, cotangents, x, v, eps, atol, rtol):
    """The slopes of u . fn along v, to the left and to the right of x."""
    start = x.detach().clone()

    def at(step):
        with no_grad():
            x.copy_(start + step * v)  # in place: fn may know x without being given it, as a layer does
        values = [y.detach().clone() for y in call()]  # copies: an output may be a view of x
        with no_grad():
            x.copy_(start)
        return values

    middle = at(0.0)
    for step in (eps, eps / 10, eps / 100):  # a kink beside x, and strong curvature, fade with the step
        before, after = at(-step), at(step)
        # Subtracted first, then summed: what does not depend on x cancels exactly.
        left = _dot(cotangents, [b - a for a, b in zip(before, middle)]) / step
        right = _dot(cotangents, [b - a for a, b in zip(middle, after)]) / step
        if abs(right - left) <= atol + rtol * max(abs(left), abs(right)):
            break
    return left, right


def _call(fn, inputs):
    """The floating outputs of fn, as a list; others (argmax) have no gradient."""
    outputs = fn(*inputs)
    outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    floating = [y for y in outputs if isinstance(y, Tensor) and y.dtype.kind == "f"]
    if not floating:
        raise TypeError(f"gradcheck: {_name(fn)} must return floating tensors, got {outputs}")
    return floating


def _is_checked(x):
    return isinstance(x, Tensor) and x.requires_grad


def _vjp(outputs, xs, cotangents, **options):
    """u^T J for each x; zero for an x that no output depends on."""
    pairs = [(y, u) for y, u in zip(outputs, cotangents) if y.requires_grad]
    if not pairs:
        return [zeros_like(x) for x in xs]
    found = grad([y for y, _ in pairs], xs, [u for _, u in pairs], allow_unused=True, **options)
    return [zeros_like(x) if g is None else g for x, g in zip(xs, found)]


def _random_like(y, generator):
    """Numbers of both signs and of sizes 0.5 to 1.5: none so small that it would hide an entry."""
    numbers = [generator.choice((-1, 1)) * generator.uniform(0.5, 1.5) for _ in range(y.numel())]
    return tensor(numbers, dtype=y.dtype, device=y.device).reshape(y.shape)


def _unit(x, entry):
    v = zeros_like(x)
    v[entry] = 1.0
    return v


def _dot(us, ys):
    return sum(float((u.detach() * y.detach()).sum()) for u, y in zip(us, ys))


def _same(a, b, tolerance=0.0):
    """Whether two tensors hold the same numbers; a NaN equals a NaN."""
    a, b = a.detach(), b.detach()
    return bool((((a - b).abs() <= tolerance * (1 + b.abs())) | (a == b) | ((a != a) & (b != b))).all())


def _name(fn):
    return getattr(fn, "__name__", type(fn).__name__)


def _report_wrong(fn, name, x, wrong, atol, rtol):
    place, analytic, numerical = max(wrong, key=lambda w: abs(w[1] - w[2]))
    many = f"{len(wrong)} of its {x.numel()} entries" if x.numel() <= EVERY_ENTRY else "at least one entry"
    ratios = [a / n for _, a, n in wrong if n]
    alike = len(ratios) == len(wrong) and max(ratios) - min(ratios) < 1e-3
    return (
        f"{fn}: the gradient by {name}, of shape {tuple(x.shape)}, is wrong in {many}.\n"
        f"The worst is {place}: backward says {analytic:.6g}, finite differences say {numerical:.6g}.\n"
        f"They differ by {abs(analytic - numerical):.3g}; {atol + rtol * abs(numerical):.3g} is allowed."
        + (f"\nAll that are wrong are {ratios[0]:.4g} times what they should be." if alike else "")
    )


def _report_kink(fn, name, x, kinks):
    place, left, right = kinks[0]
    return (
        f"{fn}: the sample is unusable, it lies on a kink or a jump ({len(kinks)} found).\n"
        f"Along {place} of {name}, of shape {tuple(x.shape)}, the slope is {left:.6g} to the left\n"
        f"and {right:.6g} to the right: there is no derivative to compare with. Move the input away."
    )
