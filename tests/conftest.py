"""Hypothesis without a deadline, for no test asserts how fast the machine is, and without files of its own."""

import signal

from hypothesis import settings

# A shell starts what it runs in the background with SIGINT ignored, and the commands under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("framewire", max_examples=50, deadline=None, database=None)
settings.load_profile("framewire")
