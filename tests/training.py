"""What tests that train share: the step of a GAN, and a place where cycles would stay."""

import contextlib
import gc


@contextlib.contextmanager
def no_collector():
    """Without the garbage collector: what only it could free stays."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class GAN:
    """One step of the example's loop, of either library (`t`)."""

    def __init__(self, t, G, D, learning_rate=2e-3, criterion="BCEWithLogitsLoss"):
        self.t, self.G, self.D = t, G, D
        options = dict(lr=learning_rate, betas=(0.5, 0.999))
        self.opt_G, self.opt_D = (t.optim.Adam(net.parameters(), **options) for net in (G, D))
        self.criterion = getattr(t.nn, criterion)()

    def step(self, real, noise):
        ones_like, zeros_like = self.t.ones_like, self.t.zeros_like
        self.opt_D.zero_grad()
        logits = self.D(real)
        loss_real = self.criterion(logits, ones_like(logits))
        loss_real.backward()
        fake = self.G(noise)
        logits = self.D(fake.detach())
        loss_fake = self.criterion(logits, zeros_like(logits))
        loss_fake.backward()
        self.opt_D.step()
        self.opt_G.zero_grad()
        logits = self.D(fake)
        loss_G = self.criterion(logits, ones_like(logits))
        loss_G.backward()
        self.opt_G.step()
        return loss_real.detach(), loss_fake.detach(), loss_G.detach()

    def state(self):
        """Parameters and buffers, in the order of the layers."""
        return [value for net in (self.G, self.D) for value in net.state_dict().values()]
