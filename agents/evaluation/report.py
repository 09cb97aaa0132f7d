"""Summaries as a table, a column for each lineup. What no episode has is a dash."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from agents.evaluation.summary import Figure, Share, Summary

ABSENT = "-"

#: Decisions of fewer frames than this share are not shown, nor more than so many.
_LEAST_SHARE, _MOST_SOURCES = 0.0005, 12


def table(title: str, summaries: Mapping[str, Summary]) -> Table:
    """Return the table of some lineups' summaries, by name."""
    shown = Table(title=title)
    shown.add_column("", no_wrap=True)
    for name in summaries:
        shown.add_column(name, justify="right")
    columns = list(summaries.values())
    shown.add_row("episodes", *(str(each.episodes) for each in columns))
    shown.add_row("main quest done", *(_share(each.success) for each in columns))
    for name in _names([[figure.name for figure in each.figures] for each in columns]):
        shown.add_row(name, *(_figure(each, name) for each in columns))
    shown.add_section()
    for name in _names([[recall.name for recall in each.recall] for each in columns]):
        found = [next((recall for recall in each.recall if recall.name == name), None) for each in columns]
        shown.add_row(f"recall: {name}", *(_share(recall) if recall else ABSENT for recall in found))
    for what, parts in (
        ("decided by", [each.decisions for each in columns]),
        ("model", [each.models for each in columns]),
    ):
        for name in _main_parts(parts):
            shown.add_row(f"{what} {name}", *(_percent(part[name]) if name in part else ABSENT for part in parts))
    return shown


def _names(lists: Sequence[Sequence[str]]) -> list[str]:
    """Return all names, in the order in which they come."""
    return list(dict.fromkeys(name for names in lists for name in names))


def _main_parts(parts: Sequence[Mapping[str, float]]) -> list[str]:
    most: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            most[name] = max(most.get(name, 0.0), value)
    ordered = sorted(most, key=lambda name: (-most[name], name))
    return [name for name in ordered if most[name] >= _LEAST_SHARE][:_MOST_SOURCES]


def _figure(summary: Summary, name: str) -> str:
    figure = next((figure for figure in summary.figures if figure.name == name), None)
    return _values(figure) if figure else ABSENT


def _values(figure: Figure) -> str:
    if figure.least == figure.most:
        return _number(figure.mean)
    return f"{_number(figure.mean)}  ({_number(figure.least)} … {_number(figure.most)})"


def _share(found: Share) -> str:
    if not found.of:
        return ABSENT
    return f"{found.yes}/{found.of} = {_percent(found.yes / found.of)}  ({found.low:.0%} … {found.high:.0%})"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3f}"
