"""What a text encoder reads of a moment (requirement C6.6): the spatial description, health, quest and tokens."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.perception.description import describe_sight
from agents.perception.guidance import Guidance
from agents.perception.sight import Sight
from agents.perception.surroundings import survey
from agents.perception.tokens import tokens_now
from runtime.wire import Scalar


class TextEncoder(Protocol):
    """What turns a text into numbers, such as CLIP's text model (C6.1)."""

    def encode(self, text: str) -> NDArray[np.float32]:
        """Return the text's embedding, (size,) or (tokens, size)."""


def encode_game_context(
    sight: Sight,
    state: Mapping[str, Scalar],
    guidance: Guidance | None = None,
    encoder: TextEncoder | None = None,
) -> tuple[NDArray[np.float32] | None, str]:
    """Return the moment's embedding, None without an encoder, and the text that it is of."""
    wanted = guidance or Guidance()
    # The quest is said once, after the health, as C6.6 has it.
    around = survey(sight)
    unquested = Guidance(wanted.target, doors=wanted.doors, area_name=wanted.area_name)
    parts = [describe_sight(sight, unquested, around=around)]
    if "player.hp" in state and "player.max_hp" in state:
        parts.append(f"Health: {state['player.hp']}/{state['player.max_hp']}")
    if wanted.quest:
        parts.append(f"Current quest: {wanted.quest}")
    parts += tokens_now(sight, state, wanted, around=around)
    text = " | ".join(parts)
    return (encoder.encode(text) if encoder else None), text
