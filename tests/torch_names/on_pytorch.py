"""python on_pytorch.py SCRIPT [ARGS]: run a script on PyTorch, with any build of torchvision.

pip's torchvision is built for CUDA. Beside a PyTorch for CPUs its compiled operations can't be
loaded. The scripts use none of them, but the import wants two of them to be declared.
"""

import runpy
import sys

if __name__ == "__main__":
    import torch

    if "cpu" in torch.__version__:
        declared = torch.library.Library("torchvision", "FRAGMENT")
        for name in "nms", "qnms":
            declared.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
