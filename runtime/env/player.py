"""An emulator with a game, played step by step: watches, outcome, and the way past the title."""

from pathlib import Path

from runtime.backend import Backend, restore_state
from runtime.env.actions import Buttons
from runtime.errors import UsageError, VersionError, WireError
from runtime.expressions import Condition, condition
from runtime.game import Game, Watch, check_regions, episode_conditions, load_game
from runtime.launch import GameChoice, Launch, RecorderChoice
from runtime.memory_image import Bytes, empty_image, fill_image
from runtime.plan import resolve
from runtime.process import make_backend
from runtime.watches import WatchReader
from runtime.wire import Savestate, Scalar, decode

#: How long `[start]` may take, and how long it may not hold at first: a minute and ten seconds at 60 Hz. Power-on logos
#: take about five.
_START_FRAMES = 3600
_WAIT_FRAMES = 600

#: A press long enough for games that look at the pad every few frames, and as long a release.
_PRESS_FRAMES = 4


class Player:
    """Steps an emulator and reads the game's values from its memory."""

    def __init__(self, backend: Backend, game: Game | None) -> None:
        self.backend, self.game = backend, game
        self.watches: tuple[Watch, ...] = game.watch if game else ()
        self._reader = WatchReader(self.watches, backend.regions)
        self._rules = episode_conditions(game) if game else {}
        self._image = empty_image(backend.regions)

    def run(self, buttons: Buttons, frames: int, *, stop_early: bool = False) -> int:
        """Emulate frames with these buttons; return how many, fewer when asked to stop where an episode ends."""
        if not stop_early or not self._rules:
            self.backend.step(buttons, frames)
            return frames
        for done in range(1, frames + 1):
            self.backend.step(buttons)
            if any(self.outcome(self.values()).values()):
                return done
        return frames

    def image(self) -> Bytes:
        """Return all regions end to end, (size,) uint8; valid until the next call."""
        fill_image(self._image, self.backend.regions, self.backend.memory())
        return self._image

    def values(self) -> dict[str, Scalar]:
        """Return every scalar watch's value."""
        return self._reader.values(self.image()) if self.watches else {}

    def outcome(self, values: dict[str, Scalar]) -> dict[str, bool]:
        """Return whether the game's rules of success and failure hold."""
        return {name: name in self._rules and self._rules[name](values) for name in ("success", "failure")}

    def begin(self) -> None:
        """Switch the console on, and play to the first frame of gameplay.

        Raises:
            UsageError: `[start]` does not come to an end, or the emulator cannot be reset.
        """
        if not self.backend.capabilities.reset:
            raise UsageError(f"{self.backend.core} cannot be reset, and an episode begins with a reset")
        self.backend.reset()
        start = self.game.start if self.game else None
        if start is None:
            return
        title, ready = condition(start.when), condition(start.until or "True")
        if not self._wait(title):
            self.backend.reset()  # there is no title to skip
            return
        for frame in range(_START_FRAMES):
            values = self.values()
            at_title = title(values)
            if not at_title and ready(values):
                return
            pressed = at_title and frame // _PRESS_FRAMES % 2 == 0
            self.backend.step(frozenset((start.press,)) if pressed else frozenset())
        raise UsageError(f"the game's [start] did not lead into it within {_START_FRAMES} frames of {start.press}")

    def _wait(self, title: Condition) -> bool:
        """Run until the title is there; False when it does not come."""
        for _ in range(_WAIT_FRAMES):
            self.backend.step(frozenset())
            if title(self.values()):
                return True
        return False

    def load(self, state: bytes) -> None:
        """Go back to a state: the emulator's own bytes, or those of a slot.

        Raises:
            StateError: It is of another core or ROM, or damaged.
            VersionError: It is a slot of another version.
        """
        try:
            kept = decode(Savestate, state)
        except VersionError:
            raise
        except WireError:
            self.backend.load_state(state)
        else:
            restore_state(self.backend, kept)

    def close(self) -> None:
        """Leave the emulator."""
        self.backend.close()


def open_player(choice: GameChoice) -> Player:
    """Load a game into an emulator in this process, or connect to one that is another program.

    Raises:
        FramewireError: The game, its ROM, core or backend cannot be used.
    """
    plan = resolve(Launch(game=choice, actor=(), recorder=RecorderChoice(enabled=False)), Path())
    game = load_game(Path(plan.game_toml)) if plan.game_toml else None
    backend = make_backend(plan, game)
    try:
        if game:
            check_regions(game, backend.regions, plan.game_toml)
        _check_capabilities(backend)
    except BaseException:
        backend.close()
        raise
    return Player(backend, game)


def _check_capabilities(backend: Backend) -> None:
    can = backend.capabilities
    needs = {"waiting for us between frames": can.steps, "all of memory after each frame": can.scan == "full"}
    if lacking := ", ".join(need for need, there in needs.items() if not there):
        raise UsageError(f"{backend.core} cannot be an environment: it lacks {lacking}")
