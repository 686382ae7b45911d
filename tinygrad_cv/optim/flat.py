"""The flat buffer: many parameters, one array.

An optimizer does the same arithmetic to every number of every parameter. A small network has
ten parameters of a few numbers each, and then calling NumPy costs more than calculating. So the
parameters of one dtype are laid end to end in one array, and each parameter's own array becomes
a view of its piece:

    values   [ w w w w w w | b b | w w w w | b b ]      layer.weight.array is values[0:6].reshape(3, 2)
    grads    [ . . . . . . | . . | . . . . | . . ]      the same places, filled before each step
    exp_avg  [ . . . . . . | . . | . . . . | . . ]      and one such array for each kind of state

One step is then a dozen operations on whole arrays, however many parameters there are. (A large
gradient is not copied but read where it lies: what costs time there is memory, not calls.) Nothing
else notices: the network reads its weights where it always did. (Only a tensor that was detached
from a parameter before the optimizer existed keeps the old memory.)
"""

import itertools
import math
from typing import NamedTuple

from ..backend import storage_order
from ..tensor import Tensor

# A large array is updated in pieces that stay in the CPU's cache between the operations of a
# step; whole, each operation would fetch it from memory again. A GPU prefers few large calls.
PIECE = 1 << 17
LARGE = 1 << 15  # from here on a gradient is read where it lies


class Piece(NamedTuple):
    """What an update works on: arrays of one length, to be changed in place."""

    backend: object
    step: int       # how many steps these parameters have seen, this one included
    values: object
    grads: object   # not to be written to: they may be the parameters' own
    state: dict     # name -> array


def lay_out(parameters, names, state):
    """`parameters` as Flats, one for each device and dtype."""
    alike = {}
    for p in parameters:
        alike.setdefault((p.backend, p.dtype), []).append(p)
    return [Flat(group, names, state) for group in alike.values()]


class Flat:
    """Parameters of one device and dtype in one array, with their gradients and optimizer state.

    `names` says what is kept ("step" is a count, all else arrays); `state` maps parameters to
    {name: value}, and the new arrays are filled from it.
    """

    def __init__(self, parameters, names, state):
        self.parameters, self.names = parameters, names
        self.backend, dtype = parameters[0].backend, parameters[0].dtype
        self.ends = list(itertools.accumulate((p.numel() for p in parameters), initial=0))
        on_cpu = self.backend.device.type == "cpu"
        self.longest, self.large = (PIECE, LARGE) if on_cpu else (max(self.ends[-1], 1), math.inf)
        self.orders = [storage_order(p.array) for p in parameters]
        arrays = {
            name: self.backend.xp.zeros(self.ends[-1], dtype)
            for name in ("values", "grads", *names) if name != "step"
        }
        self.values, self.grads, self.buffers = arrays.pop("values"), arrays.pop("grads"), arrays
        self.views, self.grad_views = self.views_of(self.values), self.views_of(self.grads)
        self.state_views = {name: self.views_of(buffer) for name, buffer in self.buffers.items()}
        self.steps = [0] * len(parameters)
        for i, (p, view) in enumerate(zip(parameters, self.views)):
            view[...] = p.array
            p.array = view
            self.restore(i, state.get(p, {}))

    def views_of(self, flat):
        """For each parameter its piece of a flat array, with its shape and its order of storage.

        The order matters: a convolution weight is stored channels-last, and must stay so.
        """
        views = []
        for p, (order, back), start, end in zip(self.parameters, self.orders, self.ends, self.ends[1:]):
            stored = flat[start:end].reshape([p.shape[axis] for axis in order])
            views.append(stored.transpose(back))
        return views

    def restore(self, i, entry):
        """Fill in the state of parameter i."""
        # Without a count, a state that exists has seen a step: SGD's momentum starts differently.
        self.steps[i] = int(entry.get("step", bool(entry)))
        for name, views in self.state_views.items():
            if name in entry:
                views[i][...] = entry[name].detach().to(self.backend.device).array

    def state(self):
        """(parameter, {name: tensor}) for those that have seen a step; the tensors are views."""
        for i, p in enumerate(self.parameters):
            entry = {"step": p.new_tensor(float(self.steps[i]), "float32")} if "step" in self.names else {}
            entry.update((name, Tensor(views[i], self.backend)) for name, views in self.state_views.items())
            if entry and self.steps[i]:
                yield p, entry

    def is_current(self, names):
        """False if somebody gave a parameter another array, or if other state is needed."""
        return names == self.names and all([p.array is view for p, view in zip(self.parameters, self.views)])

    def pieces(self):
        """Count a step for every parameter that has a gradient, and return what is to be updated."""
        runs, until = [], None  # [start, end, step, gradient]; neighbours that have seen equally many steps go together
        for i, (p, view, start, end) in enumerate(zip(self.parameters, self.grad_views, self.ends, self.ends[1:])):
            if p.grad is None:
                continue
            grad = p.grad.array
            if grad.shape != view.shape or p.grad.backend is not self.backend:
                raise RuntimeError(
                    f"step: a parameter of shape {tuple(p.shape)} on {p.device} has a gradient of shape "
                    f"{tuple(grad.shape)} on {p.grad.device}"
                )
            self.steps[i] = step = self.steps[i] + 1
            p.bump_version()
            if end - start >= self.large:
                runs.append([start, end, step, grad.transpose(self.orders[i][0]).reshape(-1)])
                until = None
                continue
            view[...] = grad
            if until == (start, step):
                runs[-1][1] = end
            else:
                runs.append([start, end, step, None])
            until = end, step
        return [piece for run in runs for piece in self.cut(*run)]

    def cut(self, start, end, step, grads):
        """The pieces of a run; where no gradient is given, it is in `self.grads`."""
        grads, first = (self.grads, 0) if grads is None else (grads, start)
        for place in range(start, end, self.longest):
            stop = min(place + self.longest, end)
            state = {name: buffer[place:stop] for name, buffer in self.buffers.items()}
            yield Piece(self.backend, step, self.values[place:stop], grads[place - first : stop - first], state)
