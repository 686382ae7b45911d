"""The running average of weights, and batch norm's statistics for it."""

import averages
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn


def test_the_average_forgets_slowly_but_not_at_first():
    net, wanted = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1)), 0.0
    average = averages.Average(net, decay=0.2)
    for t, weight in enumerate((1.0, 3.0, -2.0, 5.0)):
        net[0].weight.data.fill_(weight)
        net(tg.tensor([[1.0], [4.0]]))
        average.update(net)
        d = (0, 2 / 11, 0.2, 0.2)[t]
        wanted = d * wanted + (1 - d) * weight
        assert average.module[0].weight.item() == pytest.approx(wanted)
    assert average.module[1].running_mean.tolist() == net[1].running_mean.tolist()
    assert average(tg.ones(1, 1).expand(2, 1)).shape == (2, 1)


def test_batch_norm_of_an_average():
    net = nn.Sequential(nn.BatchNorm1d(2, momentum=0.5)).eval()
    batches = [tg.randn(8, 2) + k for k in range(3)]
    averages.update_bn(batches, net)
    mean = sum(batch.mean(0) for batch in batches) / 3
    assert net[0].running_mean.allclose(mean, atol=1e-6)
    assert net[0].momentum == 0.5 and not net[0].training
