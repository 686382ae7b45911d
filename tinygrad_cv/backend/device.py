"""Device: where a tensor's memory is, by PyTorch's names ("cpu", "cuda", "cuda:0")."""


class Device:
    """device("cuda:0").type is "cuda" and .index is 0; "cuda" means "cuda:0".

    >>> import tinygrad_cv as tg
    >>> tg.device("cpu")
    device(type='cpu')
    """

    def __init__(self, name):
        name = str(name)
        self.type, _, index = name.partition(":")
        if not self.type.isidentifier() or (index and not index.isdigit()):
            raise RuntimeError(f"device: expected a name such as 'cpu', 'cuda' or 'cuda:0', got {name!r}")
        self.index = int(index) if index else None if self.type == "cpu" else 0

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"

    def __eq__(self, other):
        return isinstance(other, Device) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))
