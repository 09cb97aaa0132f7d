"""All dashboards, in the order in which they are listed."""

from dashboards.grafana.board import Board
from dashboards.grafana.latency import LATENCY
from dashboards.grafana.running import RUNTIME

BOARDS: tuple[Board, ...] = (LATENCY, RUNTIME)
