"""Cores are found in the user's folders first."""

import sys
from pathlib import Path

import pytest

from runtime.bridges.core_search import find_core, search_folders
from runtime.console import CONSOLES
from runtime.errors import CoreError

SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
GBA = CONSOLES["gba"]


def core(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}_libretro{SUFFIX}"
    path.write_bytes(b"")
    return path


def test_folders_of_the_environment_come_first_and_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    core(first, "mgba")
    core(second, "mgba")
    monkeypatch.setenv("FRAMEWIRE_CORES", f"{first}:{tmp_path / 'missing'}::{second}")
    assert search_folders()[:2] == [first, second]
    assert find_core(GBA) == core(first, "mgba")


def test_the_preferred_core_wins_over_the_preferred_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core(tmp_path / "first", "gpsp")
    best = core(tmp_path / "second", "mgba")
    monkeypatch.setenv("FRAMEWIRE_CORES", f"{tmp_path / 'first'}:{tmp_path / 'second'}")
    assert find_core(GBA) == best


def test_a_named_core_is_found_by_name_or_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core(tmp_path / "cores", "mgba")
    named = core(tmp_path / "cores", "mine")
    elsewhere = tmp_path / "built.so"
    elsewhere.write_bytes(b"")
    monkeypatch.setenv("FRAMEWIRE_CORES", str(tmp_path / "cores"))
    assert find_core(GBA, "mine") == named
    assert find_core(GBA, str(elsewhere)) == elsewhere


def test_a_core_that_is_nowhere_is_named_with_the_folders_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cores").mkdir()
    monkeypatch.setenv("FRAMEWIRE_CORES", str(tmp_path / "cores"))
    with pytest.raises(CoreError, match="no libretro core nonesuch for the console gba") as caught:
        find_core(GBA, "nonesuch")
    for part in (str(tmp_path / "cores"), "stable-retro", "libretro-nonesuch", "FRAMEWIRE_CORES"):
        assert part in str(caught.value)


def test_no_folder_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.bridges.core_search.search_folders", list)
    with pytest.raises(CoreError, match="mgba or vba_next or gpsp for the console gba: looked in no folder"):
        find_core(GBA)
