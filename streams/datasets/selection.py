"""Which recorded sessions a dataset is made of: by name, and by what is known of them."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from runtime.errors import UsageError
from streams.datasets.labels import Labels, read_labels
from streams.session import Session, open_session
from streams.store import SessionStore, StoredSession, no_session

_ARCHIVE = ".mcap"


@dataclass(frozen=True)
class Choice:
    """What is wanted. A session must fulfil everything that is given.

    Attributes:
        names: Names, globs and archives (`.mcap`); empty for every session that fulfils the rest.
        games: Names of games, or globs; one of them.
        labels: (key, value) that some frame of the session must have; all of them.
        since: Created at or after.
        until: Created at or before.
        min_length_s: Emulated seconds.
        max_length_s: Emulated seconds.
    """

    names: tuple[str, ...] = ()
    games: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    min_length_s: float | None = None
    max_length_s: float | None = None

    @property
    def filters(self) -> bool:
        """Whether anything but names is given."""
        return bool(self.games or self.labels) or any(
            given is not None for given in (self.since, self.until, self.min_length_s, self.max_length_s)
        )


async def choose(
    store: SessionStore, choice: Choice, label_files: Sequence[Path], rom: Path | None = None, core: str = ""
) -> tuple[list[Session], Labels]:
    """Return the sessions wanted, names in the order given, globs sorted and archives last, and all their labels.

    Args:
        store: Where names are looked for; a name that ends with `.mcap` is an archive.
        choice: What is wanted.
        label_files: JSONL files (`streams.datasets.labels`).
        rom: As for `open_session`.
        core: As for `open_session`.

    Raises:
        UsageError: Nothing is asked for, or nothing fulfils it; the message lists what there is. Or a label is wrong.
        SessionError: A session that was named is not there, or has no frames.
        BusError: The store cannot be reached.
    """
    stored = {session.name: session for session in await store.sessions()}
    if not choice.names and not choice.filters:
        raise UsageError(f"name sessions, or choose them by a filter such as --game; {_there(stored.values())}")
    stores = dict.fromkeys(_named(choice.names, stored) if choice.names else stored, store)
    for archive in _archives(choice.names):
        if archive.name in stores:
            raise UsageError(f"{archive.path}: its session {archive.name!r} is named twice")
        stores[archive.name] = archive.store
        stored[archive.name] = await archive.store.describe(archive.name)
    exact = {*choice.names} | {name for name, where in stores.items() if where is not store}
    candidates = [stored[name] for name in stores if _fits(stored[name], choice)]
    sessions = [
        await open_session(stores[one.name], one.name, rom, core)
        for one in candidates
        if one.chunks or one.name in exact
    ]
    low, high = choice.min_length_s or 0.0, choice.max_length_s
    sessions = [one for one in sessions if low <= one.seconds and (high is None or one.seconds <= high)]
    labels = await read_labels(sessions, label_files, stored)
    sessions = [one for one in sessions if all(labels.has(one.name, key, value) for key, value in choice.labels)]
    if not sessions:
        raise UsageError(f"no session fulfils all that is asked for; {_there(stored.values())}")
    return sessions, labels


def parse_time(text: str, *, end: bool = False) -> datetime:
    """Read an ISO 8601 date or time, UTC unless it says otherwise; a date alone is its first moment, or its last.

    Raises:
        UsageError: It is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r}: wanted a date or time such as 2026-11-20 or 2026-11-20T18:30") from error
    if end and len(text) <= len("2026-11-20"):
        found += timedelta(days=1) - timedelta(microseconds=1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class _Archive(NamedTuple):
    path: str
    name: str
    store: SessionStore


def _archives(names: Sequence[str]) -> list[_Archive]:
    paths = [name for name in names if name.endswith(_ARCHIVE)]
    if not paths:
        return []
    from streams.archive.store import McapStore  # noqa: PLC0415 - a library that live sessions do not need

    opened = [(path, McapStore(Path(path))) for path in paths]
    return [_Archive(path, archive.start.meta.session, archive) for path, archive in opened]


def _named(wanted: Sequence[str], stored: dict[str, StoredSession]) -> list[str]:
    if twice := sorted({name for name in wanted if wanted.count(name) > 1}):
        raise UsageError(f"named twice: {', '.join(twice)}")
    found: list[str] = []
    for name in wanted:
        if name in stored:
            found.append(name)
        elif name.endswith(_ARCHIVE):
            continue
        elif not set("*?[") & set(name):
            raise no_session(name, sorted(stored))
        else:
            matching = fnmatch.filter(stored, name)
            if not matching:
                raise UsageError(f"no session is named like {name!r}; {_there(stored.values())}")
            found += matching
    return list(dict.fromkeys(found))


def _fits(stored: StoredSession, choice: Choice) -> bool:
    meta = stored.meta
    if choice.games and not any(fnmatch.fnmatchcase(meta.game, game) for game in choice.games):
        return False
    created = parse_time(meta.created)
    return (choice.since is None or created >= choice.since) and (choice.until is None or created <= choice.until)


def _there(stored: Iterable[StoredSession]) -> str:
    listed = [f"{one.name} ({one.meta.game}, {one.meta.created})" for one in stored]
    return f"there are {', '.join(listed)}" if listed else "nothing is recorded"
