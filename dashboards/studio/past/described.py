"""What a page needs to know of a session before it shows anything."""

from pathlib import Path
from typing import Any

from dashboards.studio.past.recordings import Opened
from dashboards.studio.past.track_blocks import Extra
from runtime.game import Game, Watch, parse_game
from streams.memory_search.naming import user_file, user_game
from streams.memory_search.values import KINDS


def described(opened: Opened, folder: Path) -> dict[str, Any]:
    """Return a session's facts as JSON; `folder` is where the user's own descriptions lie.

    Raises:
        ConfigError: The user's own description is wrong.
    """
    recording = opened.recording
    meta = recording.meta
    return {
        "name": recording.name,
        "version": opened.version,
        "status": recording.status,
        "first": recording.first_frame,
        "last": recording.last_frame,
        "rate_hz": meta.rate_hz,
        "width": meta.width,
        "height": meta.height,
        "game": meta.game,
        "console": meta.console,
        "core": meta.core,
        "clock": meta.clock,
        "created": meta.created,
        "parent": meta.parent,
        "rebuilt": meta.store == "inputs",
        "has_pictures": meta.keeps("frame") or meta.store == "inputs",
        "buttons": list(meta.buttons),
        "regions": [{"name": r.name, "address": r.address, "size": r.size} for r in meta.regions],
        "watches": _watches(opened, folder),
        "game_file": str(user_file(meta, folder)),
    }


def extras(opened: Opened, folder: Path) -> dict[str, Extra]:
    """Return, by name, the watches of the user's description that the recording lacks and memory can give.

    Raises:
        ConfigError: The description is wrong.
    """
    game = user_game(opened.recording.meta, folder)
    recorded = {watch.name for watch in _scalars(_recorded_game(opened))}
    return {
        watch.name: Extra(watch.name, watch.address, watch.type)
        for watch in _scalars(game)
        if watch.name not in recorded and _is_plain(watch)
    }


def _watches(opened: Opened, folder: Path) -> list[dict[str, Any]]:
    """Return the watches that can be plotted, those of the recording first."""
    named = extras(opened, folder)
    own = [watch for watch in _scalars(user_game(opened.recording.meta, folder)) if watch.name in named]
    return [_watch(watch, recorded=True) for watch in _scalars(_recorded_game(opened))] + [
        _watch(watch, recorded=False) for watch in own
    ]


def _watch(watch: Watch, *, recorded: bool) -> dict[str, Any]:
    return {
        "name": watch.name,
        "type": watch.type,
        "address": watch.address if _is_plain(watch) else None,
        "meaning": watch.meaning,
        "values": watch.values,
        "recorded": recorded,
    }


def _recorded_game(opened: Opened) -> Game | None:
    meta = opened.recording.meta
    return parse_game(meta.game_toml, f"game.toml of {meta.session}") if meta.game_toml else None


def _scalars(game: Game | None) -> list[Watch]:
    return [watch for watch in game.watch if not watch.shape] if game else []


def _is_plain(watch: Watch) -> bool:
    """Return whether a watch is bytes at a fixed place."""
    return watch.pointer is None and watch.xor_pointer is None and not watch.mask and watch.type in KINDS
