"""All dashboards, in the order in which they are listed."""

from dashboards.grafana.agent import AGENT
from dashboards.grafana.board import Board
from dashboards.grafana.latency import LATENCY
from dashboards.grafana.running import RUNTIME
from dashboards.grafana.stored import JETSTREAM
from dashboards.grafana.training import TRAINING

BOARDS: tuple[Board, ...] = (LATENCY, RUNTIME, JETSTREAM, AGENT, TRAINING)
