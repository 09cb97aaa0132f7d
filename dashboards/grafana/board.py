"""A dashboard as rows of panels, and Grafana's JSON of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana.panel import SOURCE, Panel, built


@dataclass(frozen=True)
class Board:
    """One dashboard; `uid` is its address in Grafana and its file's name."""

    uid: str
    title: str
    text: str
    rows: Mapping[str, Sequence[Panel]]
    variables: Mapping[str, str]  # name: the query for its values


def as_json(board: Board) -> str:
    """Return the dashboard as Grafana imports it, indented, always the same for the same board."""
    into = (
        builders.Dashboard(board.title)
        .uid(board.uid)
        .description(board.text)
        .tags(["framewire"])
        .refresh("5s")
        .time("now-15m", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(builders.DatasourceVariable("source").type("prometheus").label("Data source"))
    )
    for name, query in board.variables.items():
        into = into.with_variable(
            builders.QueryVariable(name)
            .label(name.capitalize())
            .query(query)
            .datasource(SOURCE)
            .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(models.VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .current(models.VariableOption(selected=True, text="All", value="$__all"))
        )
    for title, panels in board.rows.items():
        into = into.with_row(builders.Row(title))
        for panel in panels:
            into = into.with_panel(built(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(into.build()) + "\n"
