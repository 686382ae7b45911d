"""Training as a whole: agrees with PyTorch, keeps its dtype, its memory and its word about seeds."""

import gc
import sys
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from strict_array import watch

import tinygrad_cv as tg
from tinygrad_cv import data, nn, optim
from tinygrad_cv.models.dcgan import Discriminator, Generator

SHAPE = dict(features=4, image_size=16)


def torch_dcgan(torch):
    """The DCGAN of 16x16 images, written down in PyTorch once more."""
    nn = torch.nn

    def up(n, m, stride, padding):
        return nn.ConvTranspose2d(n, m, 4, stride, padding, bias=False), nn.BatchNorm2d(m), nn.ReLU()

    def down(n, m):
        return nn.Conv2d(n, m, 4, 2, 1, bias=False), nn.BatchNorm2d(m), nn.LeakyReLU(0.2)

    last = nn.ConvTranspose2d(4, 3, 4, 2, 1, bias=False)
    G = nn.Sequential(*up(10, 8, 1, 0), *up(8, 4, 2, 1), last, nn.Tanh())
    D = nn.Sequential(*down(3, 4), *down(4, 8), nn.Conv2d(8, 1, 4, bias=False))
    return G.double(), D.double()


class GAN:
    """One step of the example's loop, of either library (`t`)."""

    def __init__(self, t, G, D, learning_rate=2e-3):
        self.t, self.G, self.D = t, G, D
        self.opt_G, self.opt_D = (t.optim.Adam(net.parameters(), lr=learning_rate, betas=(0.5, 0.999)) for net in (G, D))
        self.bce = t.nn.BCEWithLogitsLoss()

    def step(self, real, noise):
        ones_like, zeros_like = self.t.ones_like, self.t.zeros_like
        self.opt_D.zero_grad()
        logits = self.D(real)
        loss_real = self.bce(logits, ones_like(logits))
        loss_real.backward()
        fake = self.G(noise)
        logits = self.D(fake.detach())
        loss_fake = self.bce(logits, zeros_like(logits))
        loss_fake.backward()
        self.opt_D.step()
        self.opt_G.zero_grad()
        logits = self.D(fake)
        loss_G = self.bce(logits, ones_like(logits))
        loss_G.backward()
        self.opt_G.step()
        return loss_real.detach(), loss_fake.detach(), loss_G.detach()

    def state(self):
        """Parameters and buffers, in the order of the layers."""
        return [value for net in (self.G, self.D) for value in net.state_dict().values()]


def difference(ours, theirs):
    ours, theirs = ours.detach().cpu().numpy(), theirs.detach().cpu().numpy()
    assert ours.shape == theirs.shape
    return np.abs(ours - theirs).max()


@pytest.mark.parity
def test_fifty_iterations_beside_torch():
    """The same weights, images and noise: every loss, weight and statistic within 1e-10."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # its threads and NumPy's would wait for each other
    ours = GAN(tg, Generator(latent=10, **SHAPE).double(), Discriminator(**SHAPE).double())
    theirs = GAN(torch, *torch_dcgan(torch))
    with torch.no_grad():
        for value, copy in zip(ours.state(), theirs.state(), strict=True):
            copy.copy_(torch.tensor(value.cpu().numpy()))
    rng = np.random.default_rng(0)
    for _ in range(50):
        real, noise = rng.uniform(-1, 1, (8, 3, 16, 16)), rng.standard_normal((8, 10, 1, 1))
        losses = ours.step(tg.tensor(real), tg.tensor(noise))
        expected = theirs.step(torch.tensor(real), torch.tensor(noise))
        assert max(map(difference, losses, expected)) < 1e-10
    assert max(map(difference, ours.state(), theirs.state())) < 1e-10
    moments = [[value for net in (gan.opt_G, gan.opt_D) for entry in net.state.values() for value in entry.values()]
               for gan in (ours, theirs)]  # fmt: skip
    assert max(map(difference, *moments)) < 1e-10


def small_gan(seed=0):
    tg.manual_seed(seed)
    return GAN(tg, Generator(latent=10, **SHAPE), Discriminator(**SHAPE))


def batch(n=8):
    return tg.rand(n, 3, 16, 16) * 2 - 1, tg.randn(n, 10, 1, 1)


def test_float32_stays_float32():
    """Weights, gradients, statistics, optimizer state and every activation on the way."""
    gan = small_gan()
    seen = []
    for net in (gan.G, gan.D):
        for module in net.modules():
            module.register_forward_hook(lambda module, args, y: seen.append((type(module).__name__, y.dtype)))
    for _ in range(2):
        seen += [("loss", loss.dtype) for loss in gan.step(*batch())]
    assert len(seen) > 40 and {dtype for _, dtype in seen} == {tg.float32}
    for net in (gan.G, gan.D):
        assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {tg.float32}
        assert {b.dtype for name, b in net.named_buffers() if "num_batches" not in name} == {tg.float32}
    for optimizer in (gan.opt_G, gan.opt_D):
        assert {v.dtype for entry in optimizer.state.values() for v in entry.values()} == {tg.float32}


def test_a_gan_step_hardly_waits_for_the_device():
    """On a GPU nothing is fetched in a step; what is logged is fetched once."""
    tg.manual_seed(0)
    gan = GAN(tg, Generator(latent=10, **SHAPE).to("strict"), Discriminator(**SHAPE).to("strict"))
    real, noise = (x.to("strict") for x in batch())
    gan.step(real, noise)
    with watch() as seen:
        losses = gan.step(real, noise)
    assert seen.synchronizations == 0
    assert {"float32"} <= seen.dtypes <= {"float32", "int64", "bool"}
    with watch() as seen:
        tg.stack(losses).tolist()
    assert seen.synchronizations == 1


def test_twenty_thousand_steps_leave_nothing_behind():
    """A run over night: with the garbage collector off, no object and no byte is kept from step to step."""
    weight = tg.tensor([[0.5], [-0.5]], requires_grad=True)
    optimizer, x = optim.SGD([weight], lr=1e-3, momentum=0.9), tg.randn(4, 2)

    def steps(count):
        for _ in range(count):
            optimizer.zero_grad()
            (x @ weight).sum().backward()
            optimizer.step()

    def kept():
        gc.collect()
        return len(gc.get_objects())

    def calls_of_a_step():
        calls = []
        sys.setprofile(lambda frame, event, argument: calls.append(event))
        steps(1)
        sys.setprofile(None)
        return len(calls)

    steps(200)
    work = calls_of_a_step()
    gc.disable()
    try:
        before = kept()
        tracemalloc.start()
        steps(500)  # tracemalloc itself fills its tables
        gc.collect()  # Python keeps some freed tuples for later; this lets go of them
        memory = tracemalloc.get_traced_memory()[0]
        steps(1000)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - memory
        tracemalloc.stop()
        steps(20_000 if x.device.type == "cpu" else 500)
        assert gc.collect() < 20 and kept() - before < 50
        assert calls_of_a_step() == work  # so a step takes no longer than at the beginning
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 20_000 or x.device.type != "cpu"  # bytes; asked of the CPU only


@pytest.mark.parametrize("use", ["penalty", "hooks", "no backward", "accumulate", "frozen"])
def test_other_ways_to_train_leave_no_cycles(use):
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(8, 1))

    def step():
        x = tg.randn(5, 1, 4, 4, requires_grad=True)
        y = net(x)
        if use == "penalty":
            (g,) = tg.autograd.grad(y.sum(), x, create_graph=True)
            ((g.flatten(1).norm(dim=1) - 1) ** 2).mean().backward()
        elif use == "hooks":
            y.register_hook(lambda grad: grad * 2)
            y.sum().backward()
        elif use == "accumulate":
            y.sum().backward(retain_graph=True)
            (y * y).mean().backward()
        elif use == "frozen":
            with tg.no_grad():
                net(x)
            tg.autograd.grad(y.mean(), x)

    step()
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            step()
        assert gc.collect() < 20
    finally:
        gc.enable()


def test_one_seed_one_result():
    """Bit for bit, also after a different run in between."""

    def run(seed):
        gan = small_gan(seed)
        losses = [loss.item() for _ in range(5) for loss in gan.step(*batch())]
        return losses, [value.tolist() for value in gan.state()]

    first, other, again = run(1), run(2), run(1)
    assert first == again
    assert first[0] != other[0]


class Photographs(data.Dataset):
    """Images that a transform changes at random; some take longer, so that threads overtake one another."""

    transform = data.transforms.Compose([
        data.transforms.RandomHorizontalFlip(), data.transforms.ColorJitter(0.3),
        data.transforms.RandomResizedCrop(8), data.transforms.ToTensor(),
    ])  # fmt: skip

    def __len__(self):
        return 22

    def __getitem__(self, index):
        time.sleep(0.002 * (index % 3 == 0))
        pixels = np.random.default_rng(index).integers(0, 256, (12, 12, 3), np.uint8)
        return self.transform(Image.fromarray(pixels)), index % 2


def test_one_seed_one_result_whatever_the_number_of_threads():
    """Random transforms, shuffling, dropout and first weights, twice with each number of loader threads."""

    def run(num_workers):
        tg.manual_seed(11)
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(144, 2))
        optimizer = optim.Adam(net.parameters(), lr=0.01)
        for _ in range(2):
            for images, labels in data.DataLoader(Photographs(), 5, shuffle=True, num_workers=num_workers):
                optimizer.zero_grad()
                device = net[0].weight.device
                nn.functional.cross_entropy(net(images.to(device)), labels.to(device)).backward()
                optimizer.step()
        return [value.tolist() for value in net.state_dict().values()]

    runs = [run(num_workers) for num_workers in (0, 1, 2, 4, 0, 4)]
    assert all(weights == runs[0] for weights in runs)


def test_a_restored_state_goes_on_bit_for_bit(tmp_path):
    """Weights, statistics, optimizers and random numbers from a file: as if nothing had happened."""
    gan = small_gan()
    for _ in range(3):
        gan.step(*batch())
    parts = gan.G, gan.D, gan.opt_G, gan.opt_D
    tg.save({"parts": [part.state_dict() for part in parts], "random": tg.get_rng_state()}, tmp_path / "checkpoint")
    expected = [loss.item() for _ in range(3) for loss in gan.step(*batch())]

    other = small_gan(seed=99)
    other.step(*batch())
    state = tg.load(tmp_path / "checkpoint", map_location=tg.zeros(()).device)
    for part, saved in zip((other.G, other.D, other.opt_G, other.opt_D), state["parts"]):
        part.load_state_dict(saved)
    tg.set_rng_state(state["random"])
    assert [loss.item() for _ in range(3) for loss in other.step(*batch())] == expected
    assert [value.tolist() for value in other.state()] == [value.tolist() for value in gan.state()]


def test_a_small_gan_learns():
    """Not only gradients: after some steps D tells real from generated, and G has moved its images."""
    gan = small_gan()
    real, noise = batch(16)
    real = real * 0.1 + 0.8
    before = gan.G(noise).detach()
    first = gan.step(real, noise)
    for _ in range(40):
        last = gan.step(real, tg.randn(16, 10, 1, 1))
    assert (last[0] + last[1]).item() < (first[0] + first[1]).item()
    after = gan.G(noise).detach()
    assert (after - 0.8).abs().mean().item() < (before - 0.8).abs().mean().item()
