"""Transfer learning for photographs of classes: a frozen network, a new head, a submission."""
import collections
import os
import sys
import time

import numpy as np
import torch
import torchvision
from torch import nn

folder, batch_size = sys.argv[1], 4
data_dir = os.path.join(folder, "sprites")
rng = np.random.default_rng(5)

transform_train = torchvision.transforms.Compose([
    torchvision.transforms.RandomResizedCrop(32, scale=(0.08, 1.0), ratio=(3.0 / 4.0, 4.0 / 3.0)),
    torchvision.transforms.RandomHorizontalFlip(),
    torchvision.transforms.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4),
    torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
transform_test = torchvision.transforms.Compose([
    torchvision.transforms.Resize(40),
    torchvision.transforms.CenterCrop(32),
    torchvision.transforms.ToTensor(),
    torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

augmented = torchvision.datasets.ImageFolder(data_dir, transform=transform_train)
train_ds = torchvision.datasets.ImageFolder(data_dir, transform=transform_test)
augmented_iter = torch.utils.data.DataLoader(augmented, batch_size, shuffle=True, drop_last=True)
train_iter, test_iter = [
    torch.utils.data.DataLoader(train_ds, batch_size, shuffle=False, drop_last=drop_last)
    for drop_last in (True, False)]
X, y = next(iter(augmented_iter))
print("augmented", X.shape[0], X.shape[1], X.dtype == torch.float32, y.shape[0])


def get_net(devices):
    finetune_net = nn.Sequential()
    finetune_net.features = torchvision.models.resnet34(pretrained=False)
    finetune_net.output_new = nn.Sequential(
        nn.Linear(1000, 16), nn.ReLU(), nn.Linear(16, len(train_ds.classes)))
    finetune_net = finetune_net.to(devices[0])
    for p in finetune_net.parameters():
        if p.dim() > 1:
            scale = 1 / np.sqrt(np.prod(p.shape[1:]))
            p.data.copy_(torch.from_numpy(rng.normal(0, scale, p.shape)))
        else:
            p.data.fill_(1.0 if p.sum() > 0.5 * p.numel() else 0.0)
    for param in finetune_net.features.parameters():
        param.requires_grad = False
    return finetune_net


loss = nn.CrossEntropyLoss(reduction="none")


def evaluate_loss(data_iter, net, devices):
    l_sum, n = 0.0, 0
    for features, labels in data_iter:
        features, labels = features.to(devices[0]), labels.to(devices[0])
        l_sum += loss(net(features), labels).sum()
        n += labels.numel()
    return l_sum / n


def train(net, train_iter, valid_iter, num_epochs, lr, wd, devices, lr_period, lr_decay):
    net = nn.DataParallel(net, device_ids=None).to(devices[0])
    trainer = torch.optim.SGD((param for param in net.parameters() if param.requires_grad), lr=lr,
                              momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(trainer, lr_period, lr_decay)
    net.eval()  # batch norm by the running statistics: the numbers don't depend on the batches
    for epoch in range(num_epochs):
        start, sums = time.time(), [0.0, 0]
        for features, labels in train_iter:
            features, labels = features.to(devices[0]), labels.to(devices[0])
            trainer.zero_grad()
            output = net(features)
            l = loss(output, labels).sum()
            l.backward()
            trainer.step()
            sums = [sums[0] + float(l.detach()), sums[1] + labels.shape[0]]
        with torch.no_grad():
            valid_loss = evaluate_loss(valid_iter, net, devices)
        scheduler.step()
        assert time.time() >= start
        print(f"epoch {epoch + 1} train loss {sums[0] / sums[1]:.3f}, valid loss {valid_loss:.3f}, "
              f"lr {scheduler.get_last_lr()[0]:.5f}")


devices = [torch.device("cpu")]
net = get_net(devices)
train(net, train_iter, test_iter, 2, 1e-4, 1e-4, devices, 1, 0.9)

preds = []
for data, label in test_iter:
    output = torch.nn.functional.softmax(net(data.to(devices[0])), dim=1)
    preds.extend(output.cpu().detach().numpy())
ids = [os.path.basename(path) for path, _ in train_ds.imgs]
with open(os.path.join(folder, "submission.csv"), "w") as f:
    f.write("id," + ",".join(train_ds.classes) + "\n")
    for i, output in zip(ids, preds):
        f.write(i.split(".")[0] + "," + ",".join([str(num) for num in output]) + "\n")
print("predictions", collections.Counter(train_ds.targets), preds[0], preds[-1])
