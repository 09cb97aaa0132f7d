"""The grid in words (requirements C5.6 to C5.8): parts joined with " | ", the same grid as in the overlay."""

from agents.perception.guidance import COMPASS, Guidance, compass_to
from agents.perception.sight import Sight
from agents.perception.surroundings import Surroundings, survey

#: Things that are named; more would bury the rest.
_MOST_THINGS = 6

#: What is said of a picture that shows no map.
_OTHER_VIEWS = {"dark": "The screen is dark", "other": "The screen shows no map", "talk": "A text is shown"}


def describe_sight(sight: Sight, guidance: Guidance | None = None, *, around: Surroundings | None = None) -> str:
    """Return what is seen, and what is wanted, in words; `around` is its survey, where that was made already."""
    wanted = guidance or Guidance()
    parts = [] if sight.view == "map" else [_OTHER_VIEWS[sight.view]]
    around = around or survey(sight)
    if around is not None and sight.player is not None:
        facing = f" facing {COMPASS[sight.facing]}" if sight.facing else ""
        parts.append(f"Player at grid position ({sight.player[0]}, {sight.player[1]}){facing}")
    if sight.area >= 0 and sight.is_map:
        parts.append(f"Current area: {wanted.area_name or sight.area}")
    if around is not None:
        parts += _surroundings(sight, around, wanted)
    if wanted.target is not None and sight.player is not None:
        way = compass_to(sight.player, wanted.target)
        steps = abs(wanted.target[0] - sight.player[0]) + abs(wanted.target[1] - sight.player[1])
        parts.append(f"Target direction: {way}" + (f", {steps} tiles" if steps else ""))
    if wanted.quest:
        parts.append(f"Current quest: {wanted.quest}")
    return " | ".join(parts)


def _surroundings(sight: Sight, around: Surroundings, wanted: Guidance) -> list[str]:
    parts = [f"3x3 area: {around.walkable} walkable, {around.obstacles} obstacles, {around.unknown} unknown"]
    if sight.facing:
        parts.append(f"Path ahead: {around.ahead} {'tile' if around.ahead == 1 else 'tiles'}")
    if around.blocked:
        ways = ", ".join(f"{COMPASS[way]} ({what})" for way, what in around.blocked.items())
        parts.append(f"Blocked: {ways}")
    doors = [f"door at ({x}, {y}) to {to}" if to else f"door at ({x}, {y})" for (x, y), to in wanted.doors.items()]
    things = [
        f"{thing.name} at ({thing.cell[0]}, {thing.cell[1]})"
        for thing in around.things[:_MOST_THINGS]
        if thing.cell not in wanted.doors
    ]
    if things:
        parts.append(f"Nearby: {', '.join(things)}")
    if doors:
        parts.append(f"Doors: {', '.join(doors)}")
    return parts
