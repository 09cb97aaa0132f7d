"""How a bridge runs its session."""

from dataclasses import dataclass, field

from runtime.clock import ClockMode
from runtime.start import Start
from runtime.subjects import SessionId
from runtime.tape import TapeOptions


@dataclass(frozen=True)
class BridgeOptions:
    """How a session runs.

    Attributes:
        session: Its name.
        clock: How it is paced.
        game_name: For people.
        game_toml: The description's text; empty without one.
        frames: Stop after so many; 0 for no limit.
        duration_s: Stop after so long; 0 for no limit.
        until: Stop at an episode's "success", its "failure", or either with "episode"; empty for neither.
        wait_for: Actors that must have joined before frame 0.
        wait_s: How long to wait for them.
        tape: What of it is recorded.
        start: Where it begins; None for power-on.
        kinds: What is published, where all readers are known beforehand; the rest is not even made. None for all.
    """

    session: SessionId
    clock: ClockMode
    game_name: str = ""
    game_toml: str = ""
    frames: int = 0
    duration_s: float = 0.0
    until: str = ""
    wait_for: tuple[str, ...] = ()
    wait_s: float = 30.0
    tape: TapeOptions = field(default_factory=TapeOptions)
    start: Start | None = None
    kinds: frozenset[str] | None = None
