"""What a mind is told: one moment of the game as typed parts, from which a prompt is built and rules decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.atlas import Atlas
from agents.knowledge import KnowledgeView
from agents.strategist.plan import Thought
from runtime import wire
from runtime.game import Game
from runtime.pixels import Rgb
from runtime.wire import Scalar

if TYPE_CHECKING:
    from agents.strategist.tools import Answer


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One moment.

    Attributes:
        frame_index: When.
        trigger: Why there is thinking now: "clock", "stale", "new_area", "critical" or "quest" (requirement C10.1).
        state: The watches.
        game: The game's description, if there is one.
        buttons: The console's.
        area: Where the player is; -1 where that is not known.
        cell: Where in the area, (x, y).
        held: Buttons held before, oldest first.
        events: What happened since the last thought.
        plans: The newest plan of each actor.
        plan: The thought that holds now.
        learnt: What was learnt since the last thought.
        atlas: The learnt map. Of quick minds only: it goes on changing.
        knowledge: All that is known. Of quick minds only.
        objectives: What is to be done, the most urgent first, a line each; as what follows, of slow minds only.
        memories: What is known that matters here, a line each.
        spatial: What is on the screen, in words (requirements C5.6 to C5.8).
        overlay: The screen with marks, (H, W, 3) RGB; None without eyes.
        frames: The last screens, (H, W, 3) RGB each, oldest first.
        answers: Of tools that the last thought called.
    """

    frame_index: int
    trigger: str = "clock"
    state: Mapping[str, Scalar] = field(default_factory=dict)
    game: Game | None = None
    buttons: tuple[str, ...] = ()
    area: int = -1
    cell: tuple[int, int] | None = None
    held: tuple[tuple[str, ...], ...] = ()
    events: tuple[wire.Event, ...] = ()
    plans: Mapping[str, wire.Plan] = field(default_factory=dict)
    plan: Thought | None = None
    learnt: tuple[wire.Learnt, ...] = ()
    atlas: Atlas | None = None
    knowledge: KnowledgeView | None = None
    objectives: tuple[str, ...] = ()
    memories: tuple[str, ...] = ()
    spatial: str = ""
    overlay: Rgb | None = None
    frames: tuple[Rgb, ...] = ()
    answers: "tuple[Answer, ...]" = ()
