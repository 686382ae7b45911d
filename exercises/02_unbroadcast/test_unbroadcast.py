"""Is your function the transpose of broadcasting?"""

import numpy as np
import pytest
from unbroadcast import unbroadcast

SHAPES = [  # of an operand, and of the result that it was broadcast to
    ((3,), (3,)),                  # nothing was done
    ((3,), (4, 3)),                # an axis was added in front
    ((), (4, 3)),                  # two were
    ((1, 3), (4, 3)),              # an axis of size 1 was repeated
    ((4, 1), (4, 3)),
    ((2, 1, 3), (2, 4, 3)),
    ((4, 1), (2, 4, 3)),           # one was added and one was repeated
    ((1, 3), (1, 3)),              # an axis of size 1 stayed
]
cases = pytest.mark.parametrize("shape, result", SHAPES, ids=str)


@cases
def test_the_gradient_has_the_shape_of_the_operand(shape, result):
    got = np.shape(unbroadcast(np.ones(result), shape))
    assert got == shape, (
        f"an operand of shape {shape} was broadcast to {result}; its gradient must have shape "
        f"{shape} again, yours has {got}"
    )


@cases
def test_each_entry_is_the_sum_over_its_copies(shape, result):
    rng = np.random.default_rng(0)
    b, g = rng.normal(size=shape), rng.normal(size=result)
    forward = (np.broadcast_to(b, result) * g).sum()
    backward = (b * unbroadcast(g, shape)).sum()
    assert np.isclose(forward, backward), (
        f"operand {shape}, result {result}: copy(b) . g = {forward:.6g}, but "
        f"b . unbroadcast(g) = {backward:.6g}; they must be equal for every b and g"
    )


def test_the_gradient_that_comes_in_is_left_alone():
    g = np.ones((4, 3))
    unbroadcast(g, (3,))
    assert (g == 1).all(), "unbroadcast has changed the array that it was given"
