"""Every format: the same rows give the same bytes, and a build that was killed continues where it was."""

from pathlib import Path
from typing import Any

import pytest

from runtime.errors import UsageError
from streams.datasets.format import load_format
from streams.datasets.rows import Row
from streams.datasets.shards import Shards
from tests.format_rows import contents, episode, spec, write

SPLITS = ("train", "validation", "test")

#: Small files, so that there are several; and all that a format can do.
CASES: list[tuple[str, dict[str, Any]]] = [
    ("lerobot", {"options": {"file_rows": "6"}}),
    ("lerobot", {"options": {"file_rows": "6", "video": "lossless"}}),
    ("lerobot", {"options": {"file_rows": "6", "video": "h264", "crf": "30"}}),
    ("minari", {"options": {"file_rows": "6"}}),
    ("minari", {"options": {"file_rows": "6", "observation": "dict", "steps": "3"}, "stack": 2}),
    ("webdataset", {"options": {"samples": "4"}}),
    ("webdataset", {"options": {"samples": "4"}, "stack": 2}),
    ("mp4", {}),
    ("mp4", {"options": {"crf": "30"}}),
]
CASE_NAMES = [f"{name}-{'-'.join(of.get('options', {}))}-{of.get('stack', 1)}" for name, of in CASES]


def rows(stack: int) -> list[Row]:
    """Return episodes whose splits take turns: the second split's rows come before the first's are known."""
    lengths = (("validation", 3), ("train", 7), ("test", 4), ("train", 2), ("validation", 6), ("train", 5))
    made: list[Row] = []
    for i, (split, length) in enumerate(lengths):
        made += episode("s", i, length, first=len(made), split=split, stack=stack, labels={"scene": f"scene {i // 2}"})
    return made


@pytest.fixture(params=CASES, ids=CASE_NAMES)
def case(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], list[Row]]:
    name, of = request.param
    return name, {"splits": SPLITS, "labels": ("scene",), **of}, rows(of.get("stack", 1))


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, case: tuple[str, dict[str, Any], list[Row]]) -> None:
    name, of, made = case
    for folder in ("one", "two"):
        write(tmp_path / folder, name, made, spec(**of))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_killed_build_continues(tmp_path: Path, case: tuple[str, dict[str, Any], list[Row]]) -> None:
    name, of, made = case
    write(tmp_path / "whole", name, made, spec(**of))
    whole = contents(tmp_path / "whole")
    for killed_after in (1, 11, 19, len(made)):
        folder = tmp_path / str(killed_after)
        shards = write(folder, name, made, spec(**of), stop_after=killed_after)
        before = {file.path: (folder / file.path).stat().st_mtime_ns for file in shards.files()}
        assert set(contents(folder)) == set(before), "what is not whole was left behind"
        write(folder, name, made, spec(**of))
        assert contents(folder) == whole
        assert all((folder / path).stat().st_mtime_ns == written for path, written in before.items())


def test_whole_files_are_there_before_the_end(tmp_path: Path, case: tuple[str, dict[str, Any], list[Row]]) -> None:
    name, of, made = case
    assert write(tmp_path, name, made, spec(**of), stop_after=len(made)).files()


def test_a_built_dataset_is_in_order(tmp_path: Path, case: tuple[str, dict[str, Any], list[Row]]) -> None:
    name, of, made = case
    write(tmp_path, name, made, spec(**of))
    check: Any = load_format(name)
    assert check.check(tmp_path) == []


@pytest.mark.parametrize("name", ["lerobot", "minari", "webdataset", "mp4"])
def test_damage_is_found(tmp_path: Path, name: str) -> None:
    """Cut the largest file in half: whatever it is, the format notices."""
    made = rows(1)
    write(tmp_path, name, made, spec(splits=SPLITS, labels=("scene",)))
    largest = max((tmp_path / path for path in contents(tmp_path)), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[: largest.stat().st_size // 2])
    check: Any = load_format(name)
    assert check.check(tmp_path) != []


@pytest.mark.parametrize("name", ["lerobot", "minari", "webdataset", "mp4"])
def test_an_empty_folder_is_no_dataset(tmp_path: Path, name: str) -> None:
    check: Any = load_format(name)
    assert check.check(tmp_path) != []


@pytest.mark.parametrize(
    ("name", "of", "says"),
    [
        ("lerobot", {"stack": 4}, "delta_timestamps"),
        ("mp4", {"stack": 4}, "single frames"),
        ("lerobot", {"options": {"vido": "h264"}}, "no option 'vido'"),
        ("lerobot", {"options": {"video": "av1"}}, "allowed are none, lossless, h264"),
        ("lerobot", {"options": {"crf": "20"}}, "belongs to video=h264"),
        ("lerobot", {"options": {"video": "h264", "crf": "60"}}, "from 0 to 51"),
        ("lerobot", {"options": {"video": "h264"}, "width": 47}, "even width"),
        ("mp4", {"options": {"crf": "-1"}}, "from 0 to 51"),
        ("mp4", {"options": {"crf": "20"}, "height": 31}, "even width and height"),
        ("minari", {"options": {"id": "play"}}, "NAME-vN"),
        ("minari", {"options": {"observation": "dict"}, "columns": ()}, "no watches"),
        ("webdataset", {"options": {"samples": "0"}}, "from 1 to"),
    ],
)
def test_what_a_format_cannot_do_is_said_at_once(tmp_path: Path, name: str, of: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        load_format(name)(Shards(tmp_path), spec(**of))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["lerobot", "minari"])
def test_a_button_of_another_console(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="button 'A' is none of B, SELECT"):
        write(tmp_path, name, rows(1), spec(splits=SPLITS, buttons=("B", "SELECT")))


@pytest.mark.parametrize("name", ["lerobot", "minari"])
def test_single_frames_are_no_steps(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no "):
        write(tmp_path, name, episode("s", 0, 1), spec())
