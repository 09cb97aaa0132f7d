"""Routes: which sessions there are, and which labels."""

from typing import Any

from fastapi import APIRouter

from dashboards.studio.rest.desk import TheDesk
from dashboards.studio.rest.problems import PROBLEMS
from dashboards.studio.rest.shapes import (
    Label,
    SessionFacts,
    SessionList,
    SessionSummary,
    VocabularyKey,
    VocabularyShape,
)

router = APIRouter(tags=["sessions"], responses=PROBLEMS)


@router.get("/sessions")
async def list_sessions(desk: TheDesk, game: str = "", status: str = "") -> SessionList:
    """List all recorded sessions by name, or those of a game, or with a status (recording, interrupted, complete)."""
    lines = sorted(await desk.past.listing.lines(), key=lambda line: str(line["name"]))
    found = [_summary(line) for line in lines if game in ("", line["game"]) and status in ("", line["status"])]
    return SessionList(sessions=found)


@router.get("/sessions/{session}")
async def describe_session(desk: TheDesk, session: str) -> SessionFacts:
    """Say what a session is, which frames it has, and who annotated it."""
    extent = await desk.extent(session)
    fold = (await desk.log(session)).fold
    meta = extent.meta
    return SessionFacts(
        session=session,
        game=meta.game,
        console=meta.console,
        created=meta.created,
        status=extent.status,
        first_frame=extent.first_frame,
        last_frame=extent.last_frame,
        frames=extent.frames,
        seconds=extent.frames / meta.rate_hz,
        width=meta.width,
        height=meta.height,
        rate_hz=meta.rate_hz,
        buttons=list(meta.buttons),
        scan=meta.scan,
        core=meta.core,
        acts=len(fold.acts),
        annotators=list(fold.annotators),
    )


@router.get("/vocabulary")
async def vocabulary(desk: TheDesk) -> VocabularyShape:
    """Return which labels there are: the project's labels.toml, or the default."""
    known = desk.vocabulary
    return VocabularyShape(
        keys=[
            VocabularyKey(
                name=name,
                type=key.type,
                required=name in known.required,
                labels=[Label(value=value, key=press) for value, press in key.labels.items()],
            )
            for name, key in known.keys.items()
        ]
    )


def _summary(line: dict[str, Any]) -> SessionSummary:
    first, frames = line["first_frame"], line["frames"]
    return SessionSummary(
        session=line["name"],
        game=line["game"],
        console=line["console"],
        created=line["created"],
        status=line["status"],
        first_frame=first,
        last_frame=first + frames - 1,
        frames=frames,
        seconds=line["seconds"],
    )
