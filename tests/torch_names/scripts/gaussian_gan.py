"""A GAN that learns a Gaussian, as a course writes it: functions for the two updates, one plot."""
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(0)


def noise(*shape):
    return torch.tensor(rng.normal(0, 1, shape), dtype=torch.float32)


A, b = torch.tensor([[1, 2], [-0.1, 0.5]]), torch.tensor([1, 2])
data = torch.matmul(noise(1000, 2), A) + b
print(f"covariance {torch.matmul(A.T, A)}")

net_G = nn.Sequential(nn.Linear(2, 2))
net_D = nn.Sequential(
    nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1)
)


def update_D(X, Z, loss, trainer):
    ones, zeros = torch.ones((len(X),), device=X.device), torch.zeros((len(X),), device=X.device)
    trainer.zero_grad()
    real_Y, fake_Y = net_D(X), net_D(net_G(Z).detach())
    loss_D = loss(real_Y, ones.reshape(real_Y.shape)) + loss(fake_Y, zeros.reshape(fake_Y.shape))
    (loss_D / 2).backward()
    trainer.step()
    return loss_D / 2


def update_G(Z, loss, trainer):
    trainer.zero_grad()
    fake_Y = net_D(net_G(Z))
    loss_G = loss(fake_Y, torch.ones((Z.shape[0],), device=Z.device).reshape(fake_Y.shape))
    loss_G.backward()
    trainer.step()
    return loss_G


def train(data_iter, num_epochs, lr_D, lr_G, data):
    loss = nn.BCEWithLogitsLoss(reduction="sum")
    for net in net_D, net_G:
        for w in net.parameters():
            nn.init.normal_(w, 0, 0.02)
            w.data[:] = 0.02 * noise(*w.shape)
    trainer_D = torch.optim.Adam(net_D.parameters(), lr=lr_D)
    trainer_G = torch.optim.Adam(net_G.parameters(), lr=lr_G)
    figure, axes = plt.subplots()
    for epoch in range(num_epochs):
        sums = [0.0, 0.0, 0]
        for (X,) in data_iter:
            Z = noise(X.shape[0], 2)
            sums[0] += float(update_D(X, Z, loss, trainer_D).detach())
            sums[1] += float(update_G(Z, loss, trainer_G).detach())
            sums[2] += X.shape[0]
        fake_X = net_G(noise(100, 2)).detach().numpy()
        axes.cla()
        axes.scatter(data[:, 0], data[:, 1])
        axes.scatter(fake_X[:, 0], fake_X[:, 1])
        print(f"epoch {epoch} loss_D {sums[0] / sums[2]:.4f} loss_G {sums[1] / sums[2]:.4f}")
    figure.savefig(f"{sys.argv[1]}/gaussian.png")
    print("mean", fake_X.mean(0))


torch.manual_seed(1)
train(DataLoader(TensorDataset(data), 8), 3, 0.05, 0.005, data[:100].detach().numpy())
