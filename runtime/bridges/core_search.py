"""Where libretro cores are looked for."""

import importlib.util
import sys
from pathlib import Path

from runtime.config import env
from runtime.console import Console
from runtime.errors import CoreError

_SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")


def search_folders() -> list[Path]:
    """Return the folders with cores, the preferred first.

    FRAMEWIRE_CORES → the `stable-retro` wheel → the system's libretro packages → RetroArch.
    """
    folders = [Path(part) for part in env("FRAMEWIRE_CORES").split(":") if part]
    wheel = importlib.util.find_spec("stable_retro")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "cores")
    folders += sorted(Path("/usr/lib").glob("*/libretro"))
    folders += [Path("/usr/lib/libretro"), Path("/usr/local/lib/libretro")]
    home = Path.home()
    folders += [home / ".config/retroarch/cores", home / "Library/Application Support/RetroArch/cores"]
    return [folder for folder in folders if folder.is_dir()]


def find_core(console: Console, explicit: str = "") -> Path:
    """Return the core to use: `explicit` (a path, or a core's name) or the first found for the console.

    Raises:
        CoreError: There is none.
    """
    if explicit and Path(explicit).is_file():
        return Path(explicit)
    names = (explicit,) if explicit else console.cores
    folders = search_folders()
    for name in names:
        for folder in folders:
            path = folder / f"{name}_libretro{_SUFFIX}"
            if path.is_file():
                return path
    raise CoreError(
        f"no libretro core {' or '.join(names)} for the console {console.name}: looked in "
        f"{', '.join(map(str, folders)) or 'no folder (none exists)'}. Install the wheel stable-retro or your system's "
        f"libretro-{names[0]}, or set FRAMEWIRE_CORES to a folder of cores"
    )
