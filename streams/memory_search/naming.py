"""A place gets a name: it becomes a watch in the user's own game.toml, whose comments and order stay.

session's description ─► the user's file, at first a copy ─► one `[[watch]]` more ─► checked ─► replaced as a whole
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import tomli_w

from runtime import toml_file
from runtime.errors import ConfigError, FramewireError, UsageError
from runtime.game import BUILTIN, Game, check_regions, load_game, parse_game
from runtime.launch import Launch
from runtime.session_meta import SessionMeta
from runtime.subjects import NAME
from streams.memory_search.values import kind_named


@dataclass(frozen=True)
class Named:
    """A watch that is to be.

    Attributes:
        name: As in State.values and conditions: words joined by '.'.
        address: On the console's bus.
        type: Of game.toml, or short as `kind_named` takes it.
        meaning: One line for people.
    """

    name: str
    address: int
    type: str
    meaning: str = ""


def user_file(meta: SessionMeta, folder: Path) -> Path:
    """Return the game.toml of the user's that describes a session's game; it need not exist.

    That is the file the session was launched with, unless it is one of ours: then, and for a ROM without description,
    `<game>/game.toml` in `folder`, where `--game <game>` finds it before ours when started there.
    """
    launched = _launched(meta)
    if launched is not None and not launched.resolve().is_relative_to(BUILTIN.resolve()):
        return launched
    return folder / (meta.game if NAME.fullmatch(meta.game) else meta.session) / "game.toml"


def user_game(meta: SessionMeta, folder: Path) -> Game | None:
    """Return the user's own description of a session's game; None where there is none.

    Raises:
        ConfigError: It is wrong.
    """
    path = user_file(meta, folder)
    return load_game(path) if path.is_file() else None


def add_watch(meta: SessionMeta, folder: Path, named: Named) -> Path:
    """Add a watch to the user's game.toml and return where that is; the file is replaced whole, or not at all.

    Args:
        meta: The session whose memory it was found in.
        folder: See `user_file`.
        named: The watch.

    Raises:
        UsageError: The name is taken or none, the type is none, or the file cannot be written.
        ConfigError: The file is wrong, or would be with this watch.
    """
    path = user_file(meta, folder)
    text = path.read_text(encoding="utf-8") if path.is_file() else _copy(meta)
    if not named.name or named.name != named.name.strip():
        raise UsageError(f"a watch named {named.name!r}: give it a name such as player.hp")
    game = parse_game(text, str(path))
    if named.name in (there := [watch.name for watch in game.watch]):
        raise UsageError(f"{path}: it has a watch {named.name!r} already; there are {', '.join(there)}")
    text = _with(text, named, game)
    check_regions(parse_game(text, str(path)), meta.regions, str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def _launched(meta: SessionMeta) -> Path | None:
    """Return the description that a session was launched with, if it is there."""
    try:
        name = toml_file.parse(meta.launch_plan, Launch, "launch plan").games[0].name if meta.launch_plan else ""
    except (FramewireError, IndexError):
        return None
    if not name:
        return None
    given = Path(meta.launch_folder) / name
    return next((path for path in (given, given / "game.toml") if path.is_file()), None)


def _copy(meta: SessionMeta) -> str:
    """Return the text of a first file of the user's: the recorded description, whose ROM is named by its path."""
    if not meta.game_toml:
        table = {"name": meta.game or meta.session, "console": meta.console, "rom": meta.rom, "sha256": meta.rom_sha256}
        return tomli_w.dumps({"game": {key: value for key, value in table.items() if value}})
    rom = parse_game(meta.game_toml, f"game.toml of {meta.session}").game.rom
    lines = meta.game_toml.splitlines(keepends=True)
    at = toml_file.line_of(meta.game_toml, ("game", "rom"))
    if rom and at and Path(meta.rom).is_absolute():
        lines[at - 1] = lines[at - 1].replace(f'"{rom}"', _quoted(meta.rom), 1)
    return "".join(lines)


def _with(text: str, named: Named, game: Game) -> str:
    """Return a description with one watch more: after the last one there is, or where that goes wrong at the end."""
    table = [
        "[[watch]]",
        f"name = {_quoted(named.name)}",
        f"address = 0x{named.address:08X}",
        f'type = "{kind_named(named.type).name}"',
    ]
    if named.meaning:
        table.append(f"meaning = {_quoted(named.meaning)}")
    lines = text.splitlines()
    inserted = _inserted(lines, table, _end_of_watches(lines))
    try:
        more = parse_game(inserted, "")
        if msgspec.structs.replace(more, watch=more.watch[:-1]) == game:
            return inserted
    except ConfigError:  # what looked like a table was part of a text or a list
        pass
    return _inserted(lines, table, len(lines))


def _inserted(lines: list[str], table: list[str], at: int) -> str:
    """Return the text with a table before line `at`, between empty lines."""
    before, after = lines[:at], lines[at:]
    while before and not before[-1].strip():
        before.pop()
    return "\n".join([*before, "", *table, *([""] if after and after[0].strip() else []), *after]) + "\n"


def _end_of_watches(lines: list[str]) -> int:
    """Return the line before which a watch may be put: where the last watch's table ends, else the end of the file.

    Comments right above the next table belong to that.
    """
    headers = [i for i, line in enumerate(lines) if line.lstrip().startswith("[") and _is_header(line)]
    watches = [i for i in headers if lines[i].strip().startswith(("[[watch]]", "[watch.", "[[watch."))]
    following = [i for i in headers if watches and i > watches[-1]]
    if not following:
        return len(lines)
    at = following[0]
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return at


def _is_header(line: str) -> bool:
    """Return whether a line opens a table; a line of a list over several lines may begin with '[', too."""
    bare = line.split("#", 1)[0].strip()
    return bare.startswith("[") and bare.endswith("]") and "," not in bare and "=" not in bare and '"' not in bare


def _quoted(text: str) -> str:
    return tomli_w.dumps({"x": text}).split(" = ", 1)[1].strip()


def _replace(path: Path, text: str) -> None:
    """Write a file beside the other and give it its name."""
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
