"""Labels of recordings and files become columns; the later one holds."""

import asyncio
from pathlib import Path

import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import UsageError
from streams.datasets.labels import Label, Labels, Track, read_file, read_labels
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import play, record


def test_the_later_label_holds_and_null_takes_a_key_away() -> None:
    track = Track(
        [
            Label("s", 10, 29, {"scene": "title", "mood": "calm"}),
            Label("s", 0, 100, {"scene": "all"}),
            Label("s", 20, 24, {"scene": "menu"}),
            Label("s", 22, 22, {"mood": None, "scene": None}),
        ]
    )
    said = {frame: dict(track.at(frame)) for frame in range(102)}
    assert said[9] == said[30] == said[100] == {"scene": "all"}
    assert said[10] == said[19] == said[25] == said[29] == {"scene": "all", "mood": "calm"}
    assert said[20] == said[21] == said[23] == said[24] == {"scene": "menu", "mood": "calm"}
    assert said[22] == said[101] == {}


def test_a_session_has_a_label_only_where_nothing_later_covers_it() -> None:
    labels = Labels([Label("s", 0, 9, {"a": "x"}), Label("s", 0, 4, {"a": "y"}), Label("s", 5, 9, {"a": "z"})])
    assert not labels.has("s", "a", "x")
    assert labels.has("s", "a", "y")
    assert labels.has("s", "a", "z")
    assert not labels.has("other", "a", "y")
    assert labels.keys == ("a",)


def test_events_and_files_are_read_in_this_order(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(
        '{"session": "s", "first_frame": 5, "last_frame": 6, "scene": "corrected", "tags": ["a", "b"], "sure": 0.5}\n'
        "\n"
        '{"session": "other", "first_frame": 0, "last_frame": 0, "scene": "elsewhere", "extra": true}\n'
    )

    async def main() -> None:
        frames = list(play(ScriptedBackend(), 20))
        said: dict[int, dict[str, wire.Scalar]] = {
            12: {"first_frame": 2, "last_frame": 8, "scene": "cave", "depth": 3},
            15: {"scene": "end"},
        }
        for at, facts in said.items():
            event = wire.Event(source="a", frame_index=at, sent_ns=0, name="label", facts=facts)
            frames[at][1].append(("event", wire.encode(event)))
        store = MemoryStore()
        await record(store, "s", frames)
        labels = await read_labels([await open_session(store, "s")], [file], ("s", "other"))
        assert labels.keys == ("depth", "scene", "sure", "tags")
        track = Track(labels.of("s"))
        assert [track.at(i).get("scene") for i in (1, 2, 5, 7, 9, 15, 16)] == [
            *(None, "cave", "corrected", "cave", None, "end", None)
        ]
        track = Track(labels.of("s"))
        assert track.at(6) == {"scene": "corrected", "depth": "3", "tags": "a,b", "sure": "0.5"}

    asyncio.run(main())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", r"labels\.jsonl:2: no JSON"),
        ("[]", r"labels\.jsonl:2: wanted an object"),
        ('{"session": "x", "first_frame": 0, "last_frame": 1, "a": "b"}', ":2: no recorded session 'x'; there are s"),
        ('{"first_frame": 0, "last_frame": 1, "a": "b"}', ":2: no recorded session None"),
        ('{"session": ["s"], "first_frame": 0, "last_frame": 1, "a": "b"}', r":2: no recorded session \['s'\]"),
        ('{"session": "s", "first_frame": 3, "last_frame": 1, "a": "b"}', ":2: first_frame 3, last_frame 1: wanted"),
        ('{"session": "s", "first_frame": "0", "last_frame": 1, "a": "b"}', ":2: first_frame '0'"),
        ('{"session": "s", "first_frame": true, "last_frame": 1, "a": "b"}', ":2: first_frame True"),
        ('{"session": "s", "first_frame": 0, "last_frame": 1}', ":2: it labels nothing"),
        ('{"session": "s", "first_frame": 0, "last_frame": 1, "a": {}}', ":2: label 'a' is {}; allowed are text"),
    ],
)
def test_a_wrong_line_is_an_error_that_names_it(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"session": "s", "first_frame": 0, "last_frame": 1, "a": "b"}\n' + line)
    with pytest.raises(UsageError, match=said):
        read_file(file, ("s",))


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nope\.jsonl: cannot be read"):
        read_file(tmp_path / "nope.jsonl", ("s",))
