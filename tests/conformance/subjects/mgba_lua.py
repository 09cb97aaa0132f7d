"""mGBA with its window through its script: Debian's mgba-qt under Xvfb, one for each console and process."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from multiprocessing.util import Finalize

import msgspec

from runtime.backend import Backend, Capabilities, Opening
from runtime.bridges.mgba_lua import SCRIPT, MgbaLuaOptions
from runtime.families import family
from tests.conformance.subject import Subject
from tests.mgba_window import MgbaWindow, missing_tools
from tests.roms.pad import PADS


@cache
def window_of(console: str) -> MgbaWindow:
    """Return this process's mGBA with pad, frozen and with its script running; it ends with the process."""
    window = MgbaWindow(PADS[console].rom)
    Finalize(None, window.close, exitpriority=10)  # atexit is not asked in the processes of multiprocessing
    window.run_script(SCRIPT)
    window.hurry()
    window.freeze()
    return window


@contextmanager
def open_in_window(subject: Subject, opening: Opening) -> Iterator[Backend]:
    """Open a backend to which this process's mGBA connects."""
    window = window_of(subject.console)
    options = msgspec.structs.replace(opening.options, address=f"127.0.0.1:{window.port}", wait_s=60.0)
    window.thaw()
    try:
        backend = family(subject.family).open(msgspec.structs.replace(opening, options=options))
        try:
            yield backend
        finally:
            backend.close()
    finally:
        window.freeze()


def no_window(subject: Subject) -> str:
    """See Subject.missing."""
    return missing_tools()


def _subject(console: str, options: MgbaLuaOptions, capabilities: Capabilities) -> Subject:
    return Subject(
        name=f"mgba-lua-{console}-{options.pace}-{options.memory}",
        family="mgba-lua",
        console=console,
        capabilities=capabilities,
        options=options,
        enter=open_in_window,
        missing=no_window,
    )


_LOCKSTEP = Capabilities(remote=True, opening_s=60.0)

SUBJECTS = [
    _subject("gba", MgbaLuaOptions(wait_s=60.0), _LOCKSTEP),
    _subject("gb", MgbaLuaOptions(wait_s=60.0), _LOCKSTEP),
    _subject(
        "gba",
        MgbaLuaOptions(wait_s=60.0, memory="watched"),
        Capabilities(remote=True, opening_s=60.0, scan="watched"),
    ),
    _subject(
        "gba",
        MgbaLuaOptions(wait_s=60.0, pace="free"),
        Capabilities(
            remote=True, opening_s=60.0, steps=False, savestates=False, deterministic=False, exact_input=False
        ),
    ),
]
