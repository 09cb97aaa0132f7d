"""The journal holds what a killed recorder had not stored, whatever the kill left of its last file."""

import random
from pathlib import Path

import pytest

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from streams.chunks import Group
from streams.grouping import Cuts, Grouper
from streams.journal import Journal, Journaled, is_free
from tests.streams_source import Frame, play

FRAMES = list(play(ScriptedBackend(), 150))


def written(folder: Path, frames: list[Frame]) -> list[Group]:
    """Journal frames as a recorder does; return the groups. The journal's process seems to have died."""
    journal, grouper, groups = Journal(folder), Grouper(Cuts()), []
    for frame_index, payloads, key in frames:
        if grouper.ends_before(frame_index, key=key):
            journal.end()
            groups.append(grouper.take())
        if grouper.add(frame_index, payloads, key=key):
            assert grouper.open
            journal.begin("s", grouper.open)
        journal.append(frame_index, payloads)
    groups.append(grouper.take())
    journal.close(remove=False)
    return [group for group in groups if group]


def test_groups_come_back_as_they_were(tmp_path: Path) -> None:
    groups = written(tmp_path / "s", FRAMES)
    journal = Journal(tmp_path / "s")
    assert len(groups) == 3
    assert [(left.session, left.group) for left in journal.left()] == [("s", group) for group in groups]
    assert journal.last_frame == 149
    journal.forget()
    assert journal.left() == []
    journal.close(remove=True)
    assert not (tmp_path / "s").exists()


def test_a_slot_is_used_again_and_shows_nothing_of_before(tmp_path: Path) -> None:
    (long,) = written(tmp_path / "elsewhere", FRAMES[:50])
    (short,) = written(tmp_path / "elsewhere2", FRAMES[:5])
    journal = Journal(tmp_path / "s")
    for number, group in enumerate((long, short, long, short)):
        group.number = number
        assert journal.save("s", group)
        assert journal.read(number) == group
        assert [left.group for left in journal.left()] == [group]
        journal.done(number)
        assert journal.left() == []
        assert journal.read(number) is None
    assert len(list((tmp_path / "s").glob("*.slot"))) == 1
    journal.close(remove=True)


def left_in(folder: Path) -> list[Journaled]:
    journal = Journal(folder)
    left = journal.left()
    journal.close(remove=False)
    return left


@pytest.mark.parametrize("seed", range(20))
def test_a_file_cut_off_anywhere_gives_the_frames_before_the_cut(seed: int, tmp_path: Path) -> None:
    (whole,) = written(tmp_path / "s", FRAMES[:50])
    path = next((tmp_path / "s").glob("*.slot"))
    data = path.read_bytes()
    path.write_bytes(data[: random.Random(seed).randrange(len(data))])
    for left in left_in(tmp_path / "s"):
        frames = left.group.last_frame + 1
        assert frames < 50
        expected = {
            kind: kept
            for kind, records in whole.records.items()
            if (kept := [record for record in records if record.frame_index < frames])
        }
        assert left.group.records == expected


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_ends_the_group_before_it(seed: int, tmp_path: Path) -> None:
    (whole,) = written(tmp_path / "s", FRAMES[:50])
    path = next((tmp_path / "s").glob("*.slot"))
    data = bytearray(path.read_bytes())
    data[random.Random(seed).randrange(len(data))] ^= 1 << seed % 8
    path.write_bytes(data)
    for left in left_in(tmp_path / "s"):
        assert left.group.last_frame < 49
        for kind, records in left.group.records.items():
            assert records == whole.records[kind][: len(records)]


def test_one_process_writes_a_journal_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s")
    assert not is_free(tmp_path / "s")
    with pytest.raises(SessionError, match="is being recorded by another process"):
        Journal(tmp_path / "s")
    journal.close(remove=False)
    assert is_free(tmp_path / "s")


def test_a_disk_that_takes_nothing_costs_only_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s")
    (tmp_path / "s" / "0.slot").mkdir()  # where the group's file should be
    group = Group(0, 0, 0, True, {})
    journal.begin("s", group)
    journal.append(*FRAMES[0][:2])
    assert not journal.end()
    assert journal.read(0) is None
    (tmp_path / "s" / "0.slot").rmdir()
    journal.begin("s", Group(1, 1, 1, True, {}))
    journal.append(*FRAMES[1][:2])
    assert journal.end()
    assert journal.last_frame == 1
    journal.close(remove=True)
