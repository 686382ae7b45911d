"""The source of the fused kernels: what one thread of the GPU does. launch.py says when they run.

A GPU has many thousands of threads, and each of them mostly waits for memory. As array operations,
batch norm's gradient reads and writes its images a dozen times. In a fused kernel a thread reads
its numbers once, computes in registers and writes once. KERNELS has (inputs, outputs, body) as
cupy.ElementwiseKernel takes them: the body of a C++ loop in which every i is a thread of its own.

    for (i = 0; i < size; i++) { body }

`T x` is element i of an array of floats of type T (all arrays are broadcast to one shape), or a
number. `raw T x` is a whole array in C order, which the body indexes. Outputs may also be read.

Neighbouring threads should read neighbouring numbers, because memory is read in runs of 128 bytes.
So the channel c changes fastest from thread to thread, as it does in channels-last storage. No two
threads write to the same number, so results don't depend on the order in which threads run.

Letters: a matrix (R, C) has one row per pixel; images are (N, H, W, C), outputs (h, w), a kernel
(kh, kw); s, p and d are stride, padding and dilation, followed by h or w for the axis.
"""

GEOMETRY = "int32 H, int32 W, int32 C, int32 h, int32 w, int32 kh, int32 kw, " + ", ".join(
    f"int32 {name}{axis}" for name in "spd" for axis in "hw"
)
AT_PIXEL = """
        const int at = i, c = at % C, x = at / C % W, y = at / C / W % H, n = at / C / W / H;"""

KERNELS = {
    # ReLU (slope 0) is a separate case, as 0 * -inf would be NaN. A NaN is not <= 0, so it stays.
    "rectify": ("T x, T slope", "T y", """
        y = x > 0 ? x : slope != 0 ? slope * x : x <= 0 ? (T)0 : x;
    """),
    "rectify_grad": ("T grad, T y, T slope", "T grad_x", """
        grad_x = y > 0 ? grad : slope != 0 ? slope * grad : y <= 0 ? (T)0 : grad;
    """),
    "logistic": ("T x", "T y", """
        const T small = exp(-fabs(x));  // never overflows
        y = (x >= 0 ? (T)1 : small) / (1 + small);
    """),
    "bce_with_logits": ("T x, T t", "T loss", """
        loss = (1 - t) * x - (x < 0 ? x : (T)0) + log1p(exp(-fabs(x)));
    """),
    # share1 is 1 - beta1 and share2 is 1 - beta2, subtracted in double precision by the host
    "adam": ("T grad, T beta1, T rise1, T beta2, T rise2, T root, T eps, T step",
             "T theta, T m, T v", """
        m = beta1 * m + rise1 * grad;
        v = beta2 * v + rise2 * (grad * grad);
        theta -= step * (m / (sqrt(v) / root + eps));
    """),
    # With one thread per channel most of the GPU would be idle, so sums over rows have two stages.
    # Each of strips * C threads starts at number i of the matrix and advances by step = strips * C,
    # so it stays in its column. Then CuPy adds up the strips. Both stages add in double precision.
    "strip_sums": ("raw T x, int64 end, int64 step", "float64 sum", """
        double total = 0;
        for (ptrdiff_t at = i; at < end; at += step) total += x[at];
        sum = total;
    """),
    # Mean and variance from one pass, relative to a pivot: the channel's first value
    "strip_moments": ("raw T x, int32 C, int64 end, int64 step", "float64 sum, float64 squares", """
        const double pivot = x[i % C];
        double total = 0, total_squares = 0;
        for (ptrdiff_t at = i; at < end; at += step) {
            const double distance = x[at] - pivot;
            total += distance;
            total_squares += distance * distance;
        }
        sum = total;
        squares = total_squares;
    """),
    # The subtraction can't lose all digits, because the variance is at least shift^2 / R (the pivot
    # is one of the R values), and double precision has 16 digits.
    "moments": ("T pivot, float64 sum, float64 squares, float64 share", "T mean, T var", """
        const double shift = sum * share, centred = squares * share - shift * shift;
        mean = pivot + shift;
        var = centred < 0 ? 0 : centred;  // a NaN stays a NaN
    """),
    "normalize": ("T x, T mean, T scale, T shift", "T y", "y = (x - mean) * scale + shift;"),
    "strip_gradients": (
        "raw T grad, raw T x, raw T mean, raw T rstd, int32 C, int64 end, int64 step",
        "float64 grad_weight, float64 grad_bias", """
        const int c = i % C;
        double total = 0, total_centred = 0;
        for (ptrdiff_t at = i; at < end; at += step) {
            total += grad[at];
            total_centred += (double)grad[at] * (x[at] - mean[c]);
        }
        grad_weight = total_centred * rstd[c];
        grad_bias = total;
    """),
    "batch_norm_grad": (
        "T grad, T x, T mean, T rstd, T weight, T grad_weight, T grad_bias, T share", "T grad_x",
        """
        const T normal = (x - mean) * rstd;
        grad_x = weight * rstd * (grad - grad_bias * share - normal * grad_weight * share);
    """),
    # A thread copies one tap (a, b, c) of all patches in a row of outputs, so the divisions that
    # find its coordinates are done once for w patches.
    "im2col": (f"raw T image, {GEOMETRY}", "raw T patches", """
        const int at = i, c = at % C, b = at / C % kw, a = at / C / kw % kh, row = at / C / kw / kh;
        const int up = row % h, n = row / h, y = up * sh - ph + a * dh;
        for (int left = 0; left < w; ++left) {
            const int x = left * sw - pw + b * dw;
            const bool inside = y >= 0 && y < H && x >= 0 && x < W;  // outside is the zero padding
            const ptrdiff_t from = ((ptrdiff_t)n * H + y) * W + x, to = (ptrdiff_t)row * w + left;
            patches[((to * kh + a) * kw + b) * C + c] = inside ? image[from * C + c] : (T)0;
        }
    """),
    # A gather: a thread adds up one pixel from all patches that contain it. (If a thread added one
    # patch to its pixels instead, threads would have to wait for each other.)
    "col2im": (f"raw T patches, {GEOMETRY}", "raw T image", AT_PIXEL + """
        T sum = 0;
        for (int up = min((y + ph) / sh, h - 1); up >= 0; --up) {
            const int a = (y + ph - up * sh) / dh;
            if (a >= kh) break;
            if (a * dh != y + ph - up * sh) continue;  // between two taps
            for (int left = min((x + pw) / sw, w - 1); left >= 0; --left) {
                const int b = (x + pw - left * sw) / dw;
                if (b >= kw) break;
                if (b * dw != x + pw - left * sw) continue;
                const ptrdiff_t patch = ((ptrdiff_t)n * h + up) * w + left;
                sum += patches[((patch * kh + a) * kw + b) * C + c];
            }
        }
        image[i] = sum;
    """),
    # `>` keeps the first of several equal maxima. A NaN counts as the maximum.
    "max_pool": (f"raw T image, {GEOMETRY}", "raw T largest, raw int64 position", """
        const int at = i, c = at % C, left = at / C % w, up = at / C / w % h, n = at / C / w / h;
        bool seen = false;
        largest[i] = -1 / (T)0;  // -inf for a window without a pixel
        position[i] = 0;
        for (int tap = 0; tap < kh * kw; ++tap) {
            const int y = up * sh - ph + tap / kw * dh, x = left * sw - pw + tap % kw * dw;
            if (y < 0 || y >= H || x < 0 || x >= W) continue;
            const T value = image[(((ptrdiff_t)n * H + y) * W + x) * C + c];
            if (!seen || value > largest[i] || value != value) {
                largest[i] = value;
                position[i] = y * W + x;
            }
            seen = true;
        }
    """),
    # Again a gather: a pixel adds up the gradients of all windows in which it was the maximum
    "max_pool_grad": (f"raw T grad, raw int64 position, {GEOMETRY}", "raw T grad_x", AT_PIXEL + """
        T sum = 0;
        for (int up = min((y + ph) / sh, h - 1); up >= 0; --up) {
            if (y + ph - up * sh > (kh - 1) * dh) break;
            for (int left = min((x + pw) / sw, w - 1); left >= 0; --left) {
                if (x + pw - left * sw > (kw - 1) * dw) break;
                const ptrdiff_t window = (((ptrdiff_t)n * h + up) * w + left) * C + c;
                if (position[window] == y * W + x) sum += grad[window];
            }
        }
        grad_x[i] = sum;
    """),
}
