"""Sprites from a class label, as scripts were written when a tensor's class was its device."""
import argparse
import os

import numpy as np
import torch
import torch.nn as nn
import torchvision.transforms as transforms
from torch.autograd import Variable
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.utils import save_image

parser = argparse.ArgumentParser()
parser.add_argument("folder", help="with a folder of images for each class in sprites/")
parser.add_argument("--n_epochs", type=int, default=2)
parser.add_argument("--latent_dim", type=int, default=6)
opt = parser.parse_args()
np.random.seed(3)

cuda = True if torch.cuda.is_available() else False
FloatTensor = torch.cuda.FloatTensor if cuda else torch.FloatTensor
LongTensor = torch.cuda.LongTensor if cuda else torch.LongTensor


class Generator(nn.Module):
    def __init__(self, classes):
        super(Generator, self).__init__()
        self.label_emb = nn.Embedding(classes, classes)

        def block(in_feat, out_feat, normalize=True):
            layers = [nn.Linear(in_feat, out_feat)]
            if normalize:
                layers.append(nn.BatchNorm1d(out_feat, 0.8))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            return layers

        self.l1 = nn.Sequential(*block(opt.latent_dim + classes, 4 * 8 * 8, normalize=False))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(4), nn.Upsample(scale_factor=2), nn.Conv2d(4, 3, 3, stride=1, padding=1),
            nn.Tanh(),
        )

    def forward(self, noise, labels):
        gen_input = torch.cat((self.label_emb(labels), noise), -1)
        return self.conv_blocks(self.l1(gen_input).view(noise.size(0), 4, 8, 8))


class Discriminator(nn.Module):
    def __init__(self, classes):
        super(Discriminator, self).__init__()
        self.label_embedding = nn.Embedding(classes, classes)
        self.model = nn.Sequential(
            nn.Linear(classes + int(np.prod((3, 16, 16))), 32), nn.LeakyReLU(0.2, inplace=True),
            nn.Dropout(0.0), nn.Linear(32, 1),
        )

    def forward(self, img, labels):
        d_in = torch.cat((img.view(img.size(0), -1), self.label_embedding(labels)), -1)
        return self.model(d_in)


dataset = datasets.ImageFolder(os.path.join(opt.folder, "sprites"), transforms.Compose([
    transforms.Resize((16, 16)), transforms.ToTensor(),
    transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]))
dataloader = DataLoader(dataset, batch_size=4, shuffle=False, drop_last=True)
print("classes", len(dataset.classes), "images", len(dataset.imgs), dataset.class_to_idx)

generator, discriminator = Generator(len(dataset.classes)), Discriminator(len(dataset.classes))
adversarial_loss = torch.nn.MSELoss()
if cuda:
    generator.cuda()
    discriminator.cuda()
    adversarial_loss.cuda()
for net in generator, discriminator:
    for p in net.parameters():
        p.data = FloatTensor(np.random.normal(0, 0.1, tuple(p.shape)))

optimizer_G = torch.optim.Adam(generator.parameters(), lr=0.002, betas=(0.5, 0.999))
optimizer_D = torch.optim.Adam(discriminator.parameters(), lr=0.002, betas=(0.5, 0.999))

for epoch in range(opt.n_epochs):
    for i, (imgs, labels) in enumerate(dataloader):
        batch_size = imgs.shape[0]
        valid = Variable(FloatTensor(batch_size, 1).fill_(1.0), requires_grad=False)
        fake = Variable(FloatTensor(batch_size, 1).fill_(0.0), requires_grad=False)
        real_imgs = Variable(imgs.type(FloatTensor))
        labels = Variable(labels.type(LongTensor))

        optimizer_G.zero_grad()
        z = Variable(FloatTensor(np.random.normal(0, 1, (batch_size, opt.latent_dim))))
        gen_labels = Variable(LongTensor(np.random.randint(0, len(dataset.classes), batch_size)))
        gen_imgs = generator(z, gen_labels)
        g_loss = adversarial_loss(discriminator(gen_imgs, gen_labels), valid)
        g_loss.backward()
        optimizer_G.step()

        optimizer_D.zero_grad()
        d_real_loss = adversarial_loss(discriminator(real_imgs, labels), valid)
        d_fake_loss = adversarial_loss(discriminator(gen_imgs.detach(), gen_labels), fake)
        d_loss = (d_real_loss + d_fake_loss) / 2
        d_loss.backward()
        optimizer_D.step()
        print("[Epoch %d/%d] [Batch %d/%d] [D loss: %f] [G loss: %f]"
              % (epoch, opt.n_epochs, i, len(dataloader), d_loss.item(), g_loss.item()))
    save_image(gen_imgs.data, f"{opt.folder}/{epoch}.png", nrow=2, normalize=True)
