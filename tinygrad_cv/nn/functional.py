"""Layers as functions, under PyTorch's names: the operations that networks are built from."""

from ..ops import (
    adaptive_avg_pool2d, avg_pool2d, batch_norm, binary_cross_entropy,
    binary_cross_entropy_with_logits, conv2d, conv_transpose2d, cross_entropy, dropout, dropout2d,
    elu, embedding, gelu, group_norm, instance_norm, interpolate, l1_loss, leaky_relu, linear,
    log_softmax, logsigmoid, max_pool2d, mse_loss, nll_loss, one_hot, pad, pixel_shuffle, prelu,
    relu, relu6, sigmoid, silu, smooth_l1_loss, softmax, softplus, tanh,
)
