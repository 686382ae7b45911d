# Written by .ci/stubs.py, for editors and type checkers. The code is in tensor.py.
from tinygrad_cv import Tensor as Tensor
