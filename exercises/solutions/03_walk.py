"""Exercise 3, solved: the walk over the graph."""

import numpy as np


def gradients(output, shares):
    """{leaf: dL/dleaf} for every leaf that the tensor `output`, with one element, was made of.

    shares(node, grad) runs the backward of a node; `grad` is the gradient of the node's output. It
    returns a list with one gradient for each of node.edges, or None where there is nothing to send.
    Gradients are NumPy arrays.
    """
    waiting = {output.grad_fn: np.ones(output.shape, output.dtype)}  # dL/dL = 1
    found = {}
    while waiting:
        node = max(waiting, key=lambda node: node.born)
        for edge, share in zip(node.edges, shares(node, waiting.pop(node))):
            if share is None:
                continue
            table = waiting if edge.edges else found
            table[edge] = table[edge] + share if edge in table else share
    return found
