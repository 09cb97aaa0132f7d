"""What is learnt from what happened: happenings and sights → facts."""

from collections.abc import Iterable, Iterator

from agents.atlas.atlas import Atlas
from agents.atlas.cells import BITS, Cell, beside, cell_key, distance
from agents.atlas.known import Kind, Npc, Tile
from agents.perception import Outcome
from agents.tactics.happenings import Happening
from agents.tactics.moment import Moment
from runtime.wire import Fact, Scalar

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def facts_of(atlas: Atlas, happenings: Iterable[Happening], frame: int, sprites: frozenset[Cell]) -> list[Fact]:
    """Return the facts of what happened, and take each into the atlas before the next.

    Args:
        atlas: What is known; it grows.
        happenings: In their order.
        frame: The frame.
        sprites: Cells of the present area in which somebody stands.
    """
    learnt: list[Fact] = []
    for happening in happenings:
        facts = list(_facts(atlas, happening, frame, sprites))
        atlas.add(facts)
        learnt += facts
    return learnt


def outcome_of(atlas: Atlas, happening: Happening) -> Outcome | None:
    """Return what the eyes may learn of the cell's look; None when it says nothing about it."""
    if happening.what == "door" and not _seen_beyond(atlas, happening):
        return Outcome.WALKED
    if happening.what in {"spoke", "silent"} and happening.name:
        return None
    return _OUTCOMES.get(happening.what)


def stood_on(atlas: Atlas, now: Moment) -> list[Fact]:
    """Return that the player stands on a cell, where nobody saw it being entered: a game or an area begins there."""
    tile = atlas.area(now.area).tiles.get(now.cell)
    if now.moving or (tile and tile.ways):
        return []
    facts = [Fact("Tile", cell_key("tile", now.area, now.cell), {"ways": BITS[now.facing]})]
    atlas.add(facts)
    return facts


def _facts(atlas: Atlas, happening: Happening, frame: int, sprites: frozenset[Cell]) -> Iterator[Fact]:
    tile = atlas.area(happening.area).tiles.get(happening.cell, Tile())
    kind = atlas.kind_of(tile)
    bit = BITS.get(happening.direction, 0)
    if happening.what in {"walked", "ledge"} and not tile.ways & bit:
        yield _tile(happening, ways=tile.ways | bit, stops=tile.stops & ~bit)
        yield from _kind(tile, walked=kind.walked + (not tile.ways), ways=kind.ways | bit)
    elif happening.what == "blocked" and happening.cell not in sprites:
        asked: dict[str, Scalar] = {"tried": atlas.progress} if tile.spoke else {}  # it has answered, and is still shut
        yield _tile(happening, stops=tile.stops | bit, stopped_frame=frame, stopped_at=atlas.progress, **asked)
        if not tile.ways and not tile.stops:
            yield from _kind(tile, blocked=kind.blocked + 1, stops=kind.stops | bit)
    elif happening.what in {"hurt", "fought"}:
        yield from _attacked(atlas, happening, tile, kind)
    elif happening.what == "fled":  # to be met again
        who = happening.name or cell_key("npc", happening.area, happening.cell)
        if who in atlas.npcs:
            yield Fact("NPC", who, {"talked": -1})
    elif happening.what in {"spoke", "silent", "healed"}:
        yield from _answered(atlas, happening, tile, kind)
    elif happening.what == "door":
        yield from _door(atlas, happening, tile, kind)
    elif happening.what == "item":
        key = cell_key("item", happening.area, happening.cell)
        yield Fact("Item", key, {"taken": True, "name": happening.name.partition(".")[2]})
        yield from _kind(tile, taken=kind.taken + 1)


def _attacked(atlas: Atlas, happening: Happening, tile: Tile, kind: Kind) -> Iterator[Fact]:
    attacker = _attacker(atlas, happening)
    if attacker:
        yield Fact("NPC", attacker.key, {"hostile": True})
    elif happening.what == "hurt":
        yield _tile(happening, hurt=tile.hurt + 1)
        yield from _kind(tile, hurt=kind.hurt + 1)
    else:
        yield from _kind(tile, fought=kind.fought + 1)


def _answered(atlas: Atlas, happening: Happening, tile: Tile, kind: Kind) -> Iterator[Fact]:
    """What came of pressing A: at somebody (`name` is their key), or at a thing."""
    if happening.what == "healed":
        yield Fact("NPC", happening.name, {"heals": True}) if happening.name else _tile(happening, heals=True)
    elif happening.name:
        yield Fact("NPC", happening.name, {"talked": atlas.progress})
    else:
        spoke = happening.what == "spoke"
        yield _tile(happening, tried=atlas.progress, spoke=tile.spoke or spoke)
        yield from _kind(tile, **({"talked": kind.talked + 1} if spoke else {"silent": kind.silent + 1}))


def _attacker(atlas: Atlas, happening: Happening) -> Npc | None:
    """Return who stood beside the player when health was lost or a fight began, and never said a word."""
    beside_player = (
        npc
        for npc in atlas.npcs.values()
        if npc.area == happening.area and not npc.gone and distance(npc.cell, happening.cell) <= 1
    )
    return next((npc for npc in beside_player if not npc.name and not npc.text), None)


def _door(atlas: Atlas, happening: Happening, tile: Tile, kind: Kind) -> Iterator[Fact]:
    """A door is left by a push where nothing is known beyond it; else it was enough to step on it."""
    assert happening.to is not None
    seen_beyond = _seen_beyond(atlas, happening)
    start, end = cell_key("tile", happening.area, happening.cell), cell_key("tile", *happening.to)
    yield Fact("LEADS_TO", start, {"press": "" if seen_beyond else happening.direction, "kind": happening.name}, to=end)
    yield Fact("LEADS_TO", f"area:{happening.area}", {}, to=f"area:{happening.to[0]}")
    yield _tile(happening, ways=tile.ways | BITS[happening.direction])
    if seen_beyond:
        yield from _kind(tile, led=kind.led + 1)


def _seen_beyond(atlas: Atlas, happening: Happening) -> bool:
    """Return whether the cell behind a door is one of the area's own: an area's edge looks like any other ground."""
    beyond = beside(happening.cell, happening.direction)
    return bool(atlas.area(happening.area).tiles.get(beyond, Tile()).look)


def _tile(happening: Happening, **props: Scalar) -> Fact:
    return Fact("Tile", cell_key("tile", happening.area, happening.cell), props)


def _kind(tile: Tile, **props: int) -> Iterator[Fact]:
    """A fact of the cell's look; none of a cell that was never seen."""
    if tile.look:
        yield Fact("TileKind", f"kind:{tile.look}", {**props})
