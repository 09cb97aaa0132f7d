"""Add bytes that wire.json lacks: `python -m tests.golden.write`, after a new payload or a new field with a default.

The file holds each payload's example as every program so far wrote it, oldest first. What is there stays: recordings in
those bytes exist. A payload that redefines its `version` one higher starts anew: delete its old bytes by hand.
"""

import json
from pathlib import Path

from runtime import wire
from tests.golden.payloads import EXAMPLES

WIRE = Path(__file__).with_name("wire.json")


def golden() -> dict[str, list[str]]:
    """Return the stored bytes in hex, oldest first, by tag."""
    entries: dict[str, list[str]] = json.loads(WIRE.read_text(encoding="utf-8")) if WIRE.exists() else {}
    return entries


def main() -> None:
    """Write the file."""
    entries = golden()
    for example in EXAMPLES:
        written = entries.setdefault(wire.tag_of(type(example)), [])
        if wire.encode(example).hex() not in written:
            written.append(wire.encode(example).hex())
    WIRE.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
