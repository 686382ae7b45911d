"""python -m tinygrad_cv SCRIPT [ARGS]: run a PyTorch script on this library, without a change.

For this run `import torch`, `import torchvision` and `from torch.utils.tensorboard import ...` give
the library, whether or not PyTorch is installed. All else is as in `python SCRIPT [ARGS]`. A name
that PyTorch has and the library has not raises an AttributeError when it is used, which says what
can stand in. docs/from_pytorch.md has the whole list.
"""

import sys

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(print(__doc__))
    from .torch_names.run import run

    run(*sys.argv[1:])
