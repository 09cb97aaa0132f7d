"""frame → *tiles → cells → types* → sight → overlay, text, tokens: the eyes of every actor.

    eyes = Eyes(seen.game, vocabulary)
    sight = eyes.look(Picture.of_raw(seen.raw, seen.welcome.pixel_format), seen.state, seen.frame_index)
    cell = sight.at(12, 7)                      # what it is taken for, how surely, whether somebody stands there
    vocabulary.observe(cell.look, Outcome.BLOCKED)

A frame is cut into 8x8 tiles (`tiles`) where the camera's offset says (`camera`; by the picture alone: `offset`), four
tiles are a cell, and what most pictures showed of a cell is its ground (`ground`). A cell's look is a signature that
no palette changes, and a short vector that tells how alike two looks are (`descriptors`); the vocabulary learns by
playing what looks mean (`vocabulary`, `judging`). A `Sight` is the result for one frame.
"""

from agents.perception.eyes import Eyes
from agents.perception.kinds import INTERACTIVE, OBSTACLES, WALKABLE, Outcome, TileType
from agents.perception.picture import Picture
from agents.perception.sight import CellSight, Sight
from agents.perception.vocabulary import TileVocabulary

__all__ = [
    "INTERACTIVE",
    "OBSTACLES",
    "WALKABLE",
    "CellSight",
    "Eyes",
    "Outcome",
    "Picture",
    "Sight",
    "TileType",
    "TileVocabulary",
]
