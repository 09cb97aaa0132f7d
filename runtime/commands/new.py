"""`runtime new actor NAME`: a working actor in one file, and a launch file that runs it."""

import keyword
from pathlib import Path

import click

from runtime.commands.output import examples, json_option, print_json
from runtime.errors import UsageError

_ACTOR = '''"""{name}: an actor for Framewire. Run it with `runtime up {name}.toml`."""

from dataclasses import dataclass
from typing import ClassVar

from runtime import Observation, Outputs, Press, Rate


@dataclass
class {class_name}:
    """Tap a button again and again.

    The fields are the actor's config: set them under [actor.config] in the launch file.
    """

    button: str = "A"
    hold_ticks: int = 2

    rate: ClassVar[Rate] = 10  # Hz, or "frame", or "message"
    reads: ClassVar[tuple[str, ...]] = ("frame",)  # besides state: frame, memory, plan, event, input
    writes: ClassVar[tuple[str, ...]] = ("action",)  # action, plan, event

    def __post_init__(self) -> None:
        self._ticks = 0

    def act(self, seen: Observation) -> Outputs:
        """Decide. `seen.pixels` is (H, W, 3) uint8, `seen.state` the watches by name."""
        self._ticks += 1
        pressed = self._ticks % (2 * self.hold_ticks) < self.hold_ticks
        return Press(*([self.button] if pressed else []), reason="tapping")
'''

_LAUNCH = """# `runtime check {name}.toml` prints this with every default; `runtime up {name}.toml` runs it.

[game]
name = "emberwood"  # or rom = "path/to/your.gba"

[[actor]]
name = "{name}"
uses = "{name}:{class_name}"

[actor.config]
button = "START"
"""


@click.group()
def new() -> None:
    """Write the first version of something of yours."""


@new.command(epilog=examples("runtime new actor tapper && runtime up tapper.toml"))
@click.argument("name")
@json_option
def actor(name: str, as_json: bool) -> None:
    """Write NAME.py, a working actor, and NAME.toml, a launch file that runs it."""
    if not name.isidentifier() or keyword.iskeyword(name) or not name.islower():
        raise UsageError(f"actor name {name!r}: allowed are lower-case Python identifiers")
    class_name = "".join(part.capitalize() for part in name.split("_"))
    files = {Path(f"{name}.py"): _ACTOR, Path(f"{name}.toml"): _LAUNCH}
    taken = [str(path) for path in files if path.exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)}: exists already")
    for path, text in files.items():
        path.write_text(text.format(name=name, class_name=class_name), encoding="utf-8")
        click.echo(f"wrote {path}", err=as_json)
    if as_json:
        print_json({"actor": f"{name}.py", "launch": f"{name}.toml"})
    else:
        click.echo(f"run it: runtime up {name}.toml")
