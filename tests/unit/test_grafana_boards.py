"""The committed dashboards are what the code makes, and Grafana can read them."""

import itertools
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


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_the_committed_json_is_what_the_code_makes(board: Board) -> None:
    path = FOLDER / f"{board.uid}.json"
    assert path.read_text(encoding="utf-8") == as_json(board), "run: python -m dashboards.grafana"


def test_no_dashboard_is_left_over() -> None:
    assert set(committed()) == {board.uid for board in BOARDS}


def test_every_panel_says_what_it_shows_and_asks_for_what_there_is() -> None:
    server = (family for part in (of_server({}), of_jetstream({})) for family in part)
    families = itertools.chain(Metrics("s", "p").registry.collect(), server)
    there = {sample for family in families for sample in _names(family.name)}
    for board in committed().values():
        for query in queries(board):
            named = set(re.findall(r"\b(?:framewire|process)_\w+", query.expression))
            assert named, query
            assert named <= there, f"{query.panel}: {named - there}"


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
