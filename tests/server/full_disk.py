"""What test_full_disk runs where a small disk of its own is mounted: `python -m tests.server.full_disk FOLDER [kill]`.

Prints JSON: the session's facts, verify's output, and what `runtime up` said.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.chaos.kills import RUNTIME, Victim


def main() -> int:
    """Fill the disk while a game is recorded, make room again, and look at the recording."""
    folder, kills = Path(sys.argv[1]), "kill" in sys.argv[2:]
    # From outside the small disk: a program's output must not be what fills it.
    victim = Victim(folder / "disk")
    victim.output = folder / "output.txt"
    victim.start("up", "--rom", "scripted", "--no-actors", "--session", "s1")
    _wait(lambda: "session.started" in victim.text())
    time.sleep(1.5)
    ballast = folder / "disk" / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 16)):
                pass
        except OSError:
            pass
    time.sleep(4)
    if kills:
        victim.kill("bridge")
        time.sleep(1)
    ballast.unlink()
    _wait(lambda: victim.text().count("session.started") == 1 + kills)
    time.sleep(4)
    status = victim.end()
    env = {**os.environ, "FRAMEWIRE_HOME": str(victim.state)}
    info = subprocess.run(
        [RUNTIME, "sessions", "info", "s1", "--json"], env=env, capture_output=True, text=True, check=False
    )
    verify = subprocess.run([RUNTIME, "verify", "s1"], env=env, cwd=folder, capture_output=True, text=True, check=False)
    facts = json.loads(info.stdout) if info.returncode == 0 else {"error": info.stderr}
    print(
        json.dumps({"status": status, "facts": facts, "verify": verify.stdout + verify.stderr, "said": victim.text()})
    )
    return 0


def _wait(condition: object) -> None:
    assert callable(condition)
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not begin")


if __name__ == "__main__":
    sys.exit(main())
