"""A picture of the map that is known: areas by their doors, cells by type, people, things, ways, quests."""

from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from agents.knowledge.facts import Facts, Node
from agents.knowledge.map_layout import STEPS, Plan, doors_of, plan_of

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = tuple[int, int, int]

#: Pixels a cell.
_CELL = 12

#: Pixels of the legend's lines.
_LINE = 16

_BACKGROUND, _INK, _DIM = (18, 20, 28), (235, 235, 225), (140, 145, 160)

#: By the beginning of a cell's type, or by what walking taught where eyes have no type.
_TYPES: Mapping[str, tuple[str, Colour]] = {
    "walkable_grass": ("grass", (86, 140, 74)),
    "walkable": ("path", (178, 158, 112)),
    "obstacle_water": ("water", (52, 96, 168)),
    "obstacle": ("wall", (84, 76, 84)),
    "interactive_npc": ("somebody", (206, 170, 60)),
    "interactive_door": ("door", (150, 90, 50)),
    "interactive": ("thing", (190, 120, 190)),
    "hazard": ("hazard", (168, 60, 60)),
    "walked": ("walked, type unknown", (120, 150, 110)),
    "blocked": ("blocked, type unknown", (66, 62, 72)),
    "": ("seen, nothing known", (44, 48, 60)),
}

_NPC, _ITEM, _DOOR, _QUEST = (255, 226, 80), (90, 230, 240), (255, 110, 200), (255, 70, 60)


def map_picture(facts: Facts) -> Image.Image:
    """Draw everything that is known of places."""
    plan = plan_of(facts)
    width = max(plan.width * _CELL, 480)
    top = plan.height * _CELL
    picture = Image.new("RGB", (width, top + _LINE * ((len(_TYPES) + 2) // 3 + 2) + 8), _BACKGROUND)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=11)
    _draw_cells(pen, facts, plan)
    _draw_doors(pen, facts, plan)
    _draw_marks(pen, facts, plan)
    _draw_names(pen, facts, plan, font)
    _draw_legend(pen, facts, top, width, font)
    return picture


def _draw_cells(pen: ImageDraw.ImageDraw, facts: Facts, plan: Plan) -> None:
    for node in facts.label("Tile"):
        if node.place.area in plan.origins and min(node.place.x, node.place.y) >= 0:
            left, top = _corner(node, plan)
            pen.rectangle((left, top, left + _CELL - 2, top + _CELL - 2), fill=_TYPES[_type_of(node)][1])


def _draw_doors(pen: ImageDraw.ImageDraw, facts: Facts, plan: Plan) -> None:
    """Frame the cells of doors; join those that do not lie side by side with a line."""
    for door in doors_of(facts):
        if door.start.area not in plan.origins or door.end.area not in plan.origins:
            continue
        ends = [_middle(*plan.origins[place.area], place.x, place.y) for place in (door.start, door.end)]
        dx, dy = STEPS.get(door.press, (0, 0))
        if (ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]) != (dx * _CELL, dy * _CELL):
            pen.line(ends, fill=_DOOR, width=1)
        x, y = ends[0]
        pen.rectangle((x - _CELL // 2, y - _CELL // 2, x + _CELL // 2 - 1, y + _CELL // 2 - 1), outline=_DOOR, width=2)


def _draw_marks(pen: ImageDraw.ImageDraw, facts: Facts, plan: Plan) -> None:
    for label, draw in (("Item", _diamond), ("NPC", _disc), ("Objective", _cross)):
        for node in facts.label(label):
            done = node.flag("taken") or node.text("status") == "completed"
            if node.place.area in plan.origins and min(node.place.x, node.place.y) >= 0 and not done:
                draw(pen, *_middle(*plan.origins[node.place.area], node.place.x, node.place.y))


def _draw_names(pen: ImageDraw.ImageDraw, facts: Facts, plan: Plan, font: Font) -> None:
    for area in plan.origins:
        node = facts.node(f"area:{area}")
        tiles = [tile.place for tile in facts.of_area(area, "Tile")]
        x, y = min((place.x for place in tiles), default=0), min((place.y for place in tiles), default=0)
        left, top = (plan.origins[area][0] + x) * _CELL, (plan.origins[area][1] + y) * _CELL
        name = f"{area} {node.text('name') if node else ''}".strip()
        pen.text((left + 2, top - 1), name, fill=_INK, font=font, stroke_width=2, stroke_fill=_BACKGROUND)


def _draw_legend(pen: ImageDraw.ImageDraw, facts: Facts, top: int, width: int, font: Font) -> None:
    column = width // 3
    for index, (name, colour) in enumerate(_TYPES.values()):
        x, y = 8 + index % 3 * column, top + 4 + index // 3 * _LINE
        pen.rectangle((x, y + 1, x + 10, y + 11), fill=colour)
        pen.text((x + 16, y), name, fill=_DIM, font=font)
    y = top + 4 + (len(_TYPES) + 2) // 3 * _LINE
    for index, (draw, name) in enumerate(((_disc, "person"), (_diamond, "thing to take"), (_cross, "objective"))):
        draw(pen, 13 + index * column, y + 6)
        pen.text((24 + index * column, y), name, fill=_DIM, font=font)
    counts = ", ".join(f"{len(facts.label(label))} {label}" for label in ("Area", "Tile", "NPC", "Item"))
    pen.text((8, y + _LINE), f"known: {counts}; doors framed pink", fill=_DIM, font=font)


def _type_of(node: Node) -> str:
    """Return the key of _TYPES that describes a cell best."""
    kind = node.text("type")
    if node.flag("hazard") or node.number("hurt") > 0:
        return "hazard"
    for known in _TYPES:
        if known and kind.startswith(known):
            return known
    if node.number("walked") or node.number("ways"):
        return "walked"
    return "blocked" if node.number("blocked") or node.number("stops") else ""


def _corner(node: Node, plan: Plan) -> tuple[int, int]:
    x, y = plan.origins[node.place.area]
    return (x + node.place.x) * _CELL, (y + node.place.y) * _CELL


def _middle(origin_x: int, origin_y: int, x: int, y: int) -> tuple[int, int]:
    return (origin_x + x) * _CELL + _CELL // 2, (origin_y + y) * _CELL + _CELL // 2


def _disc(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill=_NPC, outline=_BACKGROUND)


def _diamond(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.polygon(((x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)), fill=_ITEM, outline=_BACKGROUND)


def _cross(pen: ImageDraw.ImageDraw, x: int, y: int) -> None:
    pen.line((x - 4, y - 4, x + 4, y + 4), fill=_QUEST, width=2)
    pen.line((x - 4, y + 4, x + 4, y - 4), fill=_QUEST, width=2)
