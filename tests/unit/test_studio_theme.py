"""The studio's colours can be read: WCAG 2.2 AA, in light and in dark."""

import re
from pathlib import Path

import pytest

import dashboards.studio

THEME = (Path(dashboards.studio.__file__).parent / "static/css/theme.css").read_text(encoding="utf-8")

#: WCAG 1.4.3 for text, 1.4.11 for lines, marks and the series of plots.
TEXT, MARK = 4.5, 3.0

GROUNDS = ("ground", "panel", "sunken")
READ = ("text", "text-soft", "accent", "good", "slow", "bad", "human", "mark")
SEEN = ("line", *(f"series-{number}" for number in range(1, 7)))
PAIRS = [
    *((text, ground, TEXT) for text in READ for ground in GROUNDS),
    *((mark, ground, MARK) for mark in SEEN for ground in GROUNDS),
    *((text, "accent-ground", TEXT) for text in ("text", "accent")),
    ("on-accent", "accent", TEXT),
    ("on-accent", "human", TEXT),
]


def scheme(name: str) -> dict[str, str]:
    """Return the colours of a scheme: six hexadecimal digits by name."""
    light, dark = THEME.split("prefers-color-scheme: dark")
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", light if name == "light" else dark))


def luminance(colour: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_colour_stands_out_from_every_ground(name: str) -> None:
    colours = scheme(name)
    seen = {(front, back): contrast(colours[front], colours[back]) for front, back, _ in PAIRS}
    assert {pair: round(seen[pair[0], pair[1]], 2) for pair in PAIRS if seen[pair[0], pair[1]] < pair[2]} == {}


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.005)
