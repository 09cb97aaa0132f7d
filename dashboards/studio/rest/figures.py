"""Routes: how far annotation is, what is said how often, and who agrees with whom."""

from collections import Counter
from collections.abc import Iterable

from fastapi import APIRouter

from dashboards.studio.rest.desk import Size, TheDesk
from dashboards.studio.rest.problems import PROBLEMS
from dashboards.studio.rest.shapes import (
    Aggregate,
    Agreement,
    AgreementReport,
    Dispute,
    LabelRun,
    Progress,
    ValueCount,
)
from dashboards.studio.rest.sheet import shown, shown_labels
from streams.annotations.aggregate import aggregate
from streams.annotations.agreement import agreement
from streams.annotations.fold import Said
from streams.annotations.progress import progress
from streams.annotations.spans import Run
from streams.annotations.statements import disagreements
from streams.framesets.layout import FRAMES_PER_SET

router = APIRouter(tags=["figures"], responses=PROBLEMS)

#: Runs and disputes in one answer.
_MOST = 5000


@router.get("/sessions/{session}/progress")
async def progress_of_session(desk: TheDesk, session: str, size: Size = FRAMES_PER_SET) -> Progress:
    """Say how many frame sets are complete, partial or not annotated at all, and who did how much."""
    extent, sheet = await desk.sheet(session, size)
    fold = sheet.fold
    found = progress(fold, extent.first_frame, extent.last_frame, sheet.required, size=size)
    return Progress(
        session=session,
        size=size,
        sets=found.units,
        complete=found.complete,
        partial=found.partial,
        none=found.none,
        frames=found.frames,
        frames_labelled=sheet.labelled_frames,
        acts=len(fold.acts),
        by_key=found.by_key,
        by_annotator=Counter(act.annotator for act in fold.acts if not act.suggestion),
    )


@router.get("/sessions/{session}/aggregate/{field}")
async def aggregate_field(desk: TheDesk, session: str, field: str) -> Aggregate:
    """Say how often each value of a key (context, scene, tags …) is given, and on which frames."""
    extent, sheet = await desk.sheet(session)
    desk.vocabulary.check(field, "")
    runs = _alike(sheet.fold.runs(field).within(extent.first_frame, extent.last_frame))
    return Aggregate(
        session=session,
        field=field,
        values=[
            ValueCount(value=total.value, frames=total.frames, runs=total.runs)
            for total in aggregate(sheet.fold, field)
        ],
        frames_without=extent.frames - sum(run.last_frame - run.first_frame + 1 for run in runs),
        spans=runs[:_MOST],
        spans_left_out=max(0, len(runs) - _MOST),
    )


def _alike(runs: Iterable[Run[Said]]) -> list[LabelRun]:
    """Return runs with those joined that follow each other and say the same, whoever said it."""
    found: list[LabelRun] = []
    for run in runs:
        value = shown(run.value.value)
        if found and found[-1].value == value and found[-1].last_frame == run.first_frame - 1:
            found[-1].last_frame = run.last_frame
        else:
            found.append(LabelRun(value=value, first_frame=run.first_frame, last_frame=run.last_frame))
    return found


@router.get("/sessions/{session}/agreement")
async def agreement_of_annotators(desk: TheDesk, session: str, field: str = "") -> AgreementReport:
    """Compare annotators: the share of frames on which each two agree, Cohen's kappa, and where they do not."""
    fold = (await desk.log(session)).fold
    if field:
        desk.vocabulary.check(field, "")
    return AgreementReport(
        session=session,
        agreement=[
            Agreement(
                key=each.key,
                annotators=[each.first, each.second],
                frames=each.frames,
                agreed=each.observed,
                kappa=each.kappa,
            )
            for each in agreement(fold, field)
        ],
        disputes=[
            Dispute(
                key=each.key,
                first_frame=each.first_frame,
                last_frame=each.last_frame,
                values=shown_labels(each.values.items()),
            )
            for each in disagreements(fold, field)[:_MOST]
        ],
    )
