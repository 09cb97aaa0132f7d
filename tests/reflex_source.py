"""What a reflex sees, for tests: frame after frame, with plans, facts and events as the bus would bring them."""

from collections.abc import Iterable
from typing import Any

from agents.reflex import Reflex
from runtime import wire
from runtime.actor import Press, Report
from runtime.bridges.scripted import ScriptedBackend
from runtime.memory_bus import MemoryBus
from runtime.observation import Observation, Senses

CONTEXTS = (
    *("title", "overworld", "dialogue", "battle", "menu"),
    *("inventory", "shop", "cutscene", "transition", "game over"),
)

_WATCHES = (
    *("context", "area", "player.x", "player.y", "player.facing", "player.moving", "player.hp", "player.max_hp"),
)
_VALUES = {
    "context": ", ".join(f'{number} = "{name}"' for number, name in enumerate(CONTEXTS)),
    "player.facing": '0 = "down", 1 = "up", 2 = "left", 3 = "right"',
}

GAME = """
[game]
name = "walk"
console = "gba"

[start]
press = "START"
when = "context == 0 or context == 9"

[dialogue]
press = "A"
when = "context == 2"
""" + "".join(
    f'\n[[watch]]\nname = "{name}"\naddress = {0x02000000 + i}\ntype = "u8"\nvalues = {{ {_VALUES.get(name, "")} }}\n'
    for i, name in enumerate(_WATCHES)
)

DOWN, UP, LEFT, RIGHT = range(4)


def welcome(clock: str = "lockstep", game_toml: str = GAME) -> wire.Welcome:
    """Return the facts of a session."""
    backend = ScriptedBackend()
    return wire.Welcome(
        session="s",
        origin="live",
        clock=clock,
        paused=False,
        frame_index=-1,
        game="walk",
        game_toml=game_toml,
        rom_sha256="",
        console="gba",
        width=240,
        height=160,
        rate_hz=60.0,
        buttons=backend.console.buttons,
        pixel_format=backend.pixel_format,
        regions=backend.regions,
        core="",
        recorded=False,
    )


def plan(plan_id: str = "p", *cells: tuple[int, int], press: tuple[str, ...] = (), **more: Any) -> wire.Plan:
    """Return a plan with these waypoints; the last one says what to press."""
    points = [wire.Waypoint(*cell) for cell in cells]
    if points:
        points[-1] = wire.Waypoint(*cells[-1], press)
    fields = {"actor": "tactic", "frame_index": 0, "sent_ns": 0, "goal": "go", **more}
    return wire.Plan(plan_id=plan_id, waypoints=tuple(points), **fields)


def tile(x: int, y: int, kind: str, *, area: int = 1, hurt: int = 0) -> wire.Fact:
    """Return what is known of a cell."""
    return wire.Fact("Tile", f"tile:{area}:{x}:{y}", {"type": kind, "hurt": hurt})


class Player:
    """Feeds a reflex, one frame after the other. Standing in the overworld at (5, 5) of area 1, looking down.

    Attributes:
        state: The watches; tests change them between frames.
        frame_index: The next frame.
        reports: Every event the reflex sent, in order.
        plan: The tactic's newest plan.
        shed: What the reflex is to leave out.
    """

    def __init__(self, reflex: Reflex | None = None, clock: str = "lockstep") -> None:
        self.reflex = reflex or Reflex()
        self.state: dict[str, wire.Scalar] = dict.fromkeys(_WATCHES, 0)
        self.state |= {"context": 1, "area": 1, "player.x": 5, "player.y": 5, "player.hp": 10, "player.max_hp": 10}
        self.frame_index = 0
        self.reports: list[Report] = []
        self.plan: wire.Plan | None = None
        self.shed: frozenset[str] = frozenset()
        self.senses = Senses(MemoryBus(), welcome(clock), self.reflex.reads, 1)

    def context(self, name: str) -> None:
        """Change the context."""
        self.state["context"] = CONTEXTS.index(name)

    def see(self, facts: Iterable[wire.Fact] = (), *events: wire.Event) -> Press:
        """Show one frame; return the answer."""
        learnt = tuple(facts)
        seen = Observation(
            self.frame_index,
            0,
            dict(self.state),
            senses=self.senses,
            plans={self.plan.actor: self.plan} if self.plan else {},
            events=events,
            held=(),
            learnt=(wire.Learnt(actor="tactic", frame_index=0, sent_ns=0, facts=learnt),) if learnt else (),
            shed=self.shed,
        )
        self.frame_index += 1
        outputs = self.reflex.act(seen)
        listed = list(outputs) if isinstance(outputs, list) else [outputs]
        self.reports += [output for output in listed if isinstance(output, Report)]
        (press,) = [output for output in listed if isinstance(output, Press)]
        return press

    def run(self, frames: int) -> list[Press]:
        """Show the same thing for a while."""
        return [self.see() for _ in range(frames)]

    def told(self, prefix: str = "") -> list[tuple[str, dict[str, wire.Scalar]]]:
        """Return the events sent so far, by name and facts, without the counts."""
        return [
            (report.name, dict(report.facts))
            for report in self.reports
            if report.name.startswith(prefix) and report.name != "reflex.stats"
        ]


def event(name: str, frame_index: int = 0, source: str = "strategist") -> wire.Event:
    """Return an event."""
    return wire.Event(source=source, frame_index=frame_index, sent_ns=0, name=name)
