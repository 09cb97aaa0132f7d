"""What is known of a cell, of a look, of somebody and of a way to another area: plain records, filled from facts."""

from dataclasses import dataclass, field
from typing import Literal

from agents.atlas.cells import Cell, Place, place_of

#: Whether something can be walked on, as far as is known.
Ground = Literal["open", "shut", "mixed", "unknown"]

#: Somebody unseen may have stood in a cell that stopped us: so many walked ones outweigh it.
FEW = 6


@dataclass(slots=True)
class Tile:
    """One cell of an area.

    Attributes:
        look: The look that it had last, as eyes name it; empty when it was only bumped into unseen.
        type: What eyes take it for (a tile type of agents.perception); empty when they do not know.
        ways: Directions in which it was walked onto, one bit each (BITS).
        stops: Directions in which it could not be walked onto.
        stopped_frame: When it last stopped the player in this session; -1 never.
        stopped_at: The progress (Atlas.progress) at which it did; what is shut may be opened as the game comes on.
        hurt: How often health was lost on it.
        tried: The progress (Atlas.progress) at which A was last pressed at it in this session; -1 never.
        spoke: Whether something was ever said there.
        heals: Whether A there gave health.
    """

    look: str = ""
    type: str = ""
    ways: int = 0
    stops: int = 0
    stopped_frame: int = -1
    stopped_at: int = -1
    hurt: int = 0
    tried: int = -1
    spoke: bool = False
    heals: bool = False


@dataclass(slots=True)
class Kind:
    """What was learnt of all cells that look alike; counts of cells, in this session and those before.

    Attributes:
        walked: Cells walked on.
        blocked: Cells that could not be entered, by nobody's being in them.
        ways: Directions in which one was walked onto (BITS).
        stops: Directions in which one could not be entered.
        talked: Times that something was said when A was pressed at one.
        silent: Times that nothing happened.
        hurt: Times that health was lost on one.
        led: Times that one led to another area.
        taken: Times that one gave something.
        fought: Battles that began on one.
    """

    walked: int = 0
    blocked: int = 0
    ways: int = 0
    stops: int = 0
    talked: int = 0
    silent: int = 0
    hurt: int = 0
    led: int = 0
    taken: int = 0
    fought: int = 0

    @property
    def ground(self) -> Ground:
        """Whether it can be walked on."""
        if self.walked or self.led:
            return "mixed" if self.blocked * FEW > self.walked else "open"
        return "shut" if self.blocked else "unknown"

    @property
    def meaning(self) -> tuple[Ground, int, int, bool, bool, bool, bool]:
        """What changes ways and what is unknown when it changes."""
        return (
            *(self.ground, self.ways, self.stops),
            *(bool(self.talked), bool(self.silent), bool(self.led), bool(self.hurt)),
        )


@dataclass(slots=True)
class Npc:
    """Somebody.

    Attributes:
        key: Where they were first seen: "npc:3:10:6".
        area: Where they are.
        cell: Where they were last seen.
        name: What the dialogue calls them; empty before the first.
        hostile: Whether touching them harms.
        talked: The progress at which they were last spoken to in this session; -1 never.
        text: The last thing they said.
        gone: Whether they were not there any more when the player came by.
        heals: Whether they gave health.
        role: "sign" for a thing, or somebody who never moves.
        talks: Talks had with them.
        sells: Whether they keep a shop: what they sell, in words.
    """

    key: str
    area: int
    cell: Cell
    name: str = ""
    hostile: bool = False
    talked: int = -1
    text: str = ""
    gone: bool = False
    heals: bool = False
    role: str = ""
    talks: int = 0
    sells: str = ""

    @property
    def first_cell(self) -> Cell:
        """Where they were first seen."""
        place = place_of(self.key)
        return place[1] if place else self.cell


@dataclass(slots=True)
class Door:
    """A way to another area: standing on `cell` and pressing `press` (or stepping on it) leads to `to`."""

    area: int
    cell: Cell
    press: str
    to: Place


@dataclass
class AreaMap:
    """One area: a grid that grows with what is seen.

    Attributes:
        id: The value of the watch `area`.
        tiles: What is known, by cell.
        doors: Ways out that were taken, by the cell that they are left from.
        back: Ways out that must be there, since one came in by them, by the cell that one came to.
        looked: Looks that cells had before: somebody who stands there and moves looks otherwise now and then.
        width: Columns; 0 while its right edge was not seen.
        height: Rows; 0 while its lower edge was not seen.
        version: Grows with every change that may change a way.
    """

    id: int
    tiles: dict[Cell, Tile] = field(default_factory=dict)
    doors: dict[Cell, Door] = field(default_factory=dict)
    back: dict[Cell, Door] = field(default_factory=dict)
    looked: dict[Cell, dict[str, None]] = field(default_factory=dict)
    width: int = 0
    height: int = 0
    version: int = 0

    def outside(self, cell: Cell) -> bool:
        """Return whether a cell lies beyond the area's edges, as far as they are known."""
        x, y = cell
        return x < 0 or y < 0 or 0 < self.width <= x or 0 < self.height <= y

    def tile(self, cell: Cell) -> Tile:
        """Return the record of a cell, made when there is none."""
        tile = self.tiles.get(cell)
        if tile is None:
            tile = self.tiles[cell] = Tile()
        return tile
