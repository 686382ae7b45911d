"""Running averages of a network's weights.

Adversarial training never comes to rest: the generator's weights circle around an optimum. Their
average over the last few hundred steps lies near the centre of these circles, and often gives
better images than the weights of any single step (Yazici et al. 2019).
"""

import copy

from ..autograd import no_grad
from ..creation import tensor
from ..nn import BatchNorm1d, BatchNorm2d, Module


def get_ema_multi_avg_fn(decay=0.999):
    """For AveragedModel: average <- decay average + (1 - decay) weight, after each step.

    It averages over roughly the last 1 / (1 - decay) steps. `decay` may be a function of the
    number of steps so far.
    """

    def update(averages, weights, count):
        share = 1 - (decay(int(count)) if callable(decay) else decay)
        for average, weight in zip(averages, weights):
            average += share * (weight - average)

    return update


class AveragedModel(Module):
    """A copy of `model` whose weights are a running average; `module` is the copy.

    multi_avg_fn(averages, weights, count) changes the averages in place. By default they are the
    plain average of all weights so far (Izmailov et al. 2018). Buffers, such as the running
    statistics of batch norm, are copied from the model each time: see `update_bn`.

    >>> import tinygrad_cv as tg
    >>> net = tg.nn.Linear(1, 1, bias=False)
    >>> average = tg.optim.swa_utils.AveragedModel(net)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     _ = tg.nn.init.constant_(net.weight, weight)
    ...     average.update_parameters(net)
    >>> average.module.weight.item()
    3.0
    """

    def __init__(self, model, *, multi_avg_fn=None):
        super().__init__()
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        plain = get_ema_multi_avg_fn(lambda count: count / (count + 1))
        self.multi_avg_fn = multi_avg_fn or plain

    def forward(self, *args, **kwargs): return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model):
        """Move the average towards the weights of `model`; the first call copies them."""
        averages, weights = list(self.module.parameters()), list(model.parameters())
        if int(self.n_averaged) == 0:
            self.module.load_state_dict(model.state_dict())
        else:
            self.multi_avg_fn(averages, weights, self.n_averaged)
            for copied, buffer in zip(self.module.buffers(), model.buffers()):
                copied.copy_(buffer)
        self.n_averaged += 1


@no_grad()
def update_bn(loader, model):
    """Set the running statistics of batch norm to the plain average over the batches in `loader`.

    Of a batch that is a list or a tuple, such as (images, labels), the model gets the first part.
    An averaged model needs this, because the statistics that it copied belong to other weights.
    """
    norms = [m for m in model.modules() if isinstance(m, (BatchNorm1d, BatchNorm2d))]
    before = [(norm.momentum, norm.training) for norm in norms]
    try:
        for i, batch in enumerate(loader):
            for norm in norms:
                norm.momentum, norm.training = 1 / (i + 1), True  # the plain average of all batches
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    finally:
        for norm, (momentum, training) in zip(norms, before):
            norm.momentum, norm.training = momentum, training
