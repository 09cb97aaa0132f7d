"""What `runtime top` says of a session in a line each: what is stored and lacking, thoughts, quests. Pure."""

from rich.text import Text

from dashboards.terminal.cells import cell_text
from dashboards.terminal.health_rows import Cell, Level
from dashboards.terminal.minds import Mind, target
from dashboards.terminal.top_sight import Sight
from runtime.commands.terminal import size

#: A recording is appended in groups of about a second; this far behind, the store does not keep up.
_BEHIND_S = 5.0

#: Columns before the text of a fact.
_LABEL = 12

#: Quests shown where there is no room for all.
_FEW = 2


def facts(sight: Sight, *, few: bool) -> list[Text]:
    """Return a line each: what is stored, what is lacking, who thinks what, which quests there are; `few` of those."""
    found = [_fact("stored", _storage(sight))] if sight.welcome.recorded else []
    if sight.lacking:
        found.append(_fact("lacking", _gaps(sight)))
    found += [_fact(mind.actor, _mind(sight, mind)) for mind in sight.minds]
    active = [quest for quest in sight.pursuits if quest.status == "active"]
    for quest in active[:_FEW] if few else active:
        step = f": {quest.step}" if quest.step else ""
        found.append(_fact("quest", Cell(f"{quest.name}, {quest.done} of {quest.steps}{step}")))
    if sight.pursuits:
        counts = {status: sum(quest.status == status for quest in sight.pursuits) for status in _STATUSES}
        found.append(_fact("quests", Cell(", ".join(f"{count} {status}" for status, count in counts.items() if count))))
    return found


_STATUSES = ("active", "pending", "completed")


def _fact(label: str, cell: Cell) -> Text:
    return Text.assemble((f"{label[: _LABEL - 2]:<{_LABEL}}", "bold"), cell_text(cell))


def _storage(sight: Sight) -> Cell:
    stored = sight.stored
    if stored is None:
        return Cell("nothing of it is in JetStream, or that does not answer", Level.SLOW)
    behind = sight.behind_s
    parts = [
        f"up to frame {stored.last_frame:,}, {behind:.1f} s behind",
        f"{size(sight.unstored_bytes)} wait",
        f"{stored.stream}: {stored.chunks:,} chunks, {size(stored.stored_bytes)}",
    ]
    if stored.consumers:
        lag = max(consumer.pending for consumer in stored.consumers)
        count = len(stored.consumers)
        parts.append(f"{count} consumer{'' if count == 1 else 's'}, {lag:,} chunks behind")
    return Cell("; ".join(parts), Level.SLOW if behind > _BEHIND_S else Level.FINE)


def _gaps(sight: Sight) -> Cell:
    newest = max(sight.gaps, key=lambda gap: gap.sent_ns)
    where = f"{newest.source} {newest.kind} of frames {newest.first_frame:,} to {newest.last_frame:,}"
    return Cell(f"{sight.lacking:,} messages; {where}: {newest.reason}", Level.SLOW)


def _mind(sight: Sight, mind: Mind) -> Cell:
    """Say whether it thinks, what it last planned and how long ago, by which model, and what failed."""
    plan, failures = sight.plan_of(mind.actor), mind.figure("failures")
    parts = [f"THINKING for {(sight.now_ns - mind.thinking_ns) / 1e9:.1f} s"] if mind.thinking_ns else []
    if failures:
        parts.append(f"{failures:.0f} failures{f', the last: {mind.failure}' if mind.failure else ''}")
    if plan:
        by = plan.model or mind.mind or "rules"
        parts.append(f"{target(plan)}, {sight.age_s(plan.frame_index):.0f} s ago by {by}")
    else:
        parts.append("no plan yet")
    if thoughts := mind.figure("thoughts"):
        parts.append(f"{thoughts:.0f} thoughts, the last {mind.figure('last_thought_ms'):.1f} ms")
    return Cell("; ".join(parts), Level.SLOW if failures or mind.thinking_ns else Level.FINE)
