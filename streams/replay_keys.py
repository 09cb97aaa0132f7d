"""The keys that control a replay in a terminal."""

from collections.abc import Callable

from streams.replay_control import Transport

HELP = "space pause · . step · , step back · ←/→ 1 s · -/+ rate · 0 real time · l loop · q quit"

_SLOWEST, _FASTEST = 1 / 64, 64.0


class Keys:
    """Does what a key says."""

    def __init__(self, transport: Transport, frame_index: Callable[[], int], rate_hz: float) -> None:
        self._transport, self._frame_index = transport, frame_index
        self._second = round(rate_hz)
        self._plays = 0 if transport.plays == 1 else transport.plays

    def press(self, key: str) -> None:
        """Take a key; one that means nothing is ignored."""
        transport = self._transport
        match key:
            case " ":
                (transport.resume if transport.paused else transport.pause)()
            case ".":
                transport.step_on()
            case ",":
                transport.pause()
                self._go(-1)
            case "left":
                self._go(-self._second)
            case "right":
                self._go(self._second)
            case "+" | "=":
                transport.set_rate(min((transport.rate or _FASTEST) * 2, _FASTEST))
            case "-":
                transport.set_rate(max((transport.rate or _FASTEST) / 2, _SLOWEST))
            case "0":
                transport.set_rate(1.0)
            case "l":
                transport.set_loop(self._plays if transport.plays == 1 else 1)
            case "q":
                transport.stop()

    def _go(self, frames: int) -> None:
        transport = self._transport
        here = self._frame_index() if transport.target is None else transport.target
        transport.seek(min(max(here + frames, transport.first), transport.last), _nobody_waits)


def _nobody_waits(_: str) -> None:
    """Drop an answer."""
