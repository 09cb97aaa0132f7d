"""One studio, from its socket to its end."""

import asyncio
import signal

import click

from dashboards.studio.app import make_app
from dashboards.studio.hub import Hub
from dashboards.studio.security import access_for, is_loopback
from dashboards.studio.serving import WebServer, bind, url_of
from runtime.commands.output import print_json_line
from runtime.config import state_folder
from runtime.nats_bus import NatsOptions
from runtime.parent import watch_parent
from runtime.spawning import give_way

#: Longer than open requests, the connection and an embedded server take to end.
_ORPHAN_GRACE_S = 12.0


async def run_studio(
    nats: NatsOptions,
    host: str,
    port: int | None,
    token: str,
    also: tuple[str, ...],
    *,
    with_parent: bool,
    as_json: bool,
) -> None:
    """Serve until Ctrl-C, or with `with_parent` until standard input closes; print the address.

    Args:
        nats: The server to use; without a url the embedded one of the state folder, started if none runs.
        host: The address to listen on.
        port: The port; None for the usual one, or a free one when that is taken.
        token: What browsers must show; empty for none on loopback, and for a new one on other addresses.
        also: More names by which the studio may be called.
        with_parent: End when standard input closes.
        as_json: Print the address as JSON.

    Raises:
        UsageError: It cannot listen there, or the token is no good.
        BusError: No server can be had.
    """
    access = access_for(host, token, also)
    listening = bind(host, port)
    with listening:
        hub = Hub(nats, state_folder())
        try:
            await hub.open()
            give_way()
            server = WebServer(make_app(hub, access), listening)
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, server.stop)
            if with_parent:
                watch_parent(server.stop, _ORPHAN_GRACE_S)
            url = url_of(host, listening)
            if as_json:
                print_json_line({"url": url, "token": access.token})
            else:
                click.echo(f"studio: {url}{f'?token={access.token}' if access.token else ''}", err=with_parent)
            if not is_loopback(host):
                click.echo(
                    f"studio: open to the network on {host}; who has the token may play, stop and annotate", err=True
                )
            await server.serve()
        finally:
            await hub.close()
