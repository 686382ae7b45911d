# Written by .ci/stubs.py, for editors and type checkers. The code is in tensor.py.
import builtins
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike
from PIL import Image
from typing_extensions import Self, TypeIs

from tinygrad_cv import Generator, Tensor, device as _Device
from tinygrad_cv.autograd.hooks import HookHandle
from tinygrad_cv.nn import Module, Parameter
from tinygrad_cv.ops.reduce import ValuesIndices
from tinygrad_cv.optim import Optimizer
from tinygrad_cv.optim.lr_scheduler import LRScheduler
from tinygrad_cv.viz import Graph

F = TypeVar("F", bound=Callable[..., Any])

from tinygrad_cv import Tensor as Tensor
