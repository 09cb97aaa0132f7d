"""Routes: single frames."""

from fastapi import APIRouter
from fastapi.responses import Response

from dashboards.studio.rest.desk import Limit, Offset, TheDesk
from dashboards.studio.rest.pictures import PNG, picture
from dashboards.studio.rest.problems import PROBLEMS, not_found
from dashboards.studio.rest.shapes import Filter, Frame, FrameContext, FramePage
from dashboards.studio.rest.sheet import said_of

router = APIRouter(tags=["frames"], responses=PROBLEMS)

#: Neighbours on each side that a frame's context names, at most.
_NEIGHBOURS = 60


@router.get("/sessions/{session}/frames")
async def list_frames(
    desk: TheDesk,
    session: str,
    filter: Filter = "all",  # noqa: A002 - the name that rommer's routes have
    offset: Offset = 0,
    limit: Limit = 100,
) -> FramePage:
    """List frames with their labels, filtered by standing."""
    _, sheet = await desk.sheet(session, size=1)
    found = sheet.sets(filter)
    return FramePage(
        session=session,
        filter=filter,
        total=len(found),
        offset=offset,
        frames=[sheet.frame(unit) for unit in found[offset : offset + limit]],
    )


@router.get("/sessions/{session}/frames/{frame_index}")
async def describe_frame(desk: TheDesk, session: str, frame_index: int) -> Frame:
    """Return the buttons of a frame, who held them, and the game's state after it."""
    await desk.having(session, frame_index)
    found = await desk.reading.frame(session, frame_index)
    if found is None:
        raise not_found(f"session {session!r} lacks frame {frame_index}", seen=frame_index)
    return found


@router.get("/sessions/{session}/frames/{frame_index}/context")
async def context_of_frame(desk: TheDesk, session: str, frame_index: int, neighbours: int = 5) -> FrameContext:
    """Return a labelled frame with its neighbours and the game's state; 404 where a frame has no annotation."""
    await desk.having(session, frame_index)
    _, sheet = await desk.sheet(session, size=1)
    reach = max(0, min(neighbours, _NEIGHBOURS))
    around = sheet.around(frame_index, reach)
    here = next(each for each in around if each.frame_index == frame_index)
    if here.standing == "none":
        raise not_found(
            f"frame {frame_index} of session {session!r} has no annotation", seen=frame_index, kind="not_annotated"
        )
    frame = await desk.reading.frame(session, frame_index)
    return FrameContext(
        session=session,
        frame_index=frame_index,
        standing=here.standing,
        labels=here.labels,
        said=said_of(sheet.fold, frame_index),
        suggestions=sheet.suggestions(frame_index, frame_index),
        frame=frame or Frame(frame_index=frame_index, buttons=[], held=[], state={}),
        before=[each for each in around if each.frame_index < frame_index],
        after=[each for each in around if each.frame_index > frame_index],
    )


@router.get("/sessions/{session}/frames/{frame_index}/image", response_class=Response, responses=PNG)
async def image_of_frame(desk: TheDesk, session: str, frame_index: int) -> Response:
    """Return a frame's picture as PNG, pixel for pixel."""
    extent = await desk.having(session, frame_index)
    return picture(await desk.reading.picture(session, extent.version, frame_index))
