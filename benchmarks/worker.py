"""One engine in a process of its own, which carries out orders from run.py, one per line.

    {"engine": "torch", "name": "dcgan", "options": {...}}  builds a workload: {"ready": ...}
    {"steps": 3}                                            runs it three times: {"seconds": ...}
    {"memory": true}                                        peak since import: {"megabytes": ...}

Because the two processes take turns, other load on the machine affects both alike, and neither
engine's threads, caches or memory disturb the other's.
"""

import json
import sys
import time


def peak_megabytes(T, device):
    """The most memory that this process has had; on a GPU, the size of its memory pool."""
    if device != "cpu":
        if T.__name__ == "torch":
            return T.cuda.max_memory_reserved() / 2**20
        import cupy

        # CuPy's pool keeps freed memory, so this is the peak
        return cupy.get_default_memory_pool().total_bytes() / 2**20
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def engine(name, threads, device, tf32):
    """The module torch or tinygrad_cv; `threads` of PyTorch, None for its default."""
    if name == "torch":
        import torch as T

        T.backends.cudnn.benchmark = True  # cuDNN tries its algorithms and uses the fastest
        if threads:
            T.set_num_threads(threads)
    else:
        import tinygrad_cv as T
    if device != "cpu" and not T.cuda.is_available():
        raise SystemExit(f"--device {device}: {name} finds no CUDA GPU here")
    if device != "cpu":
        if name == "torch":
            matmul, cudnn = T.backends.cuda.matmul, T.backends.cudnn
        else:
            from tinygrad_cv.torch_names.devices import cudnn, matmul
        matmul.allow_tf32 = cudnn.allow_tf32 = tf32
    return T


def synchronize(T, device):
    if device != "cpu":
        T.cuda.synchronize()


def main():
    T = step = None
    for line in sys.stdin:
        order = json.loads(line)
        if "engine" in order:
            options = order["options"]
            device, tf32 = options.get("device", "cpu"), options.pop("tf32", False)
            T = engine(order["engine"], order.get("threads"), device, tf32)
            before = peak_megabytes(T, device)
            from workloads import MICRO, WORKLOADS

            name = order["name"]
            make = WORKLOADS[name][0] if name in WORKLOADS else MICRO[name]
            step, _ = make(T, **options)
            step()
            answer = {"ready": order["name"]}
        elif "steps" in order:
            synchronize(T, device)
            start = time.perf_counter()
            for _ in range(order["steps"]):
                step()
            synchronize(T, device)
            answer = {"seconds": time.perf_counter() - start}
        else:
            answer = {"megabytes": peak_megabytes(T, device) - before}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
