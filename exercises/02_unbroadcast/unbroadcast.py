"""Exercise 2: the gradient of an operand that was broadcast. The text is in README.md."""


def unbroadcast(grad, shape):
    """Sum the array `grad` down to `shape`, a shape from which it can be broadcast."""
    raise NotImplementedError("unbroadcast in unbroadcast.py is still to be written; see README.md")
