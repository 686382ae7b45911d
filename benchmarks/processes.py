"""The processes in which the engines run, as the measuring program controls them."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Worker:
    """A process with one engine and one workload (worker.py); the first `tell` waits for it."""

    def __init__(self, engine, name, options, threads=None):
        path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self.order(engine=engine, name=name, options=options, threads=threads)
        self.ready = False

    def order(self, **order):
        print(json.dumps(order), file=self.process.stdin, flush=True)

    def tell(self, **order):
        if not self.ready:
            self.ready = bool(self.answer())
        self.order(**order)
        return self.answer()

    def answer(self):
        answer = self.process.stdout.readline()
        if not answer:
            status = self.process.wait()
            raise SystemExit(f"a worker ended with status {status}; its message is above")
        return json.loads(answer)

    def seconds(self, steps):
        """The mean time of one of `steps` steps."""
        return self.tell(steps=steps)["seconds"] / steps

    def close(self):
        self.process.stdin.close()
        self.process.wait()
