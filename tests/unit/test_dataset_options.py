"""Every option of `runtime dataset build` is checked before a server is asked or anything is written."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from runtime.errors import UsageError
from streams.commands.dataset import dataset


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("long", "--label", "scene"), "--label scene: wanted KEY=VALUE"),
        (("long", "--since", "soon"), "'soon': wanted a date or time"),
        (("long", "--frames", "5"), "--frames 5: wanted A:B"),
        (("long", "--frames", "9:9"), "--frames 9:9: there is no frame from 9"),
        (("long", "--fps", "30", "--stride", "2"), "--fps and --stride: give one of them"),
        (("long", "--stride", "0"), "0 is not in the range x>=1"),
        (("long", "--stack", "0"), "0 is not in the range x>=1"),
        (("long", "--where", "hp ("), "condition 'hp (' cannot be read"),
        (("long", "--game-toml", "nope.toml"), "nope.toml: file: cannot be read"),
        (("long", "--split", "train=0.5"), "the shares sum to 0.5; wanted 1"),
        (("long", "--split-by", "frame"), "'frame' is not one of 'session', 'episode'"),
        (("long", "--set", "x"), "--set x: wanted KEY=VALUE"),
        (("long", "--set", "x=1"), "format 'parquet' has no option 'x'; its options: file_rows ("),
        (("long", "--format", "avi"), "no dataset format 'avi'; there are parquet"),
        (("long", "--game-toml", "README.md"), "README.md"),
        (("long", "--format", "parquet", "--set", "a=1", "--set", "a=2"), "--set a is given twice"),
    ],
)
def test_wrong_input_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("# no TOML")
    ran = CliRunner().invoke(dataset, ["build", *words, "--out", "x"])
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("name", ["info", "verify"])
def test_a_folder_without_a_dataset_is_an_error(tmp_path: Path, name: str) -> None:
    ran = CliRunner().invoke(dataset, [name, str(tmp_path / "x")])
    assert ran.exit_code == UsageError.exit_status
    assert "no dataset: it has no manifest.json" in ran.stderr
