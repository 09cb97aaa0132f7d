"""Hypothesis without a deadline, for no test asserts how fast the machine is, and without files of its own."""

import signal

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# A shell starts what it runs in the background with SIGINT ignored, and the commands under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("framewire", max_examples=50, deadline=None, database=None)
settings.load_profile("framewire")

#: Few tests, of minutes: pytest-xdist begins with the files that have most tests, so this one would end alone.
_FIRST = "tests/readme/test_quick_start.py"


class _LongestFirst(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives out files as pytest-xdist does, but for the longest one."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        if _FIRST in self.workqueue:
            self.workqueue.move_to_end(_FIRST, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)  # -p no:xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Choose who gives out files, with --dist=loadfile."""
    return _LongestFirst(config, log) if config.getoption("dist") == "loadfile" else None
