"""A notebook's cells: digits by a sampler of chunks, modules moved by type, two losses."""
import sys

import numpy as np
import torch
import torch.nn as nn
import torchvision.datasets as dset
import torchvision.transforms as T
from torch import optim
from torch.nn import init
from torch.utils.data import DataLoader, sampler

NUM_TRAIN, NUM_VAL, NOISE_DIM, batch_size = 12, 6, 5, 4
rng = np.random.default_rng(11)


class ChunkSampler(sampler.Sampler):
    """The indices from `start` on."""

    def __init__(self, num_samples, start=0):
        self.num_samples = num_samples
        self.start = start

    def __iter__(self):
        return iter(range(self.start, self.start + self.num_samples))

    def __len__(self):
        return self.num_samples


mnist = dset.MNIST(sys.argv[1], train=True, download=False, transform=T.ToTensor())
loader_train = DataLoader(mnist, batch_size=batch_size, sampler=ChunkSampler(NUM_TRAIN, 0))
loader_val = DataLoader(mnist, batch_size=batch_size, sampler=ChunkSampler(NUM_VAL, NUM_TRAIN))
imgs = next(iter(loader_val))[0].view(batch_size, 784).numpy().squeeze()
print("validation", len(loader_val), imgs.mean(), imgs.std())

dtype = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor
print("ReLU", torch.nn.ReLU()(torch.Tensor([-1.0, 2.0])).type(dtype))


def preprocess_img(x):
    return 2 * x - 1.0


def noise(n):
    return torch.from_numpy(rng.uniform(-1, 1, (n, NOISE_DIM))).type(dtype)


class Flatten(nn.Module):
    def forward(self, x):
        N, C, H, W = x.size()
        return x.view(N, -1)


class Unflatten(nn.Module):
    def __init__(self, N=-1, C=128, H=7, W=7):
        super(Unflatten, self).__init__()
        self.N, self.C, self.H, self.W = N, C, H, W

    def forward(self, x):
        return x.view(self.N, self.C, self.H, self.W)


def initialize_weights(m):
    if isinstance(m, nn.Linear) or isinstance(m, nn.ConvTranspose2d):
        init.xavier_uniform_(m.weight.data)
        m.weight.data.copy_(torch.from_numpy(rng.uniform(-0.1, 0.1, m.weight.size())))
        m.bias.data.zero_()


def discriminator():
    return nn.Sequential(Flatten(), nn.Linear(784, 16), nn.LeakyReLU(0.01), nn.Linear(16, 1))


def generator():
    return nn.Sequential(
        nn.Linear(NOISE_DIM, 2 * 7 * 7), nn.ReLU(True), nn.BatchNorm1d(2 * 7 * 7),
        Unflatten(-1, 2, 7, 7), nn.ConvTranspose2d(2, 3, 4, 2, 1), nn.ReLU(True), nn.BatchNorm2d(3),
        nn.ConvTranspose2d(3, 1, 4, 2, 1), nn.Tanh(), nn.Flatten())


def bce_loss(input, target):
    neg_abs = -input.abs()
    loss = input.clamp(min=0) - input * target + (1 + neg_abs.exp()).log()
    return loss.mean()


def discriminator_loss(logits_real, logits_fake):
    ones = torch.ones(logits_real.size()).type(dtype)
    return bce_loss(logits_real, ones) + bce_loss(logits_fake, 0 * ones)


def generator_loss(logits_fake):
    return bce_loss(logits_fake, torch.ones(logits_fake.size()).type(dtype))


def ls_discriminator_loss(scores_real, scores_fake):
    return (0.5 * (scores_real - 1) ** 2).mean() + (0.5 * scores_fake**2).mean()


def ls_generator_loss(scores_fake):
    return (0.5 * (scores_fake - 1) ** 2).mean()


def get_optimizer(model):
    return optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999))


def run_a_gan(D, G, D_solver, G_solver, discriminator_loss, generator_loss, num_epochs=2):
    for epoch in range(num_epochs):
        for x, _ in loader_train:
            if len(x) != batch_size:
                continue
            D_solver.zero_grad()
            real_data = x.type(dtype)
            logits_real = D(preprocess_img(real_data)).type(dtype)
            fake_images = G(noise(batch_size)).detach()
            logits_fake = D(fake_images.view(batch_size, 1, 28, 28))
            d_total_error = discriminator_loss(logits_real, logits_fake)
            d_total_error.backward()
            D_solver.step()
            G_solver.zero_grad()
            fake_images = G(noise(batch_size))
            g_error = generator_loss(D(fake_images.view(batch_size, 1, 28, 28)))
            g_error.backward()
            G_solver.step()
        print("Iter: {}, D: {:.4}, G:{:.4}".format(epoch, d_total_error.item(), g_error.item()))
    print("image", fake_images.data.cpu().numpy().mean())


for losses in (discriminator_loss, generator_loss), (ls_discriminator_loss, ls_generator_loss):
    D, G = discriminator().type(dtype), generator().type(dtype)
    D.apply(initialize_weights)
    G.apply(initialize_weights)
    run_a_gan(D, G, get_optimizer(D), get_optimizer(G), *losses)
