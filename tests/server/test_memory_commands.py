"""`runtime memory search|changed|name`, as people type them."""

import json
from pathlib import Path

import pytest
import uvloop

from runtime.bridges.scripted import ScriptedBackend
from runtime.game import load_game
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from tests.desk import Desk
from tests.streams_source import play, record


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)

    async def main() -> None:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            await record(JetStreamStore(bus), "s", list(play(ScriptedBackend(), 200)))

    uvloop.run(main())
    return desk


def test_a_counter_is_found_and_named(desk: Desk) -> None:
    words = ("memory", "search", "s", "increased by 1 every", "= 0x32 @ 49", "--to", "150", "--type", "u32")
    found = json.loads(desk.outputs(*words, "--json")[0])
    assert [step["condition"] for step in found["steps"]] == ["increased by 1 every @ 0:150", "= 50 @ 49"]
    assert [row["address"] for row in found["found"]] == ["0x02000000"]  # `frame` of the scripted game
    table, notes = desk.outputs(*words)
    assert table.splitlines()[1].split() == ["0x02000000", "ewram", "50"]
    assert notes.splitlines() == [f"{step['condition']}: {step['left']:,} left" for step in found["steps"]]
    changed = json.loads(desk.outputs("memory", "changed", "s", "--from", "10", "--to", "19", "--json")[0])
    assert changed[0] == {"address": "0x02000000", "region": "ewram", "changes": 10}
    said = desk.run("memory", "name", "s", "0x02000000", "frames", "--type", "u32", "--meaning", "counts frames")
    path = desk.folder / "square" / "game.toml"
    assert said.startswith(f"{path}: watch frames; play with it: runtime up --game {path.parent}")
    assert [watch.name for watch in load_game(path).watch] == ["frame", "player.x", "frames"]
    for wrong, said in (
        (("search", "s", "like 5"), "'like': a condition begins with ="),
        (("search", "s", "> 5", "--from", "900"), "session 's' has frames 0 to 199"),
        (("name", "s", "here", "x"), "address 'here': wanted a number such as 0x02000014"),
    ):
        assert said in desk.outputs("memory", *wrong, status=2)[1]
