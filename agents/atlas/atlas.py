"""The learnt map in memory: a fold of facts, the same in everybody who reads the same messages."""

from collections.abc import Callable, Iterable, Mapping

from agents.atlas.cells import OPPOSITE, place_of
from agents.atlas.known import AreaMap, Door, Kind, Npc, Tile
from runtime.wire import Fact, Learnt, Scalar

#: The actor whose facts are of sessions before this one.
LIBRARIAN = "librarian"

#: What is only true within a session: a game that begins anew has its people and things back.
OF_THIS_SESSION = frozenset({"tried", "talked", "taken", "stopped_frame", "stopped_at", "gone"})


class Atlas:
    """Areas, looks, people and ways, as far as eyes and feet have found them.

    Attributes:
        areas: By the value of the watch `area`.
        kinds: What was learnt of each look, by its name.
        npcs: By their key.
        items: Whether each was taken in this session, by its key.
        progress: Counts what changed in the game (stages, things owned); what was refused may be granted after.
    """

    def __init__(self) -> None:
        self.areas: dict[int, AreaMap] = {}
        self.kinds: dict[str, Kind] = {}
        self.npcs: dict[str, Npc] = {}
        self.items: dict[str, bool] = {}
        self.progress = 0
        self._where: dict[str, dict[int, None]] = {}  # by look: the areas that have cells of it
        self._readers: Mapping[str, Callable[[Fact, Mapping[str, Scalar]], None]] = {
            "Area": self._area,
            "Tile": self._tile,
            "TileKind": self._kind,
            "NPC": self._npc,
            "Item": self._item,
            "LEADS_TO": self._door,
            "Player": self._player,
        }

    def area(self, number: int) -> AreaMap:
        """Return the map of an area, made when there is none."""
        there = self.areas.get(number)
        if there is None:
            there = self.areas[number] = AreaMap(number)
        return there

    def kind(self, look: str) -> Kind:
        """Return what is known of cells of this look."""
        return self.kinds.get(look, _NOTHING_KNOWN)

    def kind_of(self, tile: Tile) -> Kind:
        """Return what is known of cells that look like this one."""
        return self.kind(tile.look)

    def begin_again(self) -> None:
        """Forget what was only true of a game that is over; places, looks and ways stay."""
        self.progress = 0
        self.items.clear()
        for npc in self.npcs.values():
            npc.talked, npc.gone = -1, False
        for area in self.areas.values():
            area.version += 1
            for tile in area.tiles.values():
                tile.tried = tile.stopped_frame = tile.stopped_at = -1

    def fold(self, learnt: Iterable[Learnt], but: str = "") -> None:
        """Take in messages; those of the actor `but` are passed over: what it learnt itself it has folded before."""
        for message in learnt:
            if message.actor != but:
                self.add(message.facts, of_before=message.actor == LIBRARIAN)

    def add(self, facts: Iterable[Fact], *, of_before: bool = False) -> None:
        """Take in facts; of sessions before, only what outlasts a session."""
        for fact in facts:
            reader = self._readers.get(fact.kind)
            if reader is None:
                continue
            props = fact.props
            if of_before:
                props = {name: value for name, value in props.items() if name not in OF_THIS_SESSION}
            reader(fact, props)

    def _area(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        number = fact.key.partition(":")[2]
        if number.isdigit():
            _set(self.area(int(number)), props)

    def _tile(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        place = place_of(fact.key)
        if place is None:
            return
        area = self.area(place[0])
        tile = area.tile(place[1])
        _set(tile, props)
        area.version += 1
        self._where.setdefault(tile.look, {})[area.id] = None

    def _kind(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        look = fact.key.partition(":")[2]
        kind = self.kinds.setdefault(look, Kind())
        before = kind.meaning
        _set(kind, props)
        if kind.meaning != before:
            for number in self._where.get(look, ()):
                self.areas[number].version += 1

    def _npc(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        place = place_of(fact.key)
        if place is None:
            return
        npc = self.npcs.get(fact.key)
        if npc is None:
            npc = self.npcs[fact.key] = Npc(fact.key, *place)
        _set(npc, props)
        if "at_x" in props and "at_y" in props:
            npc.cell = (int(props["at_x"]), int(props["at_y"]))

    def _item(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        if place_of(fact.key):
            self.items[fact.key] = bool(props.get("taken", False))

    def _door(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        start, to = place_of(fact.key), place_of(fact.to)
        if start is None or to is None:
            return
        area = self.area(start[0])
        area.doors[start[1]] = Door(*start, str(props.get("press", "")), to)
        area.version += 1
        heading = str(props.get("kind", ""))
        if heading in OPPOSITE:
            beyond = self.area(to[0])
            beyond.back[to[1]] = Door(*to, OPPOSITE[heading], start)
            beyond.version += 1

    def _player(self, fact: Fact, props: Mapping[str, Scalar]) -> None:
        del fact
        self.progress = int(props.get("progress", self.progress))


def _set(record: object, props: Mapping[str, Scalar]) -> None:
    """Write those props that the record has a field for; their types are those of its own facts."""
    for name, value in props.items():
        if name in _FIELDS[type(record)]:
            setattr(record, name, value)


_FIELDS: Mapping[type, frozenset[str]] = {
    AreaMap: frozenset({"width", "height"}),
    Tile: frozenset(Tile.__slots__),
    Kind: frozenset(Kind.__slots__),
    Npc: frozenset(Npc.__slots__) - {"key", "area", "cell"},
}

_NOTHING_KNOWN = Kind()


def coverage(atlas: Atlas) -> Mapping[str, int]:
    """Return how much is known, by what: areas of which cells were seen, cells, doors, people, items."""
    seen = [area for area in atlas.areas.values() if area.tiles]
    return {
        "areas.seen": len(seen),
        "cells.seen": sum(len(area.tiles) for area in seen),
        "doors.known": sum(len(area.doors) for area in seen),
        "people.known": len(atlas.npcs),
        "items.known": len(atlas.items),
        "items.taken": sum(atlas.items.values()),
    }
