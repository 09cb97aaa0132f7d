"""Child processes: what they print, how they end, and that they do not give way with their parent."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.spawning import NICENESS, Spawned, spawn


async def python(code: str, given: bytes = b"") -> Spawned:
    return await spawn(sys.executable, "-c", code, given=given)


def test_what_a_child_is_given_and_prints() -> None:
    async def main() -> None:
        child = await python("import sys; print(sys.stdin.read() + ' heard'); sys.exit(3)", b"words")
        assert child.stdout is not None
        assert await child.stdout.read() == b"words heard\n"
        assert await child.wait() == 3
        assert await child.wait() == 3
        assert child.returncode == 3

    asyncio.run(main())


def test_a_child_that_is_told_to_end() -> None:
    async def main() -> None:
        child = await python("import time; print('up', flush=True); time.sleep(60)")
        assert child.stdout is not None
        await child.stdout.readline()
        assert child.returncode is None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(child.wait(), 0.05)
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == -signal.SIGTERM
        child.kill()  # nothing is left to end

    asyncio.run(main())


def test_output_into_a_file_folder_and_environment(tmp_path: Path) -> None:
    async def main() -> None:
        with (tmp_path / "log").open("wb") as log:
            words = (sys.executable, "-c", "import os; print(os.getcwd(), os.environ['WHO'])")
            child = await spawn(*words, output=log, folder=tmp_path, environment={"WHO": "me"})
            assert child.stdout is None
            assert await child.wait() == 0
        assert (tmp_path / "log").read_text() == f"{tmp_path} me\n"

    asyncio.run(main())


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(FileNotFoundError):
            await spawn(str(tmp_path / "nothing"))

    asyncio.run(main())


GIVING_WAY = """
import asyncio, os, sys, threading
from runtime.spawning import give_way, spawn

async def main():
    give_way()
    give_way()  # once is enough
    child = await spawn(sys.executable, "-c", "import os; print(os.nice(0))")
    later = []
    thread = threading.Thread(target=lambda: later.append(os.nice(0)))
    thread.start()
    thread.join()
    print(os.nice(0), later[0], (await child.stdout.read()).decode())

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="niceness is each thread's own on Linux alone")
def test_who_gives_way_does_so_alone() -> None:
    done = subprocess.run([sys.executable, "-c", GIVING_WAY], capture_output=True, text=True, check=True, timeout=30)
    before = os.nice(0)
    assert done.stdout.split() == [str(before + NICENESS), str(before + NICENESS), str(before)]


def test_a_child_is_out_of_the_terminals_reach_in_our_session() -> None:
    async def main() -> list[str]:
        child = await python("import os; print(os.getpgid(0) == os.getpid(), os.getsid(0))")
        assert child.stdout is not None
        return (await child.stdout.read()).decode().split()

    assert asyncio.run(main()) == ["True", str(os.getsid(0))]
