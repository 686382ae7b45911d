"""How the exercises report: the first failure only, and a sentence where a sentence is enough."""

import pytest

from tinygrad_cv.gradcheck import GradcheckError


def pytest_configure(config):
    config.option.tbstyle = "short"
    config.option.maxfail = config.option.maxfail or 1  # one thing at a time, the easiest first


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.excinfo and isinstance(call.excinfo.value, (NotImplementedError, GradcheckError)):
        report.longrepr = str(call.excinfo.value)
