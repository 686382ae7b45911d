"""Settings of the GPU's libraries, under PyTorch's names: `backends.cuda.matmul`, `backends.cudnn`.

One of them matters here: TF32. A GPU multiplies float32 matrices several times faster if it may round the
factors to the 10 bits of mantissa that TF32 has (sums stay float32). PyTorch allows that in
convolutions and not in other products, and so does this library; docs/gpu.md. On a CPU all
settings are accepted and have no effect. (What runs on which device: `backend/`, in the singular.)
"""

from . import cuda, cudnn, mps
from .cuda import get_float32_matmul_precision, set_float32_matmul_precision
