"""Calls that type checkers must accept or refuse; it is read by them, and never run.

Each wrong call has a comment that ignores its error. A comment that ignores nothing is an error
itself, so a stub that lets a wrong call pass is found.
"""

from typing import Any

from typing_extensions import assert_type

import tinygrad_cv as tg
from tinygrad_cv import nn, optim
from tinygrad_cv.nn import functional as F

x = tg.randn(2, 3, requires_grad=True)
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1)).to("cpu")

assert_type(x.sum(), tg.Tensor)
assert_type(2 * x**2 - x / 3 + 1, tg.Tensor)
assert_type(x.max(), tg.Tensor)
values, indices = x.max(1)
assert_type(x.shape, tuple[int, ...])
assert_type(x.to(x.dtype).dtype, tg.dtype)
assert_type(tg.zeros(2, dtype=tg.float32).dtype.is_floating_point, bool)
assert_type(x.grad, tg.Tensor | None)
assert_type(x.add_(1), tg.Tensor)
assert_type(net, nn.Sequential)
assert_type(net(x), tg.Tensor)
assert_type(nn.Conv2d(3, 8, 4, stride=2, padding=1).weight, nn.Parameter)
assert_type(F.mse_loss(x, x, reduction="sum").item(), float | Any)
assert_type([p.numel() for p in net.parameters()], list[int])
assert_type(nn.Linear(2, 1).double().train(False), nn.Linear)


@tg.no_grad()
def half(number: float) -> float:
    return number / 2


assert_type(half(3.0), float)


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.hidden = nn.Linear(2, width)

    def forward(self, points):
        return self.hidden(points).relu()


optimizer = optim.Adam(Net(3).parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizer.zero_grad()

tg.randn("a")  # type: ignore
x.summ()  # type: ignore
tg.summ(x)  # type: ignore
x.sum(dims=1)  # type: ignore
x.reshape("2, 3")  # type: ignore
nn.Linear(3)  # type: ignore
nn.Linear(3, 4).wieght  # type: ignore
nn.Conv2d(3, 8, kernel=4)  # type: ignore
F.mse_loss(x, x, reduction="average")  # type: ignore
F.relu(x, inplce=True)  # type: ignore
net(x).summ()  # type: ignore
optim.SGD(net.parameters(), learning_rate=0.1)  # type: ignore
optimizer.stop()  # type: ignore
