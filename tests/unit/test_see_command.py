"""What `runtime see` refuses before it looks anywhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.commands.see import see


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("walk", "-o", "a.jpg"), "allowed are .png"),
        (("walk", "--video", "a.avi"), "allowed are .mp4, .gif"),
        (("walk", "-o", "no/such/a.png"), "does not exist"),
        (("walk", "-o", "there.png"), "exists; name another file or add --overwrite"),
        (("walk", "--follow"), "for a live session"),
        (("--frame", "3"), "name its SESSION"),
        (("--video", "a.gif"), "name its SESSION"),
        (("walk", "--scale", "9"), "1<=x<=8"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.png").touch()
    done = CliRunner().invoke(see, words)
    assert done.exit_code == 2
    assert expected in done.output
