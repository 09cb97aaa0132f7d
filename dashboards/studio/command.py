"""`runtime studio`: serve the pages to watch, look through and annotate sessions."""

import logging
from pathlib import Path

import click
import msgspec

from runtime import logs
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option
from runtime.config import env
from runtime.nats_bus import NatsOptions


@click.command(epilog=examples("runtime studio", "runtime studio --host 0.0.0.0 --port 8420"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on. Any but loopback asks "
              "everybody for the token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8420, or a free one when that is "
              "taken.")  # fmt: skip
@click.option("--studio-token", default="", metavar="TOKEN", help="What browsers must show; default: none on loopback, "
              "else a new one, which is printed.")  # fmt: skip
@click.option("--allow-host", multiple=True, metavar="NAME", help="Another name by which the studio is called, as "
              "behind a proxy.")  # fmt: skip
@click.option("--server-file", type=click.Path(path_type=Path), hidden=True, help="NatsOptions, JSON.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input closes.")
@json_option
@nats_options
def studio(
    nats: NatsOptions,
    host: str,
    port: int | None,
    studio_token: str,
    allow_host: tuple[str, ...],
    server_file: Path | None,
    with_parent: bool,
    as_json: bool,
) -> None:
    """Serve the studio: watch live games, look through recordings, annotate them, in a browser.

    It shows what runs on this folder's server, and what is recorded there also when nothing runs. It prints its
    address; Ctrl-C ends it.
    """
    logs.set_up(logging.WARNING)
    if server_file:
        nats = msgspec.json.decode(server_file.read_bytes(), type=NatsOptions)
    from dashboards.studio.running import run_studio  # noqa: PLC0415 - a web server, which other commands do not load

    token = studio_token or env("FRAMEWIRE_TOKEN")
    run(run_studio(nats, host, port, token, allow_host, with_parent=with_parent, as_json=as_json))
