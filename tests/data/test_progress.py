"""Progress where there is no terminal."""

import sys

from tinygrad_cv.data.progress import progress


class Full:
    """A log on a disk that is full."""

    def isatty(self):
        return False

    def write(self, text):
        raise OSError("no space left on device")

    def flush(self):
        self.write("")


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Full())
    assert sum(progress(range(5))) == 10
