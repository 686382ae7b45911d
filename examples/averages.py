"""A running average of a network's weights.

Adversarial training never comes to rest: the generator's weights circle around an optimum. Their
average over the last few hundred steps lies near the centre of these circles, and often gives
better images than the weights of any single step (Yazici et al. 2019).
"""

import copy

import tinygrad_cv as tg
from tinygrad_cv import nn


class Average(nn.Module):
    """A copy of `model` whose weights are a running average; `module` is the copy.

    After step t of the model, average <- d average + (1 - d) weight, which averages over roughly
    the last 1 / (1 - d) steps. d is `decay`, but at first (1 + t) / (10 + t): a young average must
    soon forget the random weights that the model began with. Buffers, such as the running
    statistics of batch norm, are copied from the model each time: see `update_bn`.
    """

    def __init__(self, model, decay):
        super().__init__()
        self.module, self.decay = copy.deepcopy(model), decay
        self.register_buffer("n_averaged", tg.tensor(0))

    def forward(self, input): return self.module(input)

    @tg.no_grad()
    def update(self, model):
        """Move the average towards the weights of `model`; the first call copies them."""
        t = int(self.n_averaged)
        if t == 0:
            self.module.load_state_dict(model.state_dict())
        share = 1 - min(self.decay, (1 + t) / (10 + t))
        for average, weight in zip(self.module.parameters(), model.parameters()):
            average += share * (weight - average)
        for copied, buffer in zip(self.module.buffers(), model.buffers()):
            copied.copy_(buffer)
        self.n_averaged += 1


@tg.no_grad()
def update_bn(batches, model):
    """Set the running statistics of batch norm to the plain average over the batches.

    An averaged model needs this, because the statistics that it copied belong to other weights.
    """
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    before = [(norm.momentum, norm.training) for norm in norms]
    for i, batch in enumerate(batches):
        for norm in norms:
            norm.momentum, norm.training = 1 / (i + 1), True  # the plain average of all batches
        model(batch)
    for norm, (momentum, training) in zip(norms, before):
        norm.momentum, norm.training = momentum, training
