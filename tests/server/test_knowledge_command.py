"""`runtime knowledge` on stores in files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from agents.commands.knowledge import knowledge
from agents.knowledge.store import Record, open_store
from runtime.wire import Fact

WORLD = [
    Fact("Area", "area:1", {"name": "village"}),
    Fact("NPC", "npc:1:10:6", {"name": "ELDER ROWAN", "text": "Find an ember in the cave!", "met": True}),
    Fact("NPC", "npc:2:3:3", {"name": "MARLO"}),
    Fact("Item", "item:1:12:6", {"name": "potion"}),
    Fact("LEADS_TO", "tile:1:23:9", {"press": "RIGHT"}, "tile:2:0:8"),
    Fact("Quest", "quest:ember", {"name": "light the wood", "type": "main_story", "status": "active", "steps": 3}),
    *(Fact("Tile", f"tile:1:{x}:0", {"type": "walkable_grass", "walked": x}) for x in range(5)),
]


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(knowledge, [str(word) for word in words], catch_exceptions=False)


def done(*words: object) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "tale.db"
    with open_store(str(path), game="tale") as there:
        there.upsert(WORLD)
    return path


def test_show_counts_areas_and_quests(store: Path) -> None:
    printed = done("show", store)
    assert "tale: " in printed
    assert "village" in printed
    assert "light the wood" in printed
    shown = json.loads(done("show", store, "--json"))
    assert shown["counts"]["NPC"] == 2
    assert [(area["area"], area["name"], area["leads_to"]) for area in shown["areas"]] == [
        (1, "village", [2]),
        (2, "", []),
    ]
    assert shown["quests"][0]["steps"] == 3


def test_show_draws_the_map(store: Path, tmp_path: Path) -> None:
    printed = done("show", store, "--map", tmp_path / "map.png")
    assert "map.png: 2 areas, 7 cells" in printed
    assert "light the wood" in printed
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size[0] > 200


def test_a_games_name_is_its_store_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite", game="tale") as there:
        there.upsert(WORLD)
    assert "village" in done("show", "tale")


def test_query_by_label_place_words_and_property(store: Path) -> None:
    def keys(*words: object) -> list[str]:
        return [node["key"] for node in json.loads(done("query", store, *words, "--json"))]

    assert keys("--label", "NPC") == ["npc:1:10:6", "npc:2:3:3"]
    assert keys("--near", "1,11,6", "--limit", 2) == ["item:1:12:6", "npc:1:10:6"]
    assert keys("--text", "where is elder Rowan?")[0] == "npc:1:10:6"
    assert keys("--where", "met=true") == ["npc:1:10:6"]
    assert keys("--label", "Tile", "--where", "walked=3") == ["tile:1:3:0"]
    assert "ELDER ROWAN at area 1 (10,6) says: Find an ember in the cave!" in done("query", store, "--label", "NPC")
    assert "nothing is known" in done("query", store, "--text", "zebra")


def test_an_export_is_imported_whole_into_a_new_store(store: Path, tmp_path: Path) -> None:
    lines, copy = tmp_path / "out.jsonl", tmp_path / "copy.db"
    done("export", store, "--to", lines)
    assert "nodes and relations changed" in done("import", copy, lines)
    with open_store(str(store), game="") as one, open_store(str(copy), game="") as two:
        assert list(one.records()) == list(two.records())
        assert two.game == "tale"
    assert done("import", copy, lines).startswith("0 ")
    assert done("export", store) == lines.read_text()
    kinds = done("export", store, "--label", "NPC").splitlines()
    assert [json.loads(line)["kind"] for line in kinds[1:]] == ["NPC", "NPC"]


def test_merge_takes_what_the_other_knows(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with open_store(str(other), game="tale") as there:
        there.put([Record("Tile", "tile:1:3:0", "", {"area": 1, "x": 3, "y": 0, "type": "old", "walked": 9}, at_ns=1)])
    done("merge", store, other)
    with open_store(str(store), game="tale") as there:
        node = there.node("tile:1:3:0")
    assert node is not None
    assert (node.text("type"), node.number("walked")) == ("walkable_grass", 9)
    assert done("merge", store, other).startswith("0 ")


def test_vacuum_removes_what_has_had_its_day(store: Path) -> None:
    with open_store(str(store), game="tale") as there:
        there.upsert([Fact("Todo", f"todo:{x}", {"status": "done", "description": "x" * 1000}) for x in range(500)])
    assert done("vacuum", store).startswith("500 nodes removed")
    with open_store(str(store), game="tale") as there:
        assert "Todo" not in there.counts()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("show", "nowhere"), "nowhere.db: there is no such file"),
        (("show", "{folder}/none.db"), "there is no such file"),
        (("show", "mysql://x"), "allowed are sqlite"),
        (("query", "{store}", "--near", "1,2"), "AREA,X,Y"),
        (("query", "{store}", "--where", "met"), "NAME=VALUE"),
        (("query", "{store}", "--label", "Dragon"), "Dragon"),
        (("import", "{folder}/new.db", "{store}"), "no line of an export"),
        (("import", "{folder}/new.db", "{folder}/empty"), "no line of an export"),
        (("show", "{folder}/text.db"), "cannot be opened"),
    ],
)
def test_what_cannot_be_says_what_can(words: tuple[str, ...], problem: str, store: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text.db").write_text("no database " * 100)
    result = run(*(word.format(store=store, folder=tmp_path) for word in words))
    assert result.exit_code in (1, 2)
    assert problem in result.output
    assert "Traceback" not in result.output


def test_a_damaged_line_of_an_export_is_named(store: Path, tmp_path: Path) -> None:
    lines = tmp_path / "out.jsonl"
    done("export", store, "--to", lines)
    lines.write_text("\n".join([*lines.read_text().splitlines()[:3], "{"]))
    result = run("import", tmp_path / "new.db", lines)
    assert result.exit_code == 1
    assert "out.jsonl:4: " in result.output


def test_who_reads_only_the_beginning_is_told_of_no_error(store: Path) -> None:
    with open_store(str(store), game="tale") as there:  # more than a pipe holds
        there.upsert([Fact("Tile", f"tile:3:{x}:{y}", {"type": "walkable_path"}) for x in range(40) for y in range(40)])
    command = f"{sys.executable} -m runtime knowledge export {store} | head -c 10"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    assert (ended.stdout, ended.stderr) == ('{"game":"t', "")
