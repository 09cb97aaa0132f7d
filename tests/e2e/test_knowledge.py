"""Knowledge as a user keeps it: two sessions with a librarian, and `runtime knowledge`; the real core and server."""

import json

import pytest

from tests.desk import Desk

LAUNCH = """
[game]
name = "emberwood"

[clock]
mode = "lockstep"

[[actor]]
name = "explorer"
uses = "agents.explorer:Explorer"

[[actor]]
name = "starter"
uses = "agents.starter:Starter"
priority = 1

[[actor]]
name = "librarian"
uses = "agents.knowledge.librarian:Librarian"

[actor.config]
store = "sqlite"
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    (desk.folder / "remembering.toml").write_text(LAUNCH)
    return desk


def visits(desk: Desk) -> int:
    [village] = json.loads(
        desk.outputs("knowledge", "query", "--label", "Area", "--where", "name=village", "--json")[0]
    )
    return int(village["visits"])


def test_the_next_session_knows_what_the_last_one_learnt(desk: Desk) -> None:
    desk.run("up", "remembering.toml", "--frames", "700", "--session", "first")
    first = json.loads(desk.outputs("knowledge", "show", "--json")[0])
    assert [area["name"] for area in first["areas"]] == ["village"]
    assert {"Area", "Quest", "Objective", "Game", "Player"} <= first["counts"].keys()
    before = visits(desk)
    desk.run("up", "remembering.toml", "--frames", "700", "--session", "second")
    assert visits(desk) == 2 * before > 0


def test_a_store_that_is_none_is_an_error_of_the_launch_file(desk: Desk) -> None:
    (desk.folder / "wrong.toml").write_text(LAUNCH.replace('"sqlite"', '"mysql://somewhere"'))
    output = desk.run("up", "wrong.toml", status=2)
    assert "wrong.toml" in output
    assert "allowed are sqlite" in output
