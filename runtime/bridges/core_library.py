"""A core's shared library, with its functions typed. A core keeps its state in globals: each emulator gets its own."""

import ctypes as c
import shutil
import tempfile
from pathlib import Path
from typing import Any

from runtime.bridges import libretro_abi as abi
from runtime.errors import CoreError

#: Libraries whose emulator was closed, by core, to be used again: nothing can tell that a library is safe to unload.
_free: dict[Path, list[Any]] = {}

#: Cores that this process has loaded from their own file.
_loaded: set[Path] = set()


def take(core: Path) -> Any:
    """Return a core's library that no other emulator of this process uses.

    The system loads a file once. The second emulator of a core gets a copy of the file, and so globals of its own.

    Raises:
        CoreError: It is not a libretro core of the version we know.
    """
    core = core.absolute()
    if free := _free.get(core):
        return free.pop()
    if core not in _loaded:
        library = _typed(core, core)
        _loaded.add(core)
        return library
    with tempfile.TemporaryDirectory(prefix="framewire-core-") as folder:
        return _typed(Path(shutil.copy(core, folder)), core)


def give_back(core: Path, library: Any) -> None:
    """Take back the library of an emulator that was closed."""
    _free.setdefault(core.absolute(), []).append(library)


def _typed(path: Path, core: Path) -> Any:
    try:
        library = c.CDLL(str(path))
    except OSError as error:
        raise CoreError(f"{core}: the core cannot be loaded: {error}") from error
    for name, (result, arguments) in abi.FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise CoreError(f"{core}: is no libretro core: it has no function {name}") from error
        function.restype, function.argtypes = result, arguments
    if (version := library.retro_api_version()) != abi.API_VERSION:
        raise CoreError(f"{core}: speaks libretro API version {version}, this host speaks {abi.API_VERSION}")
    return library
