"""The same environment over the bus: it steps a live session, which others may watch and record."""

from typing import Any

from runtime.env.game_env import PlayerEnv
from runtime.env.player import Player
from runtime.env.session_backend import SessionBackend
from runtime.env.settings import settings_of
from runtime.game import parse_game
from runtime.nats_bus import NatsOptions


class BusEnv(PlayerEnv):
    """A session of `runtime up`, or one that it starts itself; it has the same spaces and results as a GameEnv.

    The session is paused, and its frames are emulated only by our steps. `close` lets it go on as it was.
    """

    def __init__(
        self,
        session: str = "",
        *,
        nats: NatsOptions | str = "",
        start: str = "",
        clock: str = "",
        render_mode: str | None = None,
        **settings: Any,
    ) -> None:
        """Take a session over.

        Args:
            session: Its name; empty for the only one there.
            nats: A server's URL or options; empty for the embedded server of the state folder.
            start: Start this game (a built-in name, a game.toml or a ROM) first, and end it with us.
            clock: The session's clock meanwhile, as "free"; empty for its own, which may be slow.
            render_mode: None or "rgb_array".
            settings: Fields of Settings.

        Raises:
            FramewireError: There is no such session, or a setting does not fit it.
        """
        chosen = settings_of(settings)
        backend = SessionBackend(session, nats, start=start, clock=clock)
        try:
            game = parse_game(backend.game_toml, "game.toml") if backend.game_toml else None
            super().__init__(Player(backend, game), chosen, render_mode)
        except BaseException:
            backend.close()
            raise
