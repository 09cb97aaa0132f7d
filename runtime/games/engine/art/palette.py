"""The 256 colours of a cartridge, by name.

Entries 1 to 207 belong to the scene and are dimmed with it; 208 holds the text colours with gold letters (a speaker's
name), 224 the logo, 240 the text. Entry 0 is transparent.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_NAME_COLOUR = 208
FIRST_LOGO_COLOUR = 224
FIRST_TEXT_COLOUR = 240
NAME_COLOURS = (0, 1, 9, 3)
TRANSPARENT = "."


@dataclass(frozen=True)
class Palette:
    """A cartridge's colours.

    Attributes:
        colours: Name -> rrggbb; the order is the order in the palette, from entry 1.
        logo: The same for the title's letters.
        text: See-through, panel, text, shadow, grey, red, pink, orange, yellow, gold.
        cycles: Names of entries that take each other's place over time: water that moves, fire that flickers.
    """

    colours: dict[str, str]
    logo: dict[str, str]
    text: list[str]
    cycles: list[list[str]]

    def index(self, name: str) -> int:
        """Return the palette entry of a colour; 0 is transparent."""
        if name == TRANSPARENT:
            return 0
        if name in self.logo:
            return FIRST_LOGO_COLOUR + list(self.logo).index(name)
        return 1 + list(self.colours).index(name)

    def words(self) -> list[int]:
        """Return all 256 colours as the console stores them. Raises ValueError when the scene has too many."""
        if len(self.colours) >= FIRST_NAME_COLOUR:
            raise ValueError(f"{len(self.colours)} scene colours; {FIRST_NAME_COLOUR - 1} are allowed")
        words = [0] + [rgb15(value) for value in self.colours.values()]
        words += [0] * (FIRST_NAME_COLOUR - len(words))
        words += [rgb15(self.text[i]) for i in NAME_COLOURS]
        words += [0] * (FIRST_LOGO_COLOUR - len(words))
        words += [rgb15(value) for value in self.logo.values()]
        words += [0] * (FIRST_TEXT_COLOUR - len(words))
        words += [rgb15(value) for value in self.text]
        return words + [0] * (256 - len(words))


def rgb15(hex_colour: str) -> int:
    """Return "rrggbb" as the console's 15-bit BGR."""
    red, green, blue = (int(hex_colour[i : i + 2], 16) >> 3 for i in (0, 2, 4))
    return red | green << 5 | blue << 10
