"""Some random kills with every test run; `make chaos` does two hundred."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.kills import run


@pytest.mark.parametrize("seed", [1, 2])
def test_random_kills_lose_nothing_without_a_word(seed: int, tmp_path: Path) -> None:
    damage = asyncio.run(run(tmp_path, kills=8, seed=seed))
    assert damage.wrong == []
    assert damage.seen > 50
    assert damage.resumed > 0
