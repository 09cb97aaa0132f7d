"""Routes: labels as files, for other programs and from them."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from dashboards.studio.rest.asked import Name
from dashboards.studio.rest.desk import TheDesk
from dashboards.studio.rest.problems import PROBLEMS, invalid
from dashboards.studio.rest.shapes import Imported
from runtime.wire import Annotation as Act
from streams.annotations.exchange import acts, label_studio, rows, table
from streams.annotations.exchange.formats import FORMATS, WRITTEN, Labelled, write_text

router = APIRouter(tags=["files"], responses=PROBLEMS)

#: The formats that are written, of streams.annotations.exchange.formats; as a type, so that the document lists them.
Format = Literal["acts", "rows", "csv", "label-studio"]
FormatChoice = Annotated[Format, Query(description="; ".join(f"{name}: {FORMATS[name].meaning}" for name in WRITTEN))]

_ENDINGS: dict[Format, tuple[str, str]] = {
    "acts": ("acts.jsonl", "application/x-ndjson"),
    "rows": ("rows.jsonl", "application/x-ndjson"),
    "csv": ("labels.csv", "text/csv"),
    "label-studio": ("label-studio.json", "application/json"),
}


_READERS: dict[Format, Callable[[str, str, str], list[Act]]] = {
    "acts": acts.read,
    "rows": rows.read,
    "csv": table.read,
    "label-studio": label_studio.read,
}

#: What the file may be.
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for _, kind in _ENDINGS.values()}, "description": "The file"}
}


@router.get("/sessions/{session}/export", response_class=Response, responses=_FILES)
async def export_labels(desk: TheDesk, session: str, format: FormatChoice = "acts") -> Response:  # noqa: A002
    """Return a session's labels as a file: acts (JSONL, without loss), rows (JSONL), csv or label-studio."""
    extent, sheet = await desk.sheet(session)
    labelled = Labelled(session, sheet.fold, extent.first_frame, extent.last_frame, extent.meta.rate_hz)
    ending, kind = _ENDINGS[format]
    head = {"Content-Disposition": f'attachment; filename="{session}-{ending}"'}
    return Response(write_text(labelled, format), media_type=kind, headers=head)


@router.post("/sessions/{session}/import")
async def import_labels(
    desk: TheDesk,
    session: str,
    request: Request,
    annotator: Annotated[Name, Query(description="Who says what the file says nobody said")],
    format: FormatChoice = "acts",  # noqa: A002
) -> Imported:
    """Store the labels of a file, which is the body; the same file again stores nothing.

    All of it is checked before the first act is stored.
    """
    try:
        text = (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid(f"the file is not UTF-8: {error.reason} at byte {error.start}", "body") from error
    found = _READERS[format](text, "body", annotator)
    stored = await desk.store(session, found)
    new = sum(each.stored == "now" for each in stored)
    return Imported(session=session, format=format, acts=len(found), stored=new)
