"""torch.backends.mps: Apple's GPUs, for which there is no backend here."""


def is_available():
    """False."""
    return False
