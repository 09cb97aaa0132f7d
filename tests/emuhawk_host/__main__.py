"""EmuHawk's command line and main loop (MainForm.ProgramRunLoop), without a window and as fast as it goes."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from lupa.lua54 import LuaRuntime

from runtime.console import console_of_rom
from tests.emuhawk_host.libraries import Libraries
from tests.emuhawk_host.machine import Machine
from tests.emuhawk_host.socket_server import SocketServer

#: A script is a coroutine that these two functions suspend; events run outside of it.
_SCHEDULER = b"""
emu = {}
function emu.frameadvance() coroutine.yield("frame") end
function emu.yield() coroutine.yield("yield") end
return function(path)
  local script = coroutine.create(assert(loadfile(path)))
  return function()
    local fine, wants = coroutine.resume(script)
    if not fine then
      return "error", debug.traceback(script, tostring(wants))
    end
    return coroutine.status(script) == "dead" and "end" or wants, ""
  end
end
"""

#: How long EmuHawk sleeps in its loop while it is paused (Throttle, 15 ms).
_PAUSED_S = 0.015


class EmuHawk:
    """The program: one game, one script."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._machine = Machine(Path(arguments.rom).absolute(), console_of_rom(Path(arguments.rom)))
        server = None
        if arguments.socket_port:
            where = (arguments.socket_ip, arguments.socket_port)
            server = SocketServer(*where, self._machine.png, arguments.patience)
        lua = LuaRuntime(encoding=None, unpack_returned_tuples=True)
        start = lua.execute(_SCHEDULER)
        self._libraries = Libraries(lua, self._machine, server)
        script = Path(arguments.lua).absolute()
        os.chdir(script.parent)  # relative paths of a script are its folder's
        self._resume: Any = start(script.name.encode())
        self._wants = "yield"
        self._left = arguments.frames

    def run(self) -> int:
        """Run until EmuHawk is closed or the frames are over; return 1 when the script ended by an error."""
        while not self._libraries.exit_requested and self._left:
            self._machine.latch()
            if self._wants == "yield":
                self._run_script()
            if self._libraries.paused:
                time.sleep(_PAUSED_S)
            else:
                self._frame()
        self._libraries.fire("onexit")
        self._libraries.fire("onconsoleclose")
        sys.stderr.write(f"emuhawk closes after frame {self._machine.frame_count}\n")
        return int(self._wants == "error")

    def _frame(self) -> None:
        self._machine.tick_overrides()
        self._libraries.fire("onframestart")
        self._machine.run_frame()
        self._left -= 1
        self._libraries.fire("onframeend")
        if self._wants in ("frame", "yield"):
            self._run_script()

    def _run_script(self) -> None:
        """Go on with the script; the game goes on when it stops. After an error its onexit is not called."""
        wants, trace = self._resume()
        self._wants = wants.decode()
        if self._wants == "error":
            sys.stderr.write(trace.decode(errors="replace") + "\n")
            sys.stderr.flush()
        elif self._wants == "end":
            self._libraries.fire("onexit")
        if self._wants in ("error", "end"):
            self._libraries.detach()


def main() -> int:
    """Run EmuHawk's stand-in."""
    parser = argparse.ArgumentParser(prog="emuhawk_host", description=__doc__)
    parser.add_argument("rom")
    parser.add_argument("--lua", required=True)
    parser.add_argument("--socket_ip", default="127.0.0.1")
    parser.add_argument("--socket_port", type=int, default=0)
    parser.add_argument("--frames", type=int, default=-1, help="close after so many frames; -1: never")
    parser.add_argument("--patience", type=float, default=0.0, help="seconds to wait for a listener")
    return EmuHawk(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
