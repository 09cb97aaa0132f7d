"""Process replay of the default actors: what they did in a lockstep game is what they do with its recording."""

import json

import pytest

from tests.desk import Desk

#: The reflex, but for one frame.
ALTERED = """
from agents.reflex import Reflex
from runtime.actor import Press


class Altered(Reflex):
    def act(self, seen):
        pressed = super().act(seen)
        return Press("A") if seen.frame_index == 300 else pressed
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a recording of 600 frames, and an actor's file."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    (desk.folder / "altered.py").write_text(ALTERED)
    desk.run("up", "--clock", "lockstep", "--frames", "600", "--session", "game")
    return desk


@pytest.mark.parametrize(
    ("actor", "ticks", "kind"), [("reflex", 600, "action"), ("tactic", 100, "plan"), ("strategist", 100, "plan")]
)
def test_the_default_actors_do_what_they_did(desk: Desk, actor: str, ticks: int, kind: str) -> None:
    report = json.loads(desk.outputs("diff", "game", "--actor", actor, "--json")[0])
    assert report["equal"]
    # What was decided on frame 599 is in no later frame.
    assert (report["ticks"], report["compared"]) == (ticks, min(ticks, 599))
    assert report["kinds"][kind]["equal"] > 1
    assert report["differences"] == []


def test_an_altered_actor_is_caught_on_the_frame(desk: Desk) -> None:
    output = desk.run("diff", "game", "--actor", "reflex", "--uses", "altered:Altered", status=1)
    assert "action: 598 equal, 1 different, 1 not comparable" in output
    assert "game: differs from frame 300 on" in output
    report = json.loads(
        desk.outputs("diff", "game", "--actor", "reflex", "--uses", "altered:Altered", "--json", status=1)[0]
    )
    found = [found for found in report["differences"] if found["kind"] == "action"]
    assert [(difference["frame_index"], difference["now"]["buttons"]) for difference in found] == [(300, ["A"])]


def test_another_config_is_caught_on_the_frame(desk: Desk) -> None:
    words = ("diff", "game", "--actor", "tactic", "--config", "follow=nobody", "--json")
    report = json.loads(desk.outputs(*words, status=1)[0])
    assert not report["equal"]
    first = report["differences"][0]
    assert first["frame_index"] % 6 == 0
    assert first["recorded"]["goal"] != first["now"]["goal"]
