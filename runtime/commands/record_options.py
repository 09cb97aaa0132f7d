"""The options of `runtime up` that say what is recorded, and how much."""

import re
from typing import Any

import click

from runtime.session_meta import STORES

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}
_BYTES = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def amount(text: str) -> tuple[float, int]:
    """Read `60s`, `10m`, `1.5h` as (seconds, 0) and `500MB`, `2GiB` as (0, bytes).

    Raises:
        click.BadParameter: It is neither.
    """
    found = _AMOUNT.fullmatch(text.strip())
    unit = found[2].lower() if found else ""
    value = float(found[1]) if found else 0.0
    if value > 0 and unit in _SECONDS:
        return value * _SECONDS[unit], 0
    if value > 0 and unit in _BYTES:
        return 0.0, int(value * _BYTES[unit])
    units = ", ".join((*_SECONDS, "kB", "MB", "GB", "KiB", "MiB", "GiB"))
    raise click.BadParameter(f"{text!r}: allowed is a number above 0 with one of {units}, as 60s or 500MB")


def seconds(text: str) -> float:
    """Read `60s`, `10m`, `1.5h`.

    Raises:
        click.BadParameter: It is no time.
    """
    found, size = amount(text)
    if size:
        raise click.BadParameter(f"{text!r}: allowed is a time, as 60s, 10m or 1.5h")
    return found


def record_options(command: Any) -> Any:
    """Add the options; `recorder_overrides` reads them."""
    for option in (
        click.option("--keep-on", multiple=True, metavar="EVENT", help="Keep the snapshot on this event."),
        click.option(
            "--keep-when", metavar="RULE", help="Keep the snapshot when this begins to hold: 'player.hp < 3'."
        ),
        click.option(
            "--snapshot",
            type=seconds,
            metavar="TIME",
            help="Hold only the last 60s, 10m … in memory, and record them when told to.",
        ),
        click.option("--drop-oldest", is_flag=True, help="At --limit remove the oldest part."),
        click.option(
            "--limit", type=amount, metavar="TIME|SIZE", help="Record at most 1h, 2GB …; then stop recording."
        ),
        click.option("--split", type=amount, metavar="TIME|SIZE", help="Begin the next part after 10m, 500MB …"),
        click.option("--exclude", multiple=True, metavar="KIND", help="Do not record this kind; may be repeated."),
        click.option("--record", multiple=True, metavar="KIND", help="Record only this kind; may be repeated."),
        click.option(
            "--store",
            type=click.Choice(tuple(STORES)),
            help="all: frames and memory, too; inputs: what they can be made of again, a small part of the size.",
        ),
        click.option("--no-record", is_flag=True, help="Do not record."),
    ):
        command = option(command)
    return command


def recorder_overrides(given: dict[str, Any]) -> dict[str, Any]:
    """Return the launch file's `[recorder]` fields for the options given; None for those that were not."""
    split, limit = given["split"] or (None, None), given["limit"] or (None, None)
    return {
        "enabled": False if given["no_record"] else None,
        "store": given["store"],
        "kinds": given["record"] or None,
        "exclude": given["exclude"] or None,
        "split_s": split[0],
        "split_bytes": split[1],
        "limit_s": limit[0],
        "limit_bytes": limit[1],
        "drop_oldest": True if given["drop_oldest"] else None,
        "snapshot_s": given["snapshot"],
        "keep_when": given["keep_when"],
        "keep_on": given["keep_on"] or None,
    }
