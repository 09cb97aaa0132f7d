"""Add the bytes of payloads that wire.json lacks: `python -m tests.golden.write`.

An entry that is there stays as it is: recordings in these bytes exist. To change a payload, add a field with a default,
or redefine its `version` one higher and delete the old entry by hand.
"""

import json
from pathlib import Path

from runtime import wire
from tests.golden.payloads import EXAMPLES

WIRE = Path(__file__).with_name("wire.json")


def golden() -> dict[str, str]:
    """Return the stored bytes in hex, by tag."""
    entries: dict[str, str] = json.loads(WIRE.read_text(encoding="utf-8")) if WIRE.exists() else {}
    return entries


def main() -> None:
    """Write the file."""
    entries = {wire.tag_of(type(example)): wire.encode(example).hex() for example in EXAMPLES} | golden()
    WIRE.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
