"""Routes: frame sets, their labels and what happened in them."""

from fastapi import APIRouter
from fastapi.responses import Response

from dashboards.studio.rest.desk import Desk, Limit, Offset, Size, TheDesk
from dashboards.studio.rest.pictures import PNG, picture
from dashboards.studio.rest.problems import PROBLEMS, not_found
from dashboards.studio.rest.shapes import Filter, FrameSet, FrameSetDetails, FrameSetPage, Order, Queue
from dashboards.studio.rest.sheet import Sheet
from streams.annotations.progress import Unit
from streams.framesets.layout import FRAMES_PER_SET

router = APIRouter(tags=["frame sets"], responses=PROBLEMS)


@router.get("/sessions/{session}/sets")
async def list_sets(
    desk: TheDesk,
    session: str,
    filter: Filter = "all",  # noqa: A002 - the name that rommer's routes have
    order: Order = "frame",
    size: Size = FRAMES_PER_SET,
    offset: Offset = 0,
    limit: Limit = 100,
) -> FrameSetPage:
    """List frame sets with their labels, filtered by standing, by frame or the least sure suggestion first."""
    _, sheet = await desk.sheet(session, size)
    found = sheet.sets(filter, order)
    return FrameSetPage(
        session=session,
        size=size,
        filter=filter,
        order=order,
        total=len(found),
        offset=offset,
        sets=[sheet.frame_set(unit) for unit in found[offset : offset + limit]],
    )


@router.get("/sessions/{session}/queue")
async def queue(
    desk: TheDesk,
    session: str,
    filter: Filter = "all",  # noqa: A002
    order: Order = "frame",
    size: Size = FRAMES_PER_SET,
) -> Queue:
    """Return the ids of all sets that pass a filter, in the order in which to look at them."""
    _, sheet = await desk.sheet(session, size)
    ids = [unit.index for unit in sheet.sets(filter, order)]
    return Queue(session=session, size=size, filter=filter, order=order, sets=ids)


@router.get("/sessions/{session}/sets/{set_id}")
async def describe_set(desk: TheDesk, session: str, set_id: int, size: Size = FRAMES_PER_SET) -> FrameSetDetails:
    """Return a frame set: its labels, buttons, state, and what changed in memory."""
    sheet, unit = await _found(desk, session, set_id, size)
    details = await desk.reading.details(session, unit.first_frame, unit.last_frame)
    return FrameSetDetails(**sheet.frame_set(unit).model_dump(), **details.model_dump())


@router.get("/sessions/{session}/sets/{set_id}/labels")
async def labels_of_set(desk: TheDesk, session: str, set_id: int, size: Size = FRAMES_PER_SET) -> FrameSet:
    """Return a frame set's labels only, as of now."""
    sheet, unit = await _found(desk, session, set_id, size)
    return sheet.frame_set(unit)


@router.get("/sessions/{session}/sets/{set_id}/image", response_class=Response, responses=PNG)
async def image_of_set(desk: TheDesk, session: str, set_id: int, size: Size = FRAMES_PER_SET) -> Response:
    """Return a frame set's pictures as one PNG, one below the other; a frame that the recording lacks is black."""
    _, unit = await _found(desk, session, set_id, size)
    return picture(await desk.reading.strip(session, unit.first_frame, unit.last_frame))


async def _found(desk: Desk, session: str, set_id: int, size: int) -> tuple[Sheet, Unit]:
    _, sheet = await desk.sheet(session, size)
    unit = sheet.unit(set_id)
    if unit is None:
        first, last = sheet.first_frame // size, sheet.last_frame // size
        raise not_found(
            f"session {session!r} has no frame set {set_id}: of {size} frames each it has {first} to {last}",
            seen=set_id,
        )
    return sheet, unit
