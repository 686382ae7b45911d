"""The fused kernels of the GPU, as text: what one thread does. fused_backend.py says when they run.

A GPU has thousands of threads, each as slow as a processor of the 1990s, and what they all wait for is
memory. Written in array operations, batch norm's gradient reads and writes its images a dozen
times, and the host asks for a dozen kernels, at some ten microseconds each. Fused, a thread
fetches the numbers of its place once, does all the arithmetic in registers, and writes once. (So
it was reasoned; none of it has run on a GPU yet: docs/gpu.md.)

Each kernel below is the inside of a loop over `i`, in C:

    for (i = 0; i < size; i++) { body }            but every i is a thread of its own

`T x` is an array of the common float type T seen at place i, broadcast as everywhere (or one number);
`raw T x` is the whole array, in C order, of which the body picks what it needs. Outputs stand for
their place, and what an output held before may be read. To keep memory busy, neighbouring threads
touch neighbouring numbers: the channel c is what changes fastest from thread to thread, as it is in
channels-last storage. No two threads write to one number, so nothing depends on who was first.

Sizes, as in convolution.py: images (N, H, W, C), kernel (kh, kw), places (h, w), and stride, padding and
dilation s, p, d with an h or w for the axis. `place` is cut into its coordinates last axis first.
A thread counts its place in 32 bits, since divisions of 64 bits cost several times as much.
"""

from typing import NamedTuple


class Kernel(NamedTuple):
    inputs: str
    outputs: str
    body: str


GEOMETRY = "int32 H, int32 W, int32 C, int32 h, int32 w, int32 kh, int32 kw, " + ", ".join(
    f"int32 {name}{axis}" for name in "spd" for axis in "hw"
)

ACTIVATIONS = {
    # A NaN is not <= 0: it stays one
    "relu": Kernel("T x", "T y", "y = x <= 0 ? (T)0 : x;"),
    "relu_grad": Kernel("T grad, T y", "T by_x", "by_x = y <= 0 ? (T)0 : grad;"),
    "leaky_relu": Kernel("T x, T slope", "T y", "y = x > 0 ? x : slope * x;"),
    "leaky_relu_grad": Kernel("T grad, T y, T slope", "T by_x", "by_x = y > 0 ? grad : slope * grad;"),
    "sigmoid": Kernel("T x", "T y", """
        const T small = exp(-fabs(x));  // never overflows
        y = (x >= 0 ? (T)1 : small) / (1 + small);
    """),
}

# Channels, on rows (R, C), one a pixel. Sums come in two stages: each thread adds up `strip` rows of one
# channel, which makes thousands of threads of a few channels; CuPy adds up the strips' sums, which are few.
CHANNELS = {
    "strip_sums": Kernel("raw T x, int32 rows, int32 C, int32 strip, T share", "T total", """
        const int c = i % C, first = i / C * strip;
        T sum = 0;
        for (int row = first; row < rows && row < first + strip; ++row)
            sum += x[(ptrdiff_t)row * C + c];
        total = sum * share;
    """),
    "strip_squares": Kernel("raw T x, raw T mean, int32 rows, int32 C, int32 strip, T share", "T total", """
        const int c = i % C, first = i / C * strip;
        T sum = 0;
        for (int row = first; row < rows && row < first + strip; ++row) {
            const T centred = x[(ptrdiff_t)row * C + c] - mean[c];
            sum += centred * centred;
        }
        total = sum * share;
    """),
    "strip_gradients": Kernel(
        "raw T grad, raw T x, raw T mean, raw T rstd, int32 rows, int32 C, int32 strip, T share",
        "T by_weight, T by_bias", """
        const int c = i % C, first = i / C * strip;
        T sum = 0, sum_normal = 0;
        for (int row = first; row < rows && row < first + strip; ++row) {
            const T g = grad[(ptrdiff_t)row * C + c];
            sum += g;
            sum_normal += g * (x[(ptrdiff_t)row * C + c] - mean[c]);
        }
        by_weight = sum_normal * rstd[c] * share;
        by_bias = sum * share;
    """),
    "batch_norm_scale": Kernel("T mean, T var, T weight, T bias, T eps", "T rstd, T scale, T shift", """
        rstd = 1 / sqrt(var + eps);
        scale = weight * rstd;
        shift = bias - mean * scale;
    """),
    "blend": Kernel(
        "T batch, T of_running, T of_batch", "T running", "running = of_running * running + of_batch * batch;"
    ),
    "affine": Kernel("T x, T scale, T shift", "T y", "y = x * scale + shift;"),
    "batch_norm_grad": Kernel(
        "T grad, T x, T mean, T rstd, T weight, T by_weight, T by_bias, T share", "T by_x", """
        const T normal = (x - mean) * rstd;
        by_x = weight * rstd * (grad - by_bias * share - normal * by_weight * share);
    """),
}

CONVOLUTION = {
    # A thread has one place (a, b, c) in the patches of a row of outputs, and goes along the row: the
    # divisions that find its place are done once for all w patches.
    "im2col": Kernel(f"raw T image, {GEOMETRY}", "raw T columns", """
        int place = i;
        const int c = place % C; place /= C;
        const int b = place % kw; place /= kw;
        const int a = place % kh; place /= kh;
        const int up = place % h, n = place / h;
        const int y = up * sh - ph + a * dh;
        const ptrdiff_t row = ((ptrdiff_t)n * H + y) * W;
        for (int left = 0; left < w; ++left) {
            const int x = left * sw - pw + b * dw;
            const bool inside = y >= 0 && y < H && x >= 0 && x < W;  // outside lies the zero padding
            const ptrdiff_t patch = ((ptrdiff_t)n * h + up) * w + left;
            columns[((patch * kh + a) * kw + b) * C + c] = inside ? image[(row + x) * C + c] : (T)0;
        }
    """),
    # As a gather: a thread has a pixel, and collects it from all patches that it is in. (The other way
    # round, patches would add to shared pixels, one after the other.) With a stride those are few.
    "col2im": Kernel(f"raw T columns, {GEOMETRY}", "T pixel", """
        int place = i;
        const int c = place % C; place /= C;
        const int x = place % W + pw; place /= W;  // in the padded image
        const int y = place % H + ph, n = place / H;
        T sum = 0;
        for (int up = min(y / sh, h - 1); up >= 0 && y - up * sh <= (kh - 1) * dh; --up) {
            const int a = (y - up * sh) / dh;
            if (a * dh != y - up * sh) continue;  // between two taps
            for (int left = min(x / sw, w - 1); left >= 0 && x - left * sw <= (kw - 1) * dw; --left) {
                const int b = (x - left * sw) / dw;
                if (b * dw != x - left * sw) continue;
                const ptrdiff_t patch = ((ptrdiff_t)n * h + up) * w + left;
                sum += columns[((patch * kh + a) * kw + b) * C + c];
            }
        }
        pixel = sum;
    """),
}

POOLING = {
    # `>` lets the first of equals win, and of NaN, which nothing beats, the last
    "max_pool": Kernel(f"raw T image, {GEOMETRY}", "T largest, int64 position", """
        int place = i;
        const int c = place % C; place /= C;
        const int left = place % w; place /= w;
        const int up = place % h, n = place / h;
        bool seen = false;
        largest = -1 / (T)0;  // of a window that meets no pixel
        position = 0;
        for (int a = 0; a < kh; ++a) {
            for (int b = 0; b < kw; ++b) {
                const int y = up * sh - ph + a * dh, x = left * sw - pw + b * dw;
                if (y < 0 || y >= H || x < 0 || x >= W) continue;
                const T value = image[(((ptrdiff_t)n * H + y) * W + x) * C + c];
                if (!seen || value > largest || value != value) {
                    largest = value;
                    position = y * W + x;
                }
                seen = true;
            }
        }
    """),
    # A gather again: a pixel asks all windows that it is in whether it was their maximum
    "max_pool_grad": Kernel(f"raw T grad, raw int64 position, {GEOMETRY}", "T by_x", """
        int place = i;
        const int c = place % C; place /= C;
        const int x = place % W; place /= W;
        const int y = place % H, n = place / H;
        T sum = 0;
        for (int up = min((y + ph) / sh, h - 1); up >= 0 && y + ph - up * sh <= (kh - 1) * dh; --up) {
            for (int left = min((x + pw) / sw, w - 1);
                 left >= 0 && x + pw - left * sw <= (kw - 1) * dw; --left) {
                const ptrdiff_t window = (((ptrdiff_t)n * h + up) * w + left) * C + c;
                if (position[window] == y * W + x) sum += grad[window];
            }
        }
        by_x = sum;
    """),
}

TRAINING = {
    "bce_with_logits": Kernel("T x, T t", "T y, T probability", """
        const T small = exp(-fabs(x));
        y = (1 - t) * x - (x < 0 ? x : (T)0) + log1p(small);
        probability = (x >= 0 ? (T)1 : small) / (1 + small);
    """),
    # share1 is 1 - beta1, of the host's precision: 1 - (float)0.999 would be wrong in the fifth digit
    "adam": Kernel("T g, T share1, T beta2, T share2, T root, T eps, T step", "T theta, T m, T v", """
        m += share1 * (g - m);
        v = beta2 * v + share2 * (g * g);
        theta -= step * (m / (sqrt(v) / root + eps));
    """),
}

KERNELS = {**ACTIVATIONS, **CHANNELS, **CONVOLUTION, **POOLING, **TRAINING}
