"""Running averages of weights, beside PyTorch's."""

import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.optim import swa_utils


@pytest.mark.parity
@pytest.mark.parametrize("decay", [None, 0.9])
def test_averages_like_pytorch(decay):
    torch = pytest.importorskip("torch")
    averages = []
    for library in (tg, torch):
        utils = library.optim.swa_utils
        net = library.nn.Sequential(library.nn.Linear(1, 1, bias=False), library.nn.BatchNorm1d(1))
        function = None if decay is None else utils.get_ema_multi_avg_fn(decay)
        average = utils.AveragedModel(net, multi_avg_fn=function)
        for weight in (1.0, 3.0, -2.0, 5.0):
            net[0].weight.data.fill_(weight)
            net(library.tensor([[1.0], [4.0]]))
            average.update_parameters(net)
        assert int(average.n_averaged) == 4 and "module.0.weight" in average.state_dict()
        averages.append([average.module[0].weight.item(), average.module[1].running_mean.item()])
    assert averages[0] == pytest.approx(averages[1])


def test_the_average_of_another_network_is_refused():
    for other in nn.Linear(2, 1), nn.Linear(2, 3, False):
        with pytest.raises(RuntimeError, match="load_state_dict of Linear"):
            swa_utils.AveragedModel(nn.Linear(2, 3)).update_parameters(other)


def test_batch_norm_of_an_average():
    net = nn.Sequential(nn.BatchNorm1d(2, momentum=0.5)).eval()
    batches = [tg.randn(8, 2) + k for k in range(3)]
    swa_utils.update_bn([(batch, "labels") for batch in batches], net)
    mean = sum(batch.mean(0) for batch in batches) / 3
    assert net[0].running_mean.allclose(mean, atol=1e-6)
    assert net[0].momentum == 0.5 and not net[0].training
    with pytest.raises(RuntimeError, match="BatchNorm1d"):
        swa_utils.update_bn([tg.ones(8, 3)], net)
    assert net[0].momentum == 0.5 and not net[0].training
