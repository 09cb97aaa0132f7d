"""The emulator without a core, with pad's block written beside its own memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from runtime.backend import Backend, Opening
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import StateError
from tests.conformance.subject import Subject
from tests.roms.pad import BLOCK_BYTES, MAGIC, PADS, SPRITE_PX

#: In IWRAM: EWRAM begins with the scripted emulator's own counters.
BLOCK = 0x0300_0000


class PadBackend(ScriptedBackend):
    """Plays the part of the ROM: the block, without its picture."""

    def reset(self) -> None:
        super().reset()
        pad = PADS["gba"]
        self._block = np.zeros(BLOCK_BYTES, np.uint8)
        self._block[:4] = np.frombuffer(MAGIC, np.uint8)
        self._words = self._block[4:28].view("<u2")  # frame, held, counts
        self._block[28:30] = (pad.width - SPRITE_PX) // 2, (pad.height - SPRITE_PX) // 2
        self._publish()

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        super().step(buttons, frames)
        held = [button in buttons for button in self.console.buttons]
        pad, by = PADS["gba"], {button: frames * (button in buttons) for button in ("LEFT", "RIGHT", "UP", "DOWN")}
        x, y = (int(edge) for edge in self._block[28:30])
        self._block[28] = np.clip(x + by["RIGHT"] - by["LEFT"], 0, pad.width - SPRITE_PX)
        self._block[29] = np.clip(y + by["DOWN"] - by["UP"], pad.top, pad.height - SPRITE_PX)
        self._words[0] += frames
        self._words[1] = sum(1 << bit for bit, on in enumerate(held) if on)
        self._words[2:] += np.array(held, np.uint16) * np.uint16(frames)
        self._publish()

    def save_state(self) -> bytes:
        return super().save_state() + self._block.tobytes()

    def load_state(self, state: bytes) -> None:
        if len(state) <= BLOCK_BYTES:
            raise StateError(f"a state has more than {BLOCK_BYTES} bytes, this one has {len(state)}")
        super().load_state(state[:-BLOCK_BYTES])
        self._block[:] = np.frombuffer(state[-BLOCK_BYTES:], np.uint8)
        self._publish()

    def _publish(self) -> None:
        self._memory["iwram"][:BLOCK_BYTES] = self._block


@contextmanager
def enter(subject: Subject, opening: Opening) -> Iterator[Backend]:
    """See Subject."""
    yield PadBackend()


SUBJECTS = [
    Subject(
        name="scripted",
        family="scripted",
        console="gba",
        enter=enter,
        address=BLOCK,
        draws=False,
        checks_roms=False,
    )
]
