"""The flat buffer: many parameters, one array.

An optimizer does the same arithmetic to every number of every parameter. A small network has
ten parameters of a few numbers each, and then calling NumPy costs more than calculating. So the
parameters of one dtype are laid end to end in one array, and each parameter's own array becomes
a view of its piece:

    values   [ w w w w w w | b b | w w w w | b b ]      layer.weight.array is values[0:6].reshape(3, 2)
    grads    [ . . . . . . | . . | . . . . | . . ]      the same places, filled before each step
    exp_avg  [ . . . . . . | . . | . . . . | . . ]      and one such array for each kind of state

One step is then a dozen operations on whole arrays, however many parameters there are. Nothing
else notices: the network reads its weights where it always did.

A tensor that was detached from a parameter before the optimizer existed keeps the old memory.
"""

import itertools
from typing import NamedTuple

from ..tensor import Tensor

# A large array is updated in pieces that stay in the CPU's cache between the operations of a
# step; whole, each operation would fetch it from memory again. A GPU prefers few large calls.
PIECE = 1 << 15


class Piece(NamedTuple):
    """What an update works on: arrays of one length, to be changed in place."""

    xp: object      # numpy or cupy
    step: int       # how many steps these parameters have seen, this one included
    values: object
    grads: object   # a copy: may be overwritten
    state: dict     # name -> array


def lay_out(parameters, names, state):
    """`parameters` as Flats, one for each device and dtype."""
    alike = {}
    for p in parameters:
        alike.setdefault((p.backend, p.dtype), []).append(p)
    return [Flat(group, names, state) for group in alike.values()]


class Flat:
    """Parameters of one device and dtype in one array, with their gradients and optimizer state.

    `names` are the entries of the state ("step" is a count, all others arrays); `state` maps
    parameters to such entries, from which the new arrays are filled.
    """

    def __init__(self, parameters, names, state):
        self.parameters, self.names = parameters, names
        self.backend, dtype = parameters[0].backend, parameters[0].dtype
        self.ends = list(itertools.accumulate((p.numel() for p in parameters), initial=0))
        self.values, self.grads, *buffers = [
            self.backend.xp.zeros(self.ends[-1], dtype) for _ in ("values", "grads", *names) if _ != "step"
        ]
        self.buffers = dict(zip([name for name in names if name != "step"], buffers))
        self.grad_views = [self.view(self.grads, i) for i in range(len(parameters))]
        self.views = [self.view(self.values, i) for i in range(len(parameters))]
        self.steps = [0] * len(parameters)
        for i, p in enumerate(parameters):
            self.views[i][...] = p.array
            p.array = self.views[i]
            self.restore(i, state.get(p, {}))

    def view(self, flat, i):
        """The piece of a flat array that belongs to parameter i, with its shape and order of storage.

        The order matters: a convolution weight is stored channels-last, and must stay so.
        """
        shape, strides = self.parameters[i].shape, self.parameters[i].array.strides
        order = sorted(range(len(shape)), key=lambda d: -strides[d])  # the axes, outermost in memory first
        stored = flat[self.ends[i] : self.ends[i + 1]].reshape([shape[d] for d in order])
        return stored.transpose(sorted(range(len(shape)), key=order.__getitem__))

    def is_current(self, names):
        """False if somebody has given a parameter another array, or other state is needed."""
        return names == self.names and all(p.array is view for p, view in zip(self.parameters, self.views))

    def restore(self, i, entry):
        """Fill in the state of parameter i."""
        # Without a count, a state that exists has seen a step: SGD's momentum starts differently.
        self.steps[i] = int(entry.get("step", bool(entry)))
        for name, buffer in self.buffers.items():
            if name in entry:
                self.view(buffer, i)[...] = entry[name].detach().to(self.backend.device).array

    def state(self):
        """(parameter, {name: tensor}) for those that have seen a step; the tensors are views."""
        for i, p in enumerate(self.parameters):
            entry = {name: Tensor(self.view(buffer, i), self.backend) for name, buffer in self.buffers.items()}
            if "step" in self.names:
                entry = {"step": p.new_tensor(float(self.steps[i]), "float32"), **entry}
            if entry and self.steps[i]:
                yield p, entry

    def pieces(self):
        """Count a step for every parameter that has a gradient, and return what is to be updated."""
        runs = []  # [start, stop, step]: neighbours that have seen equally many steps go together
        for i, p in enumerate(self.parameters):
            if p.grad is None:
                continue
            grad = p.grad.array
            if grad.shape != p.array.shape or p.grad.backend is not self.backend:
                raise RuntimeError(f"step: a parameter of shape {p.shape} on {p.device} has a gradient of shape "
                                   f"{grad.shape} on {p.grad.device}")
            self.grad_views[i][...] = grad
            self.steps[i] = step = self.steps[i] + 1
            p.bump_version()
            if runs and runs[-1][1:] == [self.ends[i], step]:
                runs[-1][1] = self.ends[i + 1]
            else:
                runs.append([self.ends[i], self.ends[i + 1], step])
        longest = PIECE if self.backend.device.type == "cpu" else self.ends[-1] + 1
        return [
            self.piece(step, slice(place, min(place + longest, stop)))
            for start, stop, step in runs
            for place in range(start, stop, longest)
        ]

    def piece(self, step, part):
        state = {name: buffer[part] for name, buffer in self.buffers.items()}
        return Piece(self.backend.xp, step, self.values[part], self.grads[part], state)
