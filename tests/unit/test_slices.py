"""A long slice is asked of the kernel: what it says of the thread afterwards."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

SHOWN = re.compile(r"^se\.slice *: *(\d+)$", re.MULTILINE)

ASKING = """
import os, threading
from pathlib import Path
from runtime.slices import take_long_slices

def sched():
    print(Path(f"/proc/self/task/{threading.get_native_id()}/sched").read_text())

os.nice(3)
assert take_long_slices(20_000_000)
assert os.nice(0) == NICE + 3
sched()
thread = threading.Thread(target=sched)
thread.start()
thread.join()
"""


def takes_slices() -> bool:
    file, version = Path("/proc/self/sched"), re.match(r"(\d+)\.(\d+)", platform.release())
    shown = file.exists() and SHOWN.search(file.read_text()) is not None
    return shown and version is not None and (int(version[1]), int(version[2])) >= (6, 12)


@pytest.mark.skipif(not takes_slices(), reason="this kernel takes no slices, or does not show them")
def test_threads_have_the_slice_that_was_asked_for() -> None:
    code = ASKING.replace("NICE", str(os.nice(0)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert SHOWN.findall(done.stdout) == ["20000000", "20000000"]
