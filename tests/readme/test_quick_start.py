"""Every shell command of the README's quick start, run as a reader would, on a copy of nothing but this checkout."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(section: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return BLOCK.findall(text.split(f"## {section}\n")[1].split("\n## ")[0])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    if shutil.which("make") is None:
        reason = "make is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    if not (ROOT / ".venv/bin/runtime").exists():
        pytest.skip("no .venv here: `make test` makes it, then this runs")
    return tmp_path


def test_every_command_of_the_quick_start_works(home: Path) -> None:
    up, meanwhile, afterwards = blocks("Quick start")
    # What `make test ARGS=…` was given is not for `make up`.
    given = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKEOVERRIDES", "ARGS")}
    environment = {**given, "FRAMEWIRE_HOME": str(home / "state"), "HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    assert up.strip() == "make up"
    game = subprocess.Popen(
        ["make", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert game.stdout is not None
        while "session.started" not in (line := game.stdout.readline()):
            assert line, "the game did not start"
        assert_runs(meanwhile, home, environment)
    finally:
        os.killpg(game.pid, signal.SIGINT)
        game.communicate(timeout=30)
    with Image.open(home / "now.png") as picture:
        picture.load()
        assert picture.size == (480, 320)
    assert_runs(afterwards, home, environment)
    for section in ("Control", "Games you own", "Studio", "Recordings", "Labels", "Datasets"):
        for block in blocks(section):
            assert_runs(block, home, environment)
    assert_runs_python((ROOT / "README.md").read_text(encoding="utf-8"), home, environment)


def assert_runs(block: str, home: Path, environment: dict[str, str]) -> None:
    script = "set -e\n" + block.replace(". .venv/bin/activate", f". {ROOT}/.venv/bin/activate")
    done = subprocess.run(
        ["bash", "-c", script], cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr


def assert_runs_python(readme: str, home: Path, environment: dict[str, str]) -> None:
    """Run the README's Python, the script that plays with fewer frames."""
    found = re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert len(found) == 5
    for code in (block.replace("> 600", "> 90") for block in found):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
