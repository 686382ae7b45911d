"""A convolutional network that reads handwritten digits; examples/score.py judges GANs with it.

    python examples/mnist_classifier.py                    digits that it draws itself
    python examples/mnist_classifier.py --data mnist       the real ones: over 98.8 % right
    python examples/mnist_classifier.py --data my_folder   MNIST's files in a folder

Two convolutions, each with batch norm and max pooling, then two linear layers. After every epoch
it reads the test images, which it never learns from. In --out (default runs/mnist_classifier):
losses.png, wrong.png (what it misread, as "truth, answer") and checkpoint.npz.
"""

import common
import pictures
from images import digit_tensors

import tinygrad_cv as tg
from tinygrad_cv import nn, optim
from tinygrad_cv.data import DataLoader, TensorDataset


class Classifier(nn.Module):
    """Images (N, 1, 28, 28) in [-1, 1] -> logits (N, 10) of the digits 0 to 9."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),   # 14
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),  # 7
            nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(),
        )
        self.head = nn.Linear(128, 10)

    def features(self, images):
        """What the network sees before it decides: (N, 128)."""
        return self.layers(images)

    def forward(self, images):
        return self.head(self.features(images))


def in_batches(function, images, size=500):
    """function(images) without recording, some images at a time."""
    with tg.no_grad():
        return tg.cat([function(images[i : i + size]) for i in range(0, len(images), size)])


def parse():
    parser = common.arguments(
        __doc__, epochs=4, batch_size=100, lr=1e-3, out="runs/mnist_classifier", workers=0
    )
    parser.add_argument(
        "--data", default="digits", help="digits, mnist, or a folder with MNIST's files"
    )
    parser.add_argument("--count", type=int, default=60_000, help="training images")
    return common.parse(parser)


def main(args):
    tg.manual_seed(args.seed)
    net = Classifier().to(args.device)
    optimizer = optim.Adam(net.parameters(), lr=args.lr)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.3)  # large steps first
    loss_of = nn.CrossEntropyLoss()

    images, labels = digit_tensors(args.data, count=args.count)
    test_images, test_labels = (
        tensor.to(args.device) for tensor in digit_tensors(args.data, train=False)
    )
    loader = DataLoader(
        TensorDataset(images, labels), args.batch_size, shuffle=True, drop_last=True,
        num_workers=args.workers,
    )
    run = common.Run(args, dict(net=net, optimizer=optimizer, schedule=schedule), loader)

    for epoch in run.epochs():
        net.train()
        for images, labels in run.batches():
            images, labels = images.to(args.device), labels.to(args.device)
            optimizer.zero_grad()
            logits = net(images)                                            # (N, 10)
            loss = loss_of(logits, labels)
            loss.backward()
            optimizer.step()
            run.log(loss=loss, accuracy=(logits.argmax(1) == labels).float().mean())
        schedule.step()

        net.eval()
        answers = in_batches(net, test_images).argmax(1)
        right = (answers == test_labels).float().mean().item()
        run.tell(f"epoch {epoch + 1}: {right:.2%} of {len(answers):,} test images right")
        draw(run, test_images, test_labels, answers)


@common.optional
def draw(run, images, labels, answers):
    """The curves, and up to 40 test images that were misread."""
    panels = [(("loss",), "loss", None), (("accuracy",), "right", None)]
    pictures.save_curves(run.history, panels, run.path("losses.png"))
    pairs = list(zip(labels.tolist(), answers.tolist()))
    wrong = [i for i, (label, answer) in enumerate(pairs) if answer != label][:40]
    titles = ["{}, {}".format(*pairs[i]) for i in wrong]
    pictures.save_titled([images[i] for i in wrong], titles, run.path("wrong.png"))


if __name__ == "__main__":
    common.start(main, parse())
