"""`python -m tests.chaos`: many kills, seeded."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from runtime import logs
from tests.chaos.kills import run


def main() -> int:
    """Run and report; 0 when nothing was lost without a word and nothing is wrong."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rom", default="scripted")
    arguments.add_argument("--disk", type=Path, help="a small disk that may be filled, for the recording")
    given = arguments.parse_args()
    logs.set_up(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="framewire-chaos-") as folder:
        damage = asyncio.run(run(Path(folder), given.kills, given.seed, given.rom, given.disk))
    print(f"kills      {sum(damage.kills.values())}: {', '.join(f'{n} {what}' for what, n in damage.kills.items())}")
    print(f"resumed    {damage.resumed} times")
    print(f"frames     {damage.seen} seen live, {damage.recorded} recorded, {damage.missing} missing with a gap record")
    print(f"wrong      {len(damage.wrong)}")
    for sentence in damage.wrong[:20]:
        print(f"           {sentence}")
    return 1 if damage.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
