"""All dashboards, in the order in which they are listed."""

from dashboards.grafana.board import Board
from dashboards.grafana.latency import LATENCY
from dashboards.grafana.running import RUNTIME
from dashboards.grafana.stored import JETSTREAM

BOARDS: tuple[Board, ...] = (LATENCY, RUNTIME, JETSTREAM)
