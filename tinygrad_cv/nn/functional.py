"""Layers as functions, by PyTorch's names: the operations of `ops/` that networks are built from."""

from ..ops import (
    adaptive_avg_pool2d, affine_grid, avg_pool2d, batch_norm, binary_cross_entropy,
    binary_cross_entropy_with_logits, celu, conv2d, conv_transpose2d, cosine_similarity, cross_entropy, dropout,
    dropout2d, elu, embedding, gelu, grid_sample, group_norm, hardsigmoid, hardswish, hardtanh, huber_loss,
    instance_norm, interpolate, kl_div, l1_loss, layer_norm, leaky_relu, linear, log_softmax, logsigmoid,
    max_pool2d, mish, mse_loss, nll_loss, normalize, one_hot, pad, pixel_shuffle, prelu, relu, relu6, rms_norm,
    selu, sigmoid, silu, smooth_l1_loss, softmax, softplus, softsign, tanh, threshold,
)
