"""What formats with JSON beside their pictures say of a row."""

from typing import Any

from streams.datasets.rows import Row


def described(row: Row) -> dict[str, Any]:
    """Return everything but the pixels, as Row names it; `ends` and `outcome` on an episode's last row only."""
    said: dict[str, Any] = {
        "session": row.session,
        "episode_index": row.episode_index,
        "frame_index": row.frame_index,
        "split": row.split,
        "held": row.held,
        "action": row.action,
        "actions": row.actions,
        "actor": row.actor,
        "plan_id": row.plan_id,
        "model": row.model,
        "state": row.state,
        "labels": dict(row.labels),
    }
    if row.ends:
        said |= {"ends": True, "outcome": row.outcome}
    return said
