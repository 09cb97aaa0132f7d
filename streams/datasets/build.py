"""Building a dataset: sessions → rows → a folder that is there whole or not at all."""

import contextlib
import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runtime.errors import UsageError
from runtime.expressions import condition
from runtime.game import Game, check_regions, load_game
from streams.datasets import provenance
from streams.datasets.card import Strip, card
from streams.datasets.format import DatasetSpec, DatasetSummary, DatasetWriter, Format, SessionSummary, name_of
from streams.datasets.labels import Labels, Track, read_labels
from streams.datasets.manifest import CARD, MANIFEST, PICTURE, PROVENANCE, STATS, Manifest, pretty
from streams.datasets.options import check_names
from streams.datasets.partial import check_out, whole_folder
from streams.datasets.rows import Row, Sampling, StateColumn, rows, state_columns
from streams.datasets.shards import Shards
from streams.datasets.split import Splits, check_filled
from streams.datasets.stats import Stats
from streams.session import Hole, HoleFinder, Session


@dataclass(frozen=True)
class Options:
    """What decides which rows a dataset has.

    Attributes:
        first_frame: The first frame of each session; None for its own first.
        last_frame: The last, inclusive; None for its own last.
        stride: Emulated frames from one row to the next.
        stack: Frames in an observation.
        where: A condition on state (`runtime.expressions`); empty for all frames.
        game_toml: A description to read memory and cut episodes by; None for the recorded one.
        splits: How rows are divided.
        settings: The format's own options.
    """

    first_frame: int | None = None
    last_frame: int | None = None
    stride: int = 1
    stack: int = 1
    where: str = ""
    game_toml: Path | None = None
    splits: Splits = field(default_factory=Splits)
    settings: Mapping[str, str] = field(default_factory=dict)


async def build(
    sessions: Sequence[Session],
    make_writer: Format,
    out: Path,
    *,
    command: str,
    options: Options | None = None,
    labels: Labels | None = None,
    git_commit: str = "",
    overwrite: bool = False,
    on_frame: Callable[[], object] = lambda: None,
    on_continue: Callable[[int], object] = lambda _: None,
) -> DatasetSummary:
    """Write the sessions' rows to the folder `out`.

    Args:
        sessions: The sessions, in the order of their rows.
        make_writer: The format.
        out: The folder; a build that was killed left `.NAME.partial` beside it, which the same build continues.
        command: What was typed, without `out`: the same inputs give the same bytes wherever they are written.
        options: Which rows.
        labels: All labels; None for those in the recordings.
        git_commit: The commit of the user's own code.
        overwrite: Replace the dataset that is there.
        on_frame: Called for each row.
        on_continue: Called with the number of files that a killed build left whole.

    Raises:
        UsageError: `out` is there already, the sessions do not go together, or the options do not fit them.
        WireError: A recording is damaged.
        BusError: The store cannot be reached.
        OSError: The disk does not take it.
    """
    check_out(out, overwrite=overwrite)
    options = options or Options()
    check_names(name_of(make_writer), options.settings, make_writer.OPTIONS)
    game = load_game(options.game_toml) if options.game_toml else None
    columns = state_columns((session.meta for session in sessions), game)
    sampling = _sampling(options, make_writer, game, columns, sessions)
    labels = labels or await read_labels(sessions, (), ())
    spec = _spec(sessions, make_writer, columns, options, labels)
    if options.splits.by == "session":  # known before hours of reading
        filled = {options.splits.of(session.name, 0): 1 for session in sessions}
        check_filled(options.splits, filled, [(session.name, 0) for session in sessions])
    known = provenance.described(
        [(session, sampling.frames(session)) for session in sessions],
        format_name=name_of(make_writer),
        command=command,
        git_commit=git_commit,
        options=_described(options),
        labels=labels,
    )
    with whole_folder(out, provenance.fingerprint(known, spec)) as shards:
        if whole := len(shards.files()):
            on_continue(whole)
        builder = _Builder(shards, make_writer(shards, spec), spec, sampling, options.splits, labels, on_frame)
        with contextlib.closing(builder.writer):
            summaries = [await builder.add_session(session) for session in sessions]
            return builder.finish(summaries, known)


class _Builder:
    """Takes sessions' rows to the writer, and keeps the books."""

    def __init__(
        self,
        shards: Shards,
        writer: DatasetWriter,
        spec: DatasetSpec,
        sampling: Sampling,
        splits: Splits,
        labels: Labels,
        on_frame: Callable[[], object],
    ) -> None:
        self.writer = writer
        self._shards, self._spec, self._sampling = shards, spec, sampling
        self._splits, self._labels, self._on_frame = splits, labels, on_frame
        self._stats = Stats(spec.columns, spec.buttons, spec.labels)
        self._strip = Strip()
        self._rows = dict.fromkeys(splits.names, 0)
        self._episodes: list[tuple[str, int]] = []  # with a row

    async def add_session(self, session: Session) -> SessionSummary:
        """Take all rows of a session."""
        holes = HoleFinder(self._sampling.needed)
        track = Track(self._labels.of(session.name))
        count, before = 0, len(self._episodes)
        found = rows(
            session,
            holes,
            self._sampling,
            split_of=lambda episode: self._splits.of(session.name, episode),
            labels_at=track.at,
        )
        async with contextlib.aclosing(found):
            async for row in found:
                self._add(row)
                count += 1
        episodes = len(self._episodes) - before
        frames = self._sampling.frames(session)
        return SessionSummary(session.meta, count, episodes, tuple(_within(holes.found, *frames)))

    def finish(self, summaries: Sequence[SessionSummary], known: dict[str, Any]) -> DatasetSummary:
        """Write what is left and what describes it.

        Raises:
            UsageError: There are no rows, or a split has none.
        """
        if not any(self._rows.values()):
            why = "no frame with video fulfils the condition" if self._sampling.where else "no frame with video"
            raise UsageError(f"{', '.join(summary.meta.session for summary in summaries)}: {why}, so no rows")
        check_filled(self._splits, self._rows, self._episodes)
        described = provenance.completed(known, summaries)
        summary = DatasetSummary(summaries, dict(self._rows), self._stats.result(), described, known["command"])
        self.writer.finish(summary)
        self._write(STATS, pretty(summary.stats))
        self._write(PROVENANCE, pretty(summary.provenance))
        self._write(PICTURE, self._strip.png())
        text = card(known["format"], self._spec, summary, self._sizes())
        self._write(CARD, text.encode())
        manifest = Manifest(known["format"], summary.rows, self._shards.files())
        (self._shards.folder / MANIFEST).write_bytes(pretty(manifest))
        return summary

    def _add(self, row: Row) -> None:
        self.writer.add(row)
        self._stats.add(row)
        self._strip.add(row)
        self._rows[row.split] += 1
        episode = row.session, row.episode_index
        if not self._episodes or self._episodes[-1] != episode:
            self._episodes.append(episode)
        self._on_frame()

    def _write(self, path: str, data: bytes) -> None:
        with self._shards.writing(path, 0) as file:
            file.write_bytes(data)

    def _sizes(self) -> dict[str, int]:
        """Return the bytes of each split's files in `data/`."""
        files = [file for file in self._shards.files() if file.path.startswith("data/")]
        return {
            split: sum(file.size for file in files if file.path.startswith(f"data/{split}-"))
            for split in self._spec.splits
        }


def _sampling(
    options: Options, made: Format, game: Game | None, columns: Sequence[StateColumn], sessions: Sequence[Session]
) -> Sampling:
    if options.stack > 1 and not made.stacks:
        raise UsageError(f"--stack {options.stack}: format {name_of(made)} holds single frames")
    if game:
        for session in sessions:
            check_regions(game, session.meta.regions, str(options.game_toml))
    where = condition(options.where, frozenset(column.watch for column in columns)) if options.where else None
    return Sampling(
        first_frame=options.first_frame,
        last_frame=options.last_frame,
        stride=options.stride,
        stack=options.stack,
        where=where,
        game=game,
        memory=made.reads_memory,
    )


def _spec(
    sessions: Sequence[Session], made: Format, columns: Sequence[StateColumn], options: Options, labels: Labels
) -> DatasetSpec:
    """Return what is known before the first row.

    Raises:
        UsageError: The sessions differ in what a dataset has one of.
    """
    needed = ["width", "height", "rate_hz", "buttons", *(["regions"] if made.reads_memory else [])]
    for one, other in itertools.pairwise(session.meta for session in sessions):
        for name in needed:
            if getattr(one, name) != getattr(other, name):
                raise UsageError(
                    f"session {other.session!r}: {name} is {getattr(other, name)}, in a session before it "
                    f"{getattr(one, name)}: put sessions of different consoles into datasets of their own"
                )
    meta = sessions[0].meta
    return DatasetSpec(
        columns=tuple(columns),
        buttons=meta.buttons,
        width=meta.width,
        height=meta.height,
        rows_per_s=meta.rate_hz / options.stride,
        stack=options.stack,
        stride=options.stride,
        labels=labels.keys,
        sessions=tuple(session.meta for session in sessions),
        regions=meta.regions if made.reads_memory else (),
        splits=options.splits.names,
        options=options.settings,
    )


def _described(options: Options) -> dict[str, Any]:
    described = dataclasses.asdict(options)
    if options.game_toml:
        described["game_toml"] = hashlib.sha256(options.game_toml.read_bytes()).hexdigest()
    return described


def _within(holes: Sequence[Hole], first: int, last: int) -> list[Hole]:
    """Return the holes cut to the frames that were asked for; actions are read a little beyond."""
    return [
        Hole(hole.kind, max(hole.first_frame, first), min(hole.last_frame, last), hole.reason)
        for hole in holes
        if hole.last_frame >= first and hole.first_frame <= last
    ]
