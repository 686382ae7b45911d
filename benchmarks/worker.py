"""One engine in a process of its own, which does what it is told line by line; run.py starts one for each.

    {"engine": "torch", "name": "dcgan", "options": {...}}    builds a workload       -> {"ready": ...}
    {"steps": 3}                                              does it three times     -> {"seconds": ...}
    {"memory": true}                                          peak since the import   -> {"megabytes": ...}

Two processes that take turns see the same noise of the machine, and neither engine's threads,
caches or memory disturb the other's.
"""

import json
import sys
import time


def peak_megabytes():
    """The most memory that this process ever had."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def engine(name, threads):
    """The module torch or tinygrad_cv; `threads` of PyTorch, None for its default."""
    if name == "torch":
        import torch

        if threads:
            torch.set_num_threads(threads)
        return torch
    import tinygrad_cv

    return tinygrad_cv


def synchronize(T, device):
    if device != "cpu":
        T.cuda.synchronize()


def main():
    T = step = None
    for line in sys.stdin:
        order = json.loads(line)
        if "engine" in order:
            T = engine(order["engine"], order.get("threads"))
            before, device = peak_megabytes(), order["options"].get("device", "cpu")
            from workloads import MICRO, WORKLOADS

            make = WORKLOADS[order["name"]][0] if order["name"] in WORKLOADS else MICRO[order["name"]]
            step, _ = make(T, **order["options"])
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
            answer = {"megabytes": peak_megabytes() - before}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
