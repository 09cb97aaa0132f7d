"""How long a thread of Linux runs before another has its turn: the longer, the sooner others may take its place."""

import ctypes
import os
import platform
import sys

#: asm/unistd_64.h, asm-generic/unistd.h.
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}


class _Attributes(ctypes.Structure):
    """`struct sched_attr` of linux/sched/types.h, its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),  # 0: SCHED_OTHER
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def take_long_slices(duration_ns: int) -> bool:
    """Ask for slices of this length for this thread, and those that it begins from now on; its niceness stays.

    Since Linux 6.12 who wakes and has a shorter slice (the default is 0.7 ms to 3 ms) takes a processor from who has a
    longer one at once; else it may wait until the clock's next tick, 4 ms at 250 Hz.

    Args:
        duration_ns: 100,000 to 100,000,000; the kernel's bounds.

    Returns:
        Whether the kernel took it; one before 6.12 takes it and does nothing with it.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    wanted = _Attributes(size=ctypes.sizeof(_Attributes), nice=os.nice(0), runtime=duration_ns)
    return bool(ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wanted), 0) == 0)
