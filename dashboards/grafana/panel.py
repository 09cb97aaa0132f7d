"""What a panel shows, as data, and the Grafana panel it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import prometheus as prometheus_models

#: The data source is a variable of every dashboard: whoever imports one picks theirs.
SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${source}")

#: What queries of sessions are narrowed to, by the variables above the dashboard.
PICKED = 'game=~"$game", session=~"$session"'

#: Grafana's grid is 24 wide.
_WHOLE, _HALF, _HEIGHT = 24, 12, 8


@dataclass(frozen=True)
class Query:
    """A PromQL expression and what its lines are called, with {{label}}."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        title: Above it.
        queries: What it draws; a heat map has one.
        unit: Grafana's name of the values' unit: "s", "hertz", "Bps", "bytes", "percentunit", "short".
        kind: Lines over time, the newest values, or a histogram's buckets over time.
        text: What it says and when to worry, behind the small i.
        wide: Whether it takes the whole width.
        limit: Values above are drawn red; None for no limit.
        stacked: Whether lines stand upon each other.
        signed: Whether values may be below 0.
        repeat: The variable for each of whose values there is one such panel; empty for none.
    """

    title: str
    queries: Sequence[Query]
    unit: str
    text: str
    kind: Literal["lines", "values", "heat"] = "lines"
    wide: bool = False
    limit: float | None = None
    stacked: bool = False
    signed: bool = False
    repeat: str = ""


_Built = timeseries.Panel | stat.Panel | heatmap.Panel


def built(panel: Panel) -> _Built:
    """Return the Grafana panel."""
    into: _Built
    if panel.kind == "heat":
        into = heatmap.Panel().calculate(False).y_axis(heatmap.YAxisConfig().unit(panel.unit))
    elif panel.kind == "values":
        into = stat.Panel().unit(panel.unit).reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    else:
        legend = common_builders.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM)
        legend = legend.display_mode(common.LegendDisplayMode.TABLE).calcs(["mean", "max"])
        into = timeseries.Panel().unit(panel.unit).fill_opacity(40 if panel.stacked else 8).legend(legend)
        into = into.tooltip(common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
        if not panel.signed:
            into = into.min(0)
        if panel.stacked:
            into = into.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    into = into.title(panel.title).description(panel.text).datasource(SOURCE)
    into = into.height(_HEIGHT).span(_WHOLE if panel.wide else _HALF)
    if panel.repeat:
        into = into.repeat(panel.repeat)
    if panel.limit is not None:
        into = into.thresholds(_thresholds(panel.limit))
    for query, ref_id in zip(panel.queries, "ABCDEFGH", strict=False):
        into = into.with_target(_target(query, ref_id, panel.kind))
    return into


def _target(query: Query, ref_id: str, kind: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expression).legend_format(query.legend).ref_id(ref_id).datasource(SOURCE)
    if kind == "heat":
        return target.format(prometheus_models.PromQueryFormat.HEATMAP).legend_format("{{le}}")
    return target.instant() if kind == "values" else target.range()


def _thresholds(limit: float) -> dashboard_builders.ThresholdsConfig:
    steps = [dashboard.Threshold(color="green", value=None), dashboard.Threshold(color="red", value=limit)]
    return dashboard_builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)
