"""mGBA with its window under Xvfb, driven by keys and clicks as a person does it: Tools > Scripting..., type, Return.

Debian: mgba-qt, xvfb, openbox, xdotool. Every wait has a limit; what the screen showed then is saved and named.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import ImageGrab

_TOOLS = ("mgba-qt", "Xvfb", "openbox", "xdotool")

#: Debian puts games there, which is not on everybody's path.
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/games"))

#: A window opens in a second; a machine under load takes longer.
_LIMIT_S = 60.0

#: As long as a window that is open takes to come to the front under load.
_FRONT_LIMIT_S = 20.0

#: Titles of its windows, as patterns.
_MAIN = "^mGBA - .*fps"
_SCRIPTING = "^Scripting$"

#: Entries in mGBA 0.10's menu Tools above Scripting...
_DOWN_TO_SCRIPTING = 4


def missing_tools() -> str:
    """Return what this machine lacks; empty for nothing."""
    lacking = [name for name in _TOOLS if shutil.which(name, path=_PATH) is None]
    return f"mGBA's window: no {', '.join(lacking)}" if lacking else ""


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class MgbaWindow:
    """One mGBA on a display of its own."""

    def __init__(self, rom: Path, port: int = 0) -> None:
        """Start it, at the console's speed.

        Args:
            rom: Runs from a copy, for mGBA writes a .sav beside it.
            port: Where its script is to connect; 0 for a free one.
        """
        self.port = port or free_port()
        self._stack = contextlib.ExitStack()
        self._programs = contextlib.ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="framewire-mgba-")))
        self._rom = self._folder / rom.name
        shutil.copy(rom, self._rom)
        self._marks = 0
        try:
            self._start_until_it_works()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether mGBA runs."""
        return self.mgba.poll() is None

    @property
    def title(self) -> str:
        """The window's title: mGBA - GAME (60.0 fps) - 0.10.1."""
        return self._xdotool("getwindowname", self._found(_MAIN), check=False)

    def run(self, lua: str) -> None:
        """Type a line into the scripting window, and wait until it was run."""
        mark = self._folder / f"mark{self._marks}"
        self._marks += 1
        for _ in range(3):
            window = self._scripting()
            self._activate(_SCRIPTING)
            shape = dict(line.split("=") for line in self._xdotool("getwindowgeometry", "--shell", window).split())
            line_y = int(shape["HEIGHT"]) - 48  # the prompt line lies at the bottom
            self._xdotool("mousemove", "--window", window, str(int(shape["WIDTH"]) // 2), str(line_y), "click", "1")
            self._xdotool("key", "ctrl+a")
            self._xdotool("type", "--delay", "2", f'{lua} io.open("{mark}", "w"):close()')
            self._xdotool("key", "Return")
            if self._waited(mark.exists, 10.0):
                return
        raise self._stuck(f"mGBA did not run {lua!r}")

    def run_script(self, script: Path) -> None:
        """Run a script file, as a person would."""
        self.run(f'dofile("{script}")')

    @property
    def frames_per_s(self) -> float:
        """What the title says."""
        return float(self.title.partition("(")[2].partition(" fps")[0] or 0)

    def hurry(self) -> None:
        """Run as fast as it can. Not before its script: mGBA 0.10 can miss a callback that is added meanwhile."""
        for _ in range(3):
            self.press("shift+Tab")
            if self._waited(lambda: self.frames_per_s > 150, 10.0):
                return
        raise self._stuck(f"mGBA does not run fast: {self.title}")

    def screenshot(self, path: Path) -> None:
        """Save what the display shows."""
        ImageGrab.grab(xdisplay=self._display).save(path)

    def press(self, *keys: str) -> None:
        """Press keys in the game's window, by xdotool's names."""
        self._activate(_MAIN)
        self._xdotool("key", *keys)

    def freeze(self) -> None:
        """Stop mGBA in its tracks, so that it takes no time of this machine while nobody asks it."""
        self.mgba.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.mgba.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End all of it."""
        self._programs.close()
        self._stack.close()

    def _start_until_it_works(self) -> None:
        """Start the display and mGBA with its scripting window, anew when a window never answers."""
        for last in (False, False, True):
            try:
                self._start()
                self._scripting()
            except AssertionError:
                if last:
                    raise
                self._programs.close()
                del self._display
            else:
                return

    def _start(self) -> None:
        reading, writing = os.pipe()
        with os.fdopen(reading) as answer:
            self._program("Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x768x24", pass_fds=(writing,))
            os.close(writing)
            self._display = f":{answer.readline().strip()}"
        manager = self._program("openbox")
        if not _waited(lambda: self._xdotool("get_num_desktops", check=False).isdigit(), manager, _LIMIT_S):
            raise AssertionError("openbox manages no windows")
        settings = [word for setting in ("mute=1", "audioSync=1", "videoSync=0") for word in ("-C", setting)]
        self.mgba = self._program("mgba-qt", *settings, str(self._rom))
        if not self._waited(lambda: bool(self._found(_MAIN)), _LIMIT_S):
            raise self._stuck(f"no window {_MAIN!r}")

    def _program(self, *command: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
        home = self._folder / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        settings = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PATH": _PATH}
        without = {"QT_QPA_PLATFORM": "xcb", "SDL_AUDIODRIVER": "dummy", "LIBGL_ALWAYS_SOFTWARE": "1"}
        display = {"DISPLAY": self._display} if hasattr(self, "_display") else {}
        log = self._programs.enter_context((self._folder / f"{command[0]}.log").open("wb"))
        program = subprocess.Popen(
            command,
            env={**os.environ, **settings, **without, **display, "FRAMEWIRE_LUA_PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=pass_fds,
        )
        self._programs.callback(_end, program)
        return program

    def _scripting(self) -> str:
        """Return the scripting window, opened if it is not yet."""
        for _ in range(5):
            if found := self._found(_SCRIPTING):
                return found
            self._activate(_MAIN)
            self._xdotool("key", "Escape", "Escape", "alt+t", *["Down"] * _DOWN_TO_SCRIPTING, "Return")
            self._waited(lambda: bool(self._found(_SCRIPTING)), 5.0)
        raise self._stuck("the scripting window did not open")

    def _activate(self, name: str) -> None:
        """Bring the window to the front; it is looked up each time, for Qt makes a new one when it draws by OpenGL."""

        def active() -> bool:
            window = self._found(name)
            self._xdotool("windowactivate", window, check=False)
            return bool(window) and self._xdotool("getactivewindow", check=False) == window

        if not self._waited(active, _FRONT_LIMIT_S):
            raise self._stuck(f"the window {name!r} cannot be brought to the front")

    def _found(self, name: str) -> str:
        return self._xdotool("search", "--onlyvisible", "--name", name, check=False).partition("\n")[0]

    def _xdotool(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ("xdotool", *words),
            env={**os.environ, "DISPLAY": self._display},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=check,
        )
        return done.stdout.strip()

    def _waited(self, condition: Callable[[], bool], limit_s: float) -> bool:
        return _waited(condition, self.mgba, limit_s)

    def _stuck(self, why: str) -> AssertionError:
        shown = Path(tempfile.gettempdir()) / f"mgba-window-{os.getpid()}.png"
        self.screenshot(shown)
        log = (self._folder / "mgba-qt.log").read_text(errors="replace")[-2000:]
        return AssertionError(f"{why}; mGBA's exit status is {self.mgba.poll()}, the screen is {shown}; it said: {log}")


@contextlib.contextmanager
def mgba_window(rom: Path, port: int = 0) -> Iterator[MgbaWindow]:
    """Start mGBA for the with statement."""
    window = MgbaWindow(rom, port)
    try:
        yield window
    finally:
        window.close()


def _waited(condition: Callable[[], bool], program: subprocess.Popen[bytes], limit_s: float) -> bool:
    """Wait until something is so; False when it is not within the limit, or the program ended."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end or program.poll() is not None:
            return False
        time.sleep(0.1)
    return True


def _end(program: subprocess.Popen[bytes]) -> None:
    program.send_signal(signal.SIGTERM)
    program.send_signal(signal.SIGCONT)  # if it is frozen
    try:
        program.wait(5.0)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
