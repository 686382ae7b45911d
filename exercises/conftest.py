"""How the exercises report: the first failure only, and in sentences."""

import pytest

from tinygrad_cv.gradcheck import GradcheckError


def pytest_configure(config):
    config.option.tbstyle = "short"
    config.option.maxfail = config.option.maxfail or 1  # one thing at a time, the easiest first


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, (NotImplementedError, GradcheckError)):
        report.longrepr = str(error)
    elif isinstance(error, AssertionError):  # our sentence, without pytest's analysis after it
        lines = report.longrepr.reprtraceback.reprentries[-1].lines
        analysis = next((i for i, line in enumerate(lines) if line.startswith("E   assert ")), 0)
        if analysis and lines[analysis - 1].startswith("E  "):
            del lines[analysis:]
