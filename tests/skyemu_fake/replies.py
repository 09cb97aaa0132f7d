"""What SkyEmu answers to each request."""

import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.skyemu_fake.machine import Machine
from tests.skyemu_fake.picture import Rgba, decode, encode, header, hide, opaque, seek

#: src/main.c, se_keybind_names; the four signs are of Fork Awesome's font.
KEYS = (
    *("A", "B", "X", "Y", "Up", "Down", "Left", "Right", "L", "R", "Start", "Select"),
    *("Fold Screen (NDS)", "Tap Screen (NDS)"),
    *("Emulator \uf04c/\uf04b", "Emulator \uf04a", "Emulator \uf04e", "Emulator \uf050"),
    *(f"{what} State {slot}" for slot in range(4) for what in ("Capture", "Restore")),
    "Reset Game",
    *(f"Turbo {button}" for button in "ABXYLR"),
    *("Solar Sensor+", "Solar Sensor-", "Toggle Full Screen"),
)

Params = list[tuple[str, str]]
Answer = tuple[bytes, str]  # body, type


class Replies:
    """The state of one fake SkyEmu."""

    def __init__(self, machine: Machine, build: str = "(Modified Local Build)") -> None:
        self._machine, self._build = machine, build
        self._rom = Path()
        self._loaded = False
        self._steps = 0
        self._inputs = dict.fromkeys(KEYS, 0.0)
        self._lock = threading.Lock()
        self.run_mode = "PAUSE"
        self.requests: list[str] = []  # in order, for tests

    def load_rom(self, rom: Path) -> bool:
        """Switch the console on with another ROM."""
        self._rom, self._loaded = rom, self._machine.load(rom)
        self.run_mode = "RUN" if self._loaded else "PAUSE"
        return self._loaded

    def answer(self, target: str) -> Answer | None:
        """Return a request's answer; None for 404."""
        parts = urlsplit(target)
        params = sorted(parse_qsl(parts.query, keep_blank_values=True), key=lambda param: param[0])  # a std::multimap
        known: dict[str, Callable[[Params], Answer | str | None]] = {
            "/ping": lambda _: "pong",
            "/status": lambda _: (self._status().encode(), "application/json"),
            "/step": self._step,
            "/run": self._run,
            "/screen": self._screen,
            "/read_byte": self._read,
            "/write_byte": self._write,
            "/input": self._input,
            "/save": self._save,
            "/load": self._load,
            "/load_rom": self._load_rom,
            "/setting": lambda _: "ok" if self._loaded else "Failed to load ROM",
            "/cheats": lambda _: (b"No cheats enabled\0", "text/plain"),
        }
        with self._lock:
            self.requests.append(target)
            found = known[parts.path](params) if parts.path in known else None
        return (found.encode() + b"\0", "text/html") if isinstance(found, str) else found

    def _step(self, params: Params) -> str:
        frames = int(dict(params).get("frames", "1"))
        held = frozenset(key for key, value in self._inputs.items() if value > 0.3)
        if self._loaded and frames > 0:
            self._machine.run(held, frames)
            self._steps += 1
            if self._steps > 10 and self._rom.parent.is_dir():
                self._rom.with_suffix(".sav").write_bytes(b"saved")
        self.run_mode = "PAUSE"
        return "ok"

    def _run(self, params: Params) -> str:
        self.run_mode = "RUN"  # without a window nothing runs
        return "ok"

    def _screen(self, params: Params) -> Answer | str:
        if not self._loaded:
            return "Failed (no ROM loaded)"
        asked = dict(params)
        hidden = asked.get("embed_state", "0") not in ("", "0")
        return encode(self._picture() if hidden else opaque(self._machine.rgb()), asked.get("format", "png"))

    def _picture(self) -> Rgba:
        structure, bess = self._machine.structure()
        return hide(self._machine.rgb(), header(self._build.encode(), self._machine.system, bess) + structure)

    def _read(self, params: Params) -> str | None:
        found = [self._machine.read(_hex(value)) for key, value in params if key == "addr"]
        return "".join(f"{byte:02x}" for byte in found) or None

    def _write(self, params: Params) -> str:
        for key, value in params:
            if key != "map":
                self._machine.write(_hex(key), _hex(value) & 0xFF)
        return "ok"

    def _input(self, params: Params) -> str:
        self._inputs.update({key: float(value) for key, value in params if key in self._inputs})
        return "ok"

    def _save(self, params: Params) -> str:
        done = False
        for key, value in params:
            if key == "path" and self._loaded and Path(value).parent.is_dir():
                Path(value).write_bytes(encode(self._picture(), "png")[0])
                done = True
        return "ok" if done else "failed"

    def _load(self, params: Params) -> str:
        """Go back to a state and emulate one frame without buttons. (The real one restores another build's roughly.)"""
        file = Path(dict(params).get("path", ""))
        picture = decode(file.read_bytes()) if file.is_file() else None
        state = b"" if picture is None else seek(picture)
        own = header(self._build.encode(), 0, 0)[:80]
        if not self._loaded or state[:80] != own:
            return "failed"
        self._machine.restore(state[108:])
        self._machine.run(frozenset(), 1)
        return "ok"

    def _load_rom(self, params: Params) -> str:
        for key, value in params:
            if key == "path":
                self.load_rom(Path(value))
            if key == "pause" and int(value):
                self.run_mode = "PAUSE"
        return "ok" if self._loaded else "Failed to load ROM"

    def _status(self) -> str:
        lines = [f'  "emulator": "SkyEmu ({self._build})",', f'  "run-mode": "{self.run_mode}",']
        lines += [f'  "rom-loaded" : {str(self._loaded).lower()},']
        if self._loaded:
            lines += [f'  "rom-path": "{self._rom}",', f'  "save-path": "{self._rom.with_suffix(".sav")}",']
        lines += ['  "rewind-info" : {', '    "entries-used" : 0,', '    "capacity" : 1048576,']
        lines += ['    "percent_full" : 0.0', "  },", '  "inputs": {']
        lines += [",\n".join(f'    "{key}": {value:f}' for key, value in self._inputs.items()), "  }"]
        return "{\n" + "\n".join(lines) + "\n}"


def _hex(text: str) -> int:
    """Read a number as SkyEmu does: what is no digit counts as 0."""
    digits = "0123456789abcdef"
    number = 0
    for sign in text.lower():
        number = number << 4 | max(digits.find(sign), 0)
    return number & 0xFFFF_FFFF_FFFF_FFFF
