"""python -m tinygrad_cv SCRIPT [ARGS]: run a PyTorch script on this library, without a change.

For this run `import torch`, `import torchvision` and `from torch.utils.tensorboard import ...` give
the library, whether or not PyTorch is installed. All else is as in `python SCRIPT [ARGS]`. A name
that PyTorch has and the library has not raises an AttributeError when it is used, which says what
can stand in. docs/from_pytorch.md has the whole list.
"""

import os
import sys
from types import ModuleType


def main(script, *args):
    try:
        with open(script, "rb") as file:
            source = file.read()
    except OSError as error:
        sys.exit(f"python -m tinygrad_cv: can't read {script}: {error.strerror}")
    from . import torch_names  # noqa: F401  (from here on torch is the library)

    show = sys.excepthook

    def show_from_the_script_on(kind, error, trace):
        """A traceback that begins in the script, not here."""
        while trace is not None and trace.tb_frame.f_code.co_filename != script:
            trace = trace.tb_next
        show(kind, error.with_traceback(trace), trace)

    sys.excepthook = show_from_the_script_on
    sys.argv = [script, *args]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    program = sys.modules["__main__"] = ModuleType("__main__")
    program.__file__ = script
    exec(compile(source, script, "exec"), vars(program))


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(print(__doc__))
    main(*sys.argv[1:])
