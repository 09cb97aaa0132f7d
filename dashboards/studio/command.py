"""`runtime studio`: serve the pages to watch, look through and annotate sessions."""

import asyncio
import logging
import signal
from pathlib import Path

import click
import msgspec

from dashboards.studio.app import make_app
from dashboards.studio.hub import Hub
from dashboards.studio.security import access_for, is_loopback
from dashboards.studio.serving import DEFAULT_PORT, WebServer, bind, url_of
from runtime import logs
from runtime.commands.options import nats_options, run
from runtime.config import state_folder
from runtime.nats_bus import NatsOptions
from runtime.parent import watch_parent

#: Longer than open requests, the connection and an embedded server take to end.
_ORPHAN_GRACE_S = 12.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on. Any but loopback asks "
              "everybody for the token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), help=f"Default: {DEFAULT_PORT}, or a free one when that is "
              "taken.")  # fmt: skip
@click.option("--studio-token", default="", metavar="TOKEN", help="What browsers must show; default: none on loopback, "
              "else a new one, which is printed.")  # fmt: skip
@click.option("--allow-host", multiple=True, metavar="NAME", help="Another name by which the studio is called, as "
              "behind a proxy.")  # fmt: skip
@click.option("--server-file", type=click.Path(path_type=Path), hidden=True, help="NatsOptions, JSON.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input closes.")
@nats_options
def studio(
    nats: NatsOptions,
    host: str,
    port: int | None,
    studio_token: str,
    allow_host: tuple[str, ...],
    server_file: Path | None,
    with_parent: bool,
) -> None:
    """Serve the studio: watch live games, look through recordings, annotate them, in a browser.

    It shows what runs on this folder's server, and what is recorded there also when nothing runs. It prints its
    address; Ctrl-C ends it.
    """
    logs.set_up(logging.WARNING)
    if server_file:
        nats = msgspec.json.decode(server_file.read_bytes(), type=NatsOptions)
    run(_studio(nats, host, port, studio_token, allow_host, with_parent=with_parent))


async def _studio(
    nats: NatsOptions, host: str, port: int | None, token: str, also: tuple[str, ...], *, with_parent: bool
) -> None:
    access = access_for(host, token, also)
    listening = bind(host, port)
    with listening:
        hub = Hub(nats, state_folder())
        await hub.open()
        try:
            server = WebServer(make_app(hub, access), listening)
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, server.stop)
            if with_parent:
                watch_parent(server.stop, _ORPHAN_GRACE_S)
            url = url_of(host, listening)
            click.echo(f"studio: {url}{f'?token={access.token}' if access.token else ''}", err=with_parent)
            if not is_loopback(host):
                click.echo(
                    f"studio: open to the network on {host}; who has the token may play, stop and annotate", err=True
                )
            await server.serve()
        finally:
            await hub.close()
