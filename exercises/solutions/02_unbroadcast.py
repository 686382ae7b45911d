"""Exercise 2, solved: the gradient of an operand that was broadcast."""


def unbroadcast(grad, shape):
    """Sum the array `grad` down to `shape`, a shape from which it can be broadcast."""
    added = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(added)))
    repeated = tuple(i for i, n in enumerate(shape) if n == 1)
    return grad.sum(axis=repeated, keepdims=True)
