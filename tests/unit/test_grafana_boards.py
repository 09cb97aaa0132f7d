"""The committed dashboards are what the code makes, and Grafana can read them."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.grafana.board import Board, as_json
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.command import dashboards
from dashboards.grafana.committed import FOLDER, committed, queries
from runtime.metrics import Metrics
from runtime.server_metrics import of_jetstream, of_server
from runtime.training_metrics import TrainingMetrics


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_the_committed_json_is_what_the_code_makes(board: Board) -> None:
    path = FOLDER / f"{board.uid}.json"
    assert path.read_text(encoding="utf-8") == as_json(board), "run: python -m dashboards.grafana"


def test_no_dashboard_is_left_over() -> None:
    assert set(committed()) == {board.uid for board in BOARDS}


def test_every_panel_asks_for_what_there_is(tmp_path: Path) -> None:
    server = (family for part in (of_server({}), of_jetstream({})) for family in part)
    with TrainingMetrics("r", trainer="t", state=tmp_path) as training:
        families = [*Metrics("s", "p").registry.collect(), *training.registry.collect(), *server]
    there = {"up", *(sample for family in families for sample in _names(family.name))}
    for board in committed().values():
        for query in queries(board):
            named = set(re.findall(r"\b(?:framewire_\w+|process_\w+_\w+|up)\b", query.expression))
            assert named, query
            assert named <= there, f"{query.panel}: {named - there}"


def test_queries_are_narrowed_by_variables_that_their_board_has() -> None:
    for board in committed().values():
        variables = {variable["name"] for variable in board["templating"]["list"]}
        for query in queries(board):
            used = set(re.findall(r"\$(\w+)", query.expression)) - {"__rate_interval"}
            assert used <= variables, query
            sessions = "framewire_nats" not in query.expression and "framewire_jetstream" not in query.expression
            assert used or not sessions, f"{query.panel} shows all sessions, whatever is chosen"


def test_boards_of_sessions_have_a_variable_for_game_session_and_actor() -> None:
    for uid in ("framewire-latency", "framewire-runtime", "framewire-agent"):
        names = [variable["name"] for variable in committed()[uid]["templating"]["list"]]
        assert names == ["source", "game", "session", "actor"]


def test_a_panel_of_each_actor_is_repeated_by_the_variable() -> None:
    panels = committed()["framewire-latency"]["panels"]
    (each,) = (panel for panel in panels if panel.get("repeat"))
    assert (each["repeat"], each["type"]) == ("actor", "heatmap")


def test_panels_lie_side_by_side_and_have_a_text() -> None:
    for board in committed().values():
        places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
        assert len(set(places)) == len(places)
        assert all(panel["description"] for panel in board["panels"] if panel["type"] != "row")


def test_export_writes_them_all(tmp_path: Path) -> None:
    done = CliRunner().invoke(dashboards, ["export", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert {json.loads(path.read_text(encoding="utf-8"))["uid"] for path in (tmp_path / "new").iterdir()} == set(
        committed()
    )


def _names(family: str) -> set[str]:
    return {family, *(f"{family}_{end}" for end in ("total", "bucket", "count", "sum"))}
