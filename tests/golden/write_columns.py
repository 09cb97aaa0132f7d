"""Add what columns.json lacks: `python -m tests.golden.write_columns`, after a change of streams.packing.

The file holds payloads and the columns that every packer so far made of them. What is there stays and unpacks for ever:
recordings in those bytes exist. A packer with other bytes gets a new name here.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from runtime import wire
from streams.packing import pack_columns
from tests.golden.payloads import EXAMPLES

COLUMNS = Path(__file__).with_name("columns.json")


def groups() -> dict[str, list[tuple[int, bytes]]]:
    """Return payloads of which every node is made, by name."""
    values: list[Any] = [
        [1.5, (1 << 63) + i, None if i % 3 else "word", [b"bytes", b"x" * i], {"a": i} if i % 2 else {"b": i}]
        for i in range(6)
    ]
    return {
        "payloads": [(i, wire.encode(example)) for i, example in enumerate(EXAMPLES)],
        "values": [(i * i, msgspec.msgpack.encode(value)) for i, value in enumerate(values)],
        "words": [(i, msgspec.msgpack.encode(bytes([i, 0, 0, 0, 9, i, 1, 0]))) for i in range(6)],
        "none": [],
    }


def main() -> None:
    """Write the file."""
    entries = json.loads(COLUMNS.read_text(encoding="utf-8")) if COLUMNS.exists() else {}
    for name, pairs in groups().items():
        for compressed in (False, True):
            packed = pack_columns(pairs, compressed=compressed)
            assert packed is not None
            payloads = [[number, data.hex()] for number, data in pairs]
            entries.setdefault(f"{name}{' apart' * compressed}", {"packed": packed.hex(), "payloads": payloads})
    COLUMNS.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
