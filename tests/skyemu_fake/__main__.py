"""`python -m tests.skyemu_fake http_server PORT ROM`, as SkyEmu is started without a window."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from tests.skyemu_fake.machine import CoreMachine
from tests.skyemu_fake.replies import Replies
from tests.skyemu_fake.server import serve


def end_slowly(number: int, frame: FrameType | None) -> None:
    """End two seconds after SIGTERM, as SkyEmu does."""
    time.sleep(2)
    os._exit(0)


def main() -> None:
    _, mode, port, rom = sys.argv
    assert mode == "http_server"
    signal.signal(signal.SIGTERM, end_slowly)
    replies = Replies(CoreMachine())
    replies.load_rom(Path(rom))
    replies.run_mode = "PAUSE"
    serve(replies, int(port)).serve_forever()


main()
