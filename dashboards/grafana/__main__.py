"""Write the committed JSON anew: `python -m dashboards.grafana`."""

from dashboards.grafana.board import as_json
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.committed import FOLDER

for board in BOARDS:
    (FOLDER / f"{board.uid}.json").write_text(as_json(board), encoding="utf-8")
