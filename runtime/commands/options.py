"""What sub-commands share: how to reach a server, how to name a session, how to run and end."""

import asyncio
import functools
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import click

from runtime.config import env
from runtime.errors import INTERRUPTED, FramewireError
from runtime.nats_bus import NatsOptions

F = TypeVar("F", bound=Callable[..., Any])

_NATS_FLAGS = (
    ("--js-domain", "JetStream domain, where the server is a leaf node of those that store."),
    ("--tls-key", "Client key, PEM."),
    ("--tls-cert", "Client certificate, PEM."),
    ("--tls-ca", "Certificate authority of the server, PEM."),
    ("--token", "Token for the NATS server."),
    ("--credentials", "Credentials file (.creds) for the NATS server."),
    ("--nats", "URL of a NATS server; default: the embedded one of this folder."),
)


def nats_options(command: F) -> F:
    """Add `--nats` and the ways to be let in; the command gets them as one argument `nats: NatsOptions`."""

    @functools.wraps(command)
    def with_options(
        nats: str,
        credentials: str,
        token: str,
        tls_ca: str,
        tls_cert: str,
        tls_key: str,
        js_domain: str,
        **others: Any,
    ) -> Any:
        options = NatsOptions(
            url=nats or env("FRAMEWIRE_NATS"),
            credentials=credentials,
            token=token,
            tls_ca=tls_ca,
            tls_cert=tls_cert,
            tls_key=tls_key,
            js_domain=js_domain,
        )
        return command(nats=options, **others)

    wrapped: Any = with_options
    for name, text in _NATS_FLAGS:
        wrapped = click.option(name, default="", help=text)(wrapped)
    return cast("F", wrapped)


def run(main: Coroutine[Any, Any, int | None]) -> None:
    """Run a command's coroutine and exit: 0, its status, an error's status, or 130 after Ctrl-C."""
    try:
        status = _run_loop(main)
    except FramewireError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `runtime echo … | head`
        sys.stderr.close()
        sys.exit(0)
    sys.exit(status or 0)


def _run_loop(main: Coroutine[Any, Any, int | None]) -> int | None:
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop  # noqa: PLC0415 - not on Windows

    return uvloop.run(main)
