"""A state of SkyEmu that can be gone back to exactly.

Loading a state makes SkyEmu emulate one more frame, always without buttons. So we keep an anchor: a state after which
a frame without buttons was emulated, and the buttons of the frames after that one. Whoever loads the anchor is at the
end of that frame, and emulates the rest. The first anchor is power-on, with what the battery then held.
"""

from collections.abc import Iterable

import msgspec

from runtime.bridges.skyemu_bmp import Picture
from runtime.errors import StateError

_MAGIC = b"SKYEMU1\0"

Run = tuple[tuple[str, ...], int]  # buttons held, frames


class SkyEmuState(msgspec.Struct, frozen=True, array_like=True):
    """An anchor and the way from it.

    Attributes:
        anchor: The state as SkyEmu hides it in its pictures; empty for power-on.
        battery: The save file at power-on.
        runs: What was held since; from a state without its first frame, which had no buttons.
    """

    anchor: bytes
    battery: bytes
    runs: tuple[Run, ...]

    def encode(self) -> bytes:
        """Return it as bytes."""
        return _MAGIC + msgspec.msgpack.encode(self)


def decode_state(data: bytes, identity: bytes, buttons: tuple[str, ...]) -> SkyEmuState:
    """Read a state.

    Args:
        data: As `SkyEmuState.encode` made it.
        identity: How the anchors of this SkyEmu begin.
        buttons: The console's.

    Raises:
        StateError: It is none, or of another build of SkyEmu, which would restore it roughly.
    """
    if not data.startswith(_MAGIC):
        raise StateError(f"no state of SkyEmu: it begins with {data[: len(_MAGIC)]!r}, wanted is {_MAGIC!r}")
    try:
        state = msgspec.msgpack.decode(data[len(_MAGIC) :], type=SkyEmuState)
    except msgspec.DecodeError as error:
        raise StateError(f"a damaged state of SkyEmu: {error}") from error
    if state.anchor and not state.anchor.startswith(identity):
        seen, wanted = (_shown(held) for held in (state.anchor[: len(identity)], identity))
        raise StateError(f"the state is of {seen}, this is {wanted}")
    for held, frames in state.runs:
        if frames < 1 or not set(held) <= set(buttons):
            raise StateError(f"a damaged state of SkyEmu: {held} held for {frames} frames")
    return state


def _shown(identity: bytes) -> str:
    return " ".join(identity.replace(b"\0", b" ").decode("latin-1").split()) or "nothing"


class Trail:
    """The anchor of a running emulator and what was held since."""

    def __init__(self) -> None:
        self._anchor: Picture | bytes = b""
        self._battery = b""
        self._runs: list[Run] = []
        self.frames = 0  # since the anchor

    def begin(self, anchor: Picture | bytes, battery: bytes = b"") -> None:
        """Begin at an anchor: a state whose first frame, without buttons, has been emulated; empty for power-on."""
        self._anchor, self._battery = anchor, battery
        self._runs, self.frames = [], 0

    def held(self, buttons: Iterable[str], frames: int) -> None:
        """Note what was held on the frames just emulated."""
        if frames < 1:
            return
        self.frames += frames
        names = tuple(sorted(buttons))
        if self._runs and self._runs[-1][0] == names:
            frames += self._runs.pop()[1]
        self._runs.append((names, frames))

    @property
    def picture(self) -> Picture | None:
        """The picture that hides the anchor, if it is still in one."""
        return self._anchor if isinstance(self._anchor, Picture) else None

    def state(self) -> SkyEmuState:
        """Return where the emulator is."""
        if isinstance(self._anchor, Picture):
            self._anchor = self._anchor.hidden(0, self._anchor.state_bytes).tobytes()
        return SkyEmuState(self._anchor, self._battery, tuple(self._runs))
