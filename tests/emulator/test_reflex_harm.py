"""Emberwood: who is left standing in brambles gets out of them, and the game's own numbers say so."""

import numpy as np

from agents.reflex import source_of
from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.game import find_game
from tests.alone import alone, missing
from tests.emulator.cartridge_player import Player, Walker
from tests.reflex_source import Player as Reader
from tests.reflex_source import plan

BRAMBLE = 4

#: Frames left alone: brambles take health on entry and every 30 frames.
FRAMES = 200


def stand_in_brambles() -> tuple[list[str], list[int], bool]:
    """Walk into the forest's brambles by the true map, then let the reflex alone, with a plan to wait.

    Returns:
        The sources of its decisions, health after each, and whether it stands in brambles at the end.
    """
    player = Player(find_core(CONSOLES["gba"]), find_game("emberwood"))
    walker = Walker(player)
    player.hold("", 60)
    player.tap("START")
    walker.go("forest")
    walker.settle()
    tiles = player.tiles()
    brambles = {(int(x), int(y)) for y, x in np.argwhere(tiles == BRAMBLE)}
    while player.cell not in brambles:
        walker.walk_to(brambles)
        walker.settle()
    reader = Reader()
    reader.plan = plan("p", strategy="wait")
    sources, health = [], []
    for _ in range(FRAMES):
        reader.state |= {name: player[name] for name in reader.state}
        press = reader.see()
        player.hold("+".join(press.buttons))
        sources.append(source_of(press.reason))
        health.append(player["player.hp"])
    still_there = player.cell in brambles
    player.backend.close()
    return sources, health, still_there


def test_it_gets_out_of_brambles() -> None:
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        missing(str(error))
    sources, health, still_there = alone(stand_in_brambles)
    assert "emergency" in sources
    assert set(sources) <= {"emergency", "plan"}
    assert not still_there
    out = max(i for i, source in enumerate(sources) if source == "emergency")
    assert out < FRAMES / 2
    assert set(health[out + 9 :]) == {health[-1]}  # none is lost any more, once a step is over
