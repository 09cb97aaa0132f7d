"""Routes: the log of acts, and adding to it."""

from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query

from dashboards.studio.rest.asked import Annotate, Back, NewActs
from dashboards.studio.rest.desk import Desk, Extent, Limit, TheDesk, act_of, seq_of
from dashboards.studio.rest.problems import PROBLEMS, invalid, not_found
from dashboards.studio.rest.shapes import Act, ActLog, StoredActs, TakenBack
from dashboards.studio.rest.sheet import shown_labels
from runtime.wire import Annotation
from streams.annotations.acts import make_act, undo_of
from streams.annotations.fold import Fold
from streams.annotations.history import next_redo, next_undo

router = APIRouter(tags=["acts"], responses=PROBLEMS)


@router.get("/sessions/{session}/acts")
async def list_acts(
    desk: TheDesk,
    session: str,
    annotator: str = "",
    after: Annotated[int, Query(ge=0, description="Only acts later in the log")] = 0,
    limit: Limit = 1000,
) -> ActLog:
    """Return acts as they were stored, of all annotators or one; with a limit, the newest of them."""
    fold = (await desk.log(session)).fold
    found = [(seq, act) for seq, act in enumerate(fold.acts[after:], after + 1) if annotator in ("", act.annotator)]
    acts = [_shown(seq, act) for seq, act in found[-limit:]]
    return ActLog(session=session, acts=acts, last_seq=len(fold.acts))


@router.post("/sessions/{session}/acts")
async def add_acts(desk: TheDesk, session: str, new: NewActs) -> StoredActs:
    """Store acts in this order. All are checked before the first is stored; one sent again is stored once.

    The answer comes when the server has acknowledged all of them. After an error 503 send them again, as they were.
    """
    return StoredActs(session=session, acts=await desk.store(session, [act_of(act) for act in new.acts]))


@router.post("/sessions/{session}/annotate")
async def annotate(desk: TheDesk, session: str, asked: Annotate) -> StoredActs:
    """Label one frame or many in one request; what is sent again with the same `act_id` is stored once."""
    spans = _spans(await desk.extent(session), asked)
    acts = [
        make_act(
            asked.annotator,
            first,
            last,
            asked.labels,
            act_id=asked.act_id if len(spans) == 1 else f"{asked.act_id}-{number}",
        )
        for number, (first, last) in enumerate(spans)
    ]
    return StoredActs(session=session, acts=await desk.store(session, acts))


@router.post("/sessions/{session}/undo")
async def undo(desk: TheDesk, session: str, whose: Back) -> TakenBack:
    """Take an annotator's last act back; 404 when there is none."""
    return await _take_back(desk, session, whose, next_undo, "take back")


@router.post("/sessions/{session}/redo")
async def redo(desk: TheDesk, session: str, whose: Back) -> TakenBack:
    """Do again what an annotator took back last; 404 when there is nothing, or something was labelled since."""
    return await _take_back(desk, session, whose, next_redo, "do again")


async def _take_back(
    desk: Desk, session: str, whose: Back, choose: Callable[[Fold, str], Annotation | None], what: str
) -> TakenBack:
    log = await desk.log(session)
    before = log.fold.act(whose.act_id)
    act = log.fold.act(before.undoes) if before else choose(log.fold, whose.annotator)
    if act is None:
        raise not_found(f"{whose.annotator} has nothing to {what} in session {session!r}", seen=whose.annotator)
    if before is None:
        await log.add(msgspec.structs.replace(undo_of(act), act_id=whose.act_id))
    return TakenBack(session=session, act=_shown(seq_of(log.fold, act), act))


def _spans(extent: Extent, asked: Annotate) -> list[tuple[int, int]]:
    """Return the frames that are meant as runs, first to last inclusive."""
    ways = {
        "frames": bool(asked.frames),
        "sets": bool(asked.sets),
        "first_frame and last_frame": asked.first_frame is not None and asked.last_frame is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) != 1:
        raise invalid(
            f"which frames: {', '.join(given) or 'nothing'} given; one way is allowed", "body", allowed=[*ways]
        )
    if asked.first_frame is not None and asked.last_frame is not None:
        return [(asked.first_frame, asked.last_frame)]
    if asked.frames:
        return list(_runs(asked.frames))
    spans = ((first * asked.size, last * asked.size + asked.size - 1) for first, last in _runs(asked.sets))
    return [(max(first, extent.first_frame), min(last, extent.last_frame)) for first, last in spans]


def _runs(numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Yield the unbroken runs of numbers in any order, some perhaps twice."""
    first = last = -1
    for number in sorted(set(numbers)):
        if first >= 0 and number == last + 1:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last


def _shown(seq: int, act: Annotation) -> Act:
    return Act(
        seq=seq,
        act_id=act.act_id,
        annotator=act.annotator,
        kind=act.kind,
        first_frame=act.first_frame,
        last_frame=act.last_frame,
        at_ms=act.at_ms,
        labels=shown_labels(act.labels.items()),
        suggestion=act.suggestion,
        confidence=act.confidence,
        model=act.model,
        accepts=act.accepts,
        undoes=act.undoes,
    )
