"""Recorded sessions: the list, one session's facts, pictures and timeline, a branch and a dataset of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from dashboards.studio.past.described import described, extras
from dashboards.studio.past.listing import Filter
from dashboards.studio.past.pictures import MOST_AT_ONCE, film, png, thumbnail
from dashboards.studio.past.recordings import Opened
from dashboards.studio.past.shared import ThePast
from dashboards.studio.past.track_blocks import Extra
from runtime.errors import UsageError
from streams.annotations.fold import Fold

router = APIRouter(tags=["sessions"])

#: Columns of a timeline: the widest screens have fewer pixels.
_MOST_COLUMNS = 4000

#: Plots in one answer.
_MOST_WATCHES = 24

#: A session's frame never changes, and its address has the session's version in it.
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


class Branch(BaseModel):
    """Where a branch begins, and its name."""

    frame: int = Field(ge=0)
    name: str = Field(max_length=64)


class Dataset(BaseModel):
    """What a dataset is made of."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)
    format: str = Field(default="parquet", max_length=40)
    stride: int = Field(default=1, ge=1, le=100_000)
    folder: str = Field(max_length=100)


@router.get("/api/sessions")
async def sessions(
    past: ThePast, text: str = "", game: str = "", clock: str = "", annotated: str = ""
) -> dict[str, Any]:
    """List the recorded sessions that fit a filter, the newest first; `games` and `clocks` are those there are."""
    wanted = Filter(text[:200], game, clock, annotated)
    lines = await past.listing.lines()
    return {
        "sessions": [line for line in lines if wanted.fits(line)],
        "all": len(lines),
        "games": sorted({line["game"] for line in lines}),
        "clocks": sorted({line["clock"] for line in lines}),
    }


@router.get("/api/sessions/{name}")
async def session(past: ThePast, name: str) -> dict[str, Any]:
    """Describe one session: its frames, buttons, regions and watches."""
    return await past.recordings.use(name, lambda opened: described(opened, past.folder), "pictures")


@router.get("/api/sessions/{name}/thumbnail.png")
async def session_thumbnail(past: ThePast, name: str) -> Response:
    """Return a picture of the middle of the session."""
    picture = await past.recordings.use(name, lambda opened: thumbnail(opened, past.thumbnails), "pictures")
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/api/sessions/{name}/frames/{frame}.png")
async def picture(past: ThePast, name: str, frame: int, v: str = "") -> Response:
    """Return a frame as PNG, without loss; with `v`, the session's version, it may be kept for ever."""

    def read(opened: Opened) -> tuple[bytes, str]:
        return png(opened.recording.frame(frame)), opened.version

    made, version = await past.recordings.use(name, read, "pictures")
    return Response(made, media_type="image/png", headers=_kept(v, version))


@router.get("/api/sessions/{name}/film")
async def pictures(past: ThePast, name: str, first: int, last: int, step: int = 1, v: str = "") -> Response:
    """Return frames `first` to `last` as PNG, end to end; before each its frame and its length, u32 little-endian."""
    if step < 1 or not first <= last or (last - first) // step >= MOST_AT_ONCE:
        raise UsageError(f"frames {first} to {last} by {step}: allowed are 1 to {MOST_AT_ONCE} at once")

    def read(opened: Opened) -> tuple[bytes, str]:
        return film(opened, range(first, last + 1, step)), opened.version

    made, version = await past.recordings.use(name, read, "pictures")
    return Response(made, media_type="application/octet-stream", headers=_kept(v, version))


@router.get("/api/sessions/{name}/frames/{frame}")
async def moment(past: ThePast, name: str, frame: int) -> dict[str, Any]:
    """Say what a recording has of one frame: who held what and why, state, events, plans, hash; and its labels."""
    found = await past.recordings.use(name, lambda opened: _moment(opened, frame))
    found["labels"] = (await past.labels(name)).fold.labels(frame)
    return found


@router.get("/api/sessions/{name}/tracks")
async def tracks(
    past: ThePast,
    name: str,
    first: int | None = None,
    last: int | None = None,
    columns: Annotated[int, Query(ge=1, le=_MOST_COLUMNS)] = 800,
    watch: Annotated[list[str] | None, Query(max_length=_MOST_WATCHES)] = None,
) -> dict[str, Any]:
    """Return the timeline of frames `first` to `last`, reduced to columns: buttons, events, gaps, labels, watches.

    What was not read yet is read for a tenth of a second; ask again until `complete`.
    """

    def read(opened: Opened) -> dict[str, Any]:
        recording, known = opened.recording, extras(opened, past.folder)
        low, high = recording.session.span(first, last)
        names: list[str | Extra] = [known.get(one, one) for one in dict.fromkeys(watch or ())]
        wanted = [one for one in names if isinstance(one, Extra)]
        history = opened.history if wanted else None
        recording.run(opened.tracks.load(recording.session, low, high, wanted, history))
        return opened.tracks.view(recording.session, low, high, columns, names).answer

    answer = await past.recordings.use(name, read)
    answer["labels"] = _labels((await past.labels(name)).fold, answer["first"], answer["last"])
    return answer


@router.post("/api/sessions/{name}/branch")
async def branch(past: ThePast, name: str, wanted: Branch) -> dict[str, Any]:
    """Begin a live session from a frame, in the state it had there; answered when it plays."""
    return (await past.jobs.branch(name, wanted.frame, wanted.name)).answer


@router.post("/api/sessions/{name}/datasets")
async def dataset(past: ThePast, name: str, wanted: Dataset) -> dict[str, Any]:
    """Begin to build a dataset of a range of frames; `/api/jobs` says how far it is."""
    last = min(wanted.last, (await past.recordings.use(name, lambda opened: opened.recording.last_frame)))
    job = await past.jobs.build(name, wanted.format, wanted.first, last, wanted.stride, wanted.folder)
    return job.answer


@router.get("/api/jobs")
async def jobs(past: ThePast) -> list[dict[str, Any]]:
    """List what runs in the background and what ran, the newest first."""
    return past.jobs.answer()


@router.delete("/api/jobs/{number}")
async def cancel(past: ThePast, number: int) -> list[dict[str, Any]]:
    """End a job."""
    await past.jobs.cancel(number)
    return past.jobs.answer()


def _kept(given: str, version: str) -> dict[str, str]:
    """Return the headers of a picture."""
    return _FOR_EVER if given == version else {"Cache-Control": "no-store"}


def _moment(opened: Opened, frame: int) -> dict[str, Any]:
    recording = opened.recording
    found: dict[str, Any] = {"frame": frame, "buttons": [], "causes": [], "state": {}, "events": [], "plans": []}
    kinds = [kind for kind in ("input", "state", "event", "plan", "hash", "frame") if recording.meta.keeps(kind)]
    if recording.meta.store == "inputs":
        kinds.append("state")
    for tick in recording.ticks(kinds, start=frame, end=frame):
        if tick.input:
            found["buttons"] = list(tick.input.buttons)
            found["causes"] = [
                {
                    "actor": cause.actor,
                    "buttons": list(cause.buttons),
                    "seen": cause.observed_frame,
                    "plan": cause.plan_id,
                    "model": cause.model,
                    "reason": cause.reason,
                }
                for cause in tick.input.causes
            ]
        found["state"] |= tick.state
        found["events"] += [{"name": event.name, "source": event.source, "facts": event.facts} for event in tick.events]
        found["plans"] += [{"actor": plan.actor, "goal": plan.goal, "reason": plan.reason} for plan in tick.plans]
        if tick.pixels_hash is not None:
            found["pixels_hash"] = f"{tick.pixels_hash:016x}"
    return found


def _labels(fold: Fold, first: int, last: int) -> dict[str, list[tuple[int, int, str]]]:
    """Return, by key, the labels of a range as (first, last, value)."""
    return {
        key: [
            (max(first, run.first_frame), min(last, run.last_frame), _text(run.value.value))
            for run in fold.runs(key).within(first, last)
        ]
        for key in fold.keys
    }


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
