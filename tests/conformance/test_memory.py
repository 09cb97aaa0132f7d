"""Memory: what is published, and that pad's block is in it."""

from itertools import pairwise
from typing import Any

from runtime.console import CONSOLES
from runtime.game import Game, GameTable, check_regions
from tests.conformance.conftest import Ask
from tests.conformance.playing import playing, those
from tests.conformance.subject import Subject
from tests.roms.pad import PADS


def published(subject: Subject) -> dict[str, Any]:
    with playing(subject) as player:
        memory = player.backend.memory()
        return {
            "regions": player.backend.regions,
            "shapes": {name: (part.shape, part.dtype.name) for name, part in memory.items()},
            "block": player.block,
        }


@those()
def test_memory_is_published_by_region(ask: Ask, subject: Subject) -> None:
    told = ask(published, subject)
    regions = told["regions"]
    assert told["shapes"] == {region.name: ((region.size,), "uint8") for region in regions}
    assert len(told["shapes"]) == len(regions), "each has a name of its own"
    for region, after in pairwise(sorted(regions, key=lambda region: region.address)):
        assert region.address + region.size <= after.address, f"{region} and {after} overlap"
    named = {area.name: (area.address, area.size) for area in CONSOLES[subject.console].memory}
    for region in regions:
        assert named.get(region.name, (region.address, region.size)) == (region.address, region.size)


@those()
def test_the_games_block_is_where_the_console_has_it(ask: Ask, subject: Subject) -> None:
    told = ask(published, subject)
    pad, block = PADS[subject.console], told["block"]
    check_regions(
        Game(game=GameTable(name="pad", console=subject.console), watch=subject.watches), told["regions"], "pad"
    )
    assert block.frame >= 1
    assert block.held == frozenset()
    assert set(block.counts.values()) == {0}
    assert (block.x, block.y) == ((pad.width - 8) // 2, (pad.height - 8) // 2)
