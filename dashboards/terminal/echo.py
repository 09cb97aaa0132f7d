"""`runtime echo`: print what goes over one stream."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click

from dashboards.terminal.fields import check_present, full_path, leaves, plain
from dashboards.terminal.filters import payload_filter
from dashboards.terminal.inbox import open_inbox
from dashboards.terminal.live import Source, open_live, source_options
from dashboards.terminal.render import block, chosen, csv_row, fields_text, json_line
from dashboards.terminal.targets import Target, target
from runtime import wire
from runtime.bus import Message
from runtime.commands.options import run
from runtime.commands.output import examples
from runtime.errors import UsageError, WireError


@dataclass
class Printer:
    """Turns messages of one stream into text.

    Attributes:
        payload_type: What the stream carries.
        style: `text`, `csv` or `json`.
        names: The fields chosen, as they were typed; empty for all.
        passes: The filter.
    """

    payload_type: type[wire.Payload]
    style: str
    names: tuple[str, ...]
    passes: Callable[[wire.Payload], bool]
    _paths: list[str] = field(init=False)
    _started: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Check the fields against the payload's type; raises UsageError."""
        self._paths = [full_path(self.payload_type, name) for name in self.names]

    def text(self, message: Message) -> str | None:
        """Return what to print for a message; None if the filter holds it back.

        Raises:
            WireError: It does not hold the payload.
            UsageError: A field or a name in the filter is not there.
        """
        payload = wire.decode(self.payload_type, message.data)
        check_present(payload, self._paths)
        if not self.passes(payload):
            return None
        tree = plain(payload)
        if self.style == "csv":
            return self._csv(tree)
        if not self.names:
            size = len(message.data)
            return json_line(message.subject, tree) if self.style == "json" else block(message.subject, size, tree)
        values = chosen(tree, self._paths)
        if self.style == "json":
            return json_line(message.subject, dict(zip(self.names, values, strict=True)))
        return fields_text(self.names, values)

    def _csv(self, tree: dict[str, Any]) -> str:
        """Return a row, before the first one also the header; without chosen fields the first message's are."""
        header = ""
        if not self._started:
            self._started = True
            self.names = self.names or tuple(leaves(tree))
            self._paths = self._paths or list(self.names)
            header = csv_row(self.names) + "\n"
        return header + csv_row(chosen(tree, self._paths))


@click.command(
    epilog=examples(
        "runtime echo state --field player.x --field player.y --csv",
        "runtime echo state --filter 'player.hp < 3 and frame_index > 100' --once",
        "runtime echo in.action.reflex --json",
    )
)
@click.argument("stream", metavar="KIND|SUBJECT")
@click.option("--field", "names", multiple=True, metavar="PATH", help="Only this field, dotted; may be repeated.")
@click.option("--filter", "expression", default="", metavar="EXPR", help="Only messages for which this holds.")
@click.option("--csv", "as_csv", is_flag=True, help="A header and one row a message.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; bytes as base64.")
@click.option("--once", is_flag=True, help="End after one message; as -n 1.")
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="End after N messages.")
@source_options
def echo(
    *,
    stream: str,
    names: tuple[str, ...],
    expression: str,
    as_csv: bool,
    as_json: bool,
    once: bool,
    count: int | None,
    source: Source,
) -> None:
    """Print the decoded messages of a stream.

    KIND is a row of `runtime topics`, if you like with its sender (in.action.reflex); SUBJECT is in full (fw.s1.state).
    """
    if as_csv and as_json:
        raise UsageError("--csv and --json: choose one")
    wanted = target(stream, source.session)
    passes = payload_filter(expression, wanted.payload) if expression else _everything
    style = "csv" if as_csv else "json" if as_json else "text"
    printer = Printer(wanted.payload, style, names, passes)
    source = Source(source.nats, source.session or wanted.session)
    run(_echo(source, wanted, printer, 1 if once else count))


async def _echo(source: Source, wanted: Target, printer: Printer, count: int | None) -> None:
    async with open_live(source) as live, open_inbox(live.bus, wanted.patterns(live.session)) as inbox:
        printed = 0
        while count is None or printed < count:
            message = await inbox.get()
            try:
                text = printer.text(message)
            except WireError as error:
                click.echo(f"{message.subject}: {error}", err=True)
                continue
            if text is not None:
                click.echo(text)
                printed += 1


def _everything(_: wire.Payload) -> bool:
    return True
