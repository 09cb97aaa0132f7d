"""What the agents' eyes make of the frames that are viewed, drawn over them."""

from agents.commands.looking_on import look_at_past
from agents.perception.onlooker import Onlooker
from agents.perception.overlay import Overlay
from agents.perception.picture import Picture
from runtime.game import parse_game
from runtime.observation import Observation
from runtime.pixels import Rgb
from runtime.wire import Welcome
from streams.session import Session

#: Small cells' letters cannot be read below this.
_SCALE = 2


class Annotator:
    """Looks at the frames that are viewed, and draws what is seen."""

    def __init__(self, welcome: Welcome) -> None:
        self._onlooker = Onlooker(parse_game(welcome.game_toml, "game.toml") if welcome.game_toml else None)
        self._overlay = Overlay(welcome.width, welcome.height, _SCALE)

    async def look_back(self, past: Session, begin: int) -> None:
        """Take in what a recording has before a frame: what looks mean, and the last minute's pictures."""
        last = min(begin - 1, past.last_frame)
        if last >= past.first_frame:
            await look_at_past(self._onlooker, past, last)

    def draw(self, seen: Observation) -> Rgb:
        """Return the annotated frame, valid until the next call."""
        for learnt in seen.learnt:
            self._onlooker.learn(learnt.facts)
        picture = Picture.of_raw(seen.raw, seen.welcome.pixel_format)
        plans = seen.plans.values()
        looked = self._onlooker.see(picture, seen.state, seen.frame_index, held=seen.held, plans=plans)
        return self._overlay.draw(seen.pixels, looked.sight, looked.guidance)
