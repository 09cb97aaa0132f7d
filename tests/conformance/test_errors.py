"""What cannot be run is refused with a clear error, before anything runs."""

from pathlib import Path

import pytest

from runtime.console import CONSOLES
from runtime.errors import FramewireError, RomError
from runtime.families import check_console, family, missing_of, options_of
from tests.conformance.conftest import Ask
from tests.conformance.playing import those
from tests.conformance.subject import Subject
from tests.conformance.subjects import ALL

READS_ROMS = pytest.mark.parametrize("subject", [subject for subject in ALL if subject.checks_roms], ids=str)


def opened(subject: Subject, rom: Path, sha256: str = "") -> str:
    with subject.open(rom, sha256) as backend:
        return backend.core


@READS_ROMS
def test_a_rom_that_is_not_there_is_refused(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(RomError, match=r"missing.*cannot be read: No such file"):
        ask(opened, subject, tmp_path / f"missing{subject.rom.suffix}")


@READS_ROMS
@pytest.mark.parametrize("data", [b"", b"hello", bytes(4096)], ids=["empty", "text", "zeros"])
def test_a_file_that_is_no_rom_is_refused(ask: Ask, subject: Subject, tmp_path: Path, data: bytes) -> None:
    rom = tmp_path / f"bad{subject.rom.suffix}"
    rom.write_bytes(data)
    with pytest.raises(RomError, match=str(rom)):
        ask(opened, subject, rom)


@READS_ROMS
def test_a_rom_of_another_hash_is_refused(ask: Ask, subject: Subject) -> None:
    with pytest.raises(RomError, match="another ROM or version"):
        ask(opened, subject, subject.rom, "0" * 64)


def after_a_failure(subject: Subject, bad: Path) -> list[str]:
    """Open, fail to open, and open again."""
    told = [opened(subject, subject.rom)]
    try:
        opened(subject, bad)
    except FramewireError as error:
        told.append(str(error))
    return [*told, opened(subject, subject.rom)]


@READS_ROMS
def test_after_a_close_or_a_failure_the_next_game_can_be_loaded(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    bad = tmp_path / f"bad{subject.rom.suffix}"
    bad.write_text("bad")
    before, failed, after = ask(after_a_failure, subject, bad)
    assert str(bad) in failed
    assert before == after


def closed_twice(subject: Subject) -> bool:
    with subject.open() as backend:
        backend.step(frozenset())
        backend.close()
        backend.close()
    return True


@those()
def test_closing_twice_does_nothing(ask: Ask, subject: Subject) -> None:
    assert ask(closed_twice, subject)


@those()
def test_the_family_declares_what_its_backends_do(subject: Subject) -> None:
    chosen = family(subject.family)
    assert chosen.capabilities(subject.options) == subject.capabilities
    assert chosen.name == subject.family
    assert chosen.meaning
    assert subject.console in chosen.consoles
    lacking = [field for field in _YES_OR_NO if not getattr(subject.capabilities, field)]
    assert len(missing_of(subject.capabilities)) == len(lacking), "each lack is named"


_YES_OR_NO = ("deterministic", "savestates", "reset", "steps", "exact_input")


@those()
def test_an_option_that_the_family_does_not_have_is_refused(subject: Subject) -> None:
    with pytest.raises(FramewireError, match=f"options of backend {subject.family}: .*tempo.*; allowed are "):
        options_of(family(subject.family), {"tempo": 2})


@those()
def test_a_console_that_the_family_does_not_emulate_is_refused(subject: Subject) -> None:
    chosen = family(subject.family)
    for console in CONSOLES.keys() - set(chosen.consoles):
        with pytest.raises(FramewireError, match=f"backend {subject.family} emulates .*, not {console}"):
            check_console(chosen, CONSOLES[console])
    check_console(chosen, CONSOLES[subject.console])
