"""The dashboards as they are shipped: JSON, which needs no library to be read."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "json"


class PanelQuery(NamedTuple):
    """A query and where it stands."""

    board: str
    panel: str
    expression: str


def committed() -> dict[str, Mapping[str, Any]]:
    """Return the dashboards by uid."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def queries(board: Mapping[str, Any]) -> Iterator[PanelQuery]:
    """Yield every query of a dashboard."""
    for row in board["panels"]:
        for panel in row.get("panels") or [row]:
            for target in panel.get("targets", ()):
                yield PanelQuery(board["title"], panel["title"], target["expr"])
