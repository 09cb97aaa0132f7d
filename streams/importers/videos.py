"""Videos and folders of pictures → sessions of frames without actions and without memory."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from runtime import wire
from runtime.errors import UsageError
from runtime.pixels import Raw
from streams.importers.pictures import Framing, load, picture_size
from streams.importers.recording import IMPORT, imported_meta, name_of, recording
from streams.store import SessionStore

if TYPE_CHECKING:
    from av.container import InputContainer

VIDEOS = frozenset({".avi", ".flv", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".ts", ".webm"})
PICTURES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".webp"})

#: Two times closer than this are the same: containers round their times, the coarsest to a millisecond.
_SAME_S = 0.0005


@dataclass(frozen=True)
class Found:
    """What becomes one session.

    Attributes:
        name: The session's.
        video: The video; None for pictures.
        pictures: The pictures, in order.
    """

    name: str
    video: Path | None = None
    pictures: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """How frames are taken.

    Attributes:
        rate_hz: Frames a second of the source's time; 0 for every frame of a video, at its own rate.
        framing: What is made of each.
    """

    rate_hz: float = 0.0
    framing: Framing = field(default_factory=Framing)


def find(path: Path, name: str = "") -> list[Found]:
    """Return the sessions that a file or a folder makes: one for each video, or one for a folder of pictures.

    Args:
        path: A video; a folder of videos; or a folder of pictures, whose order is that of their names, numbers by size.
        name: The session's name, of several videos the beginning of each; by default made of the file's name.

    Raises:
        UsageError: There is nothing to import, it is mixed, or two sessions would have one name.
    """
    if path.is_file():
        if path.suffix.lower() in PICTURES:
            raise UsageError(f"{path}: one picture is no session; name its folder")
        return [Found(name or name_of(path.stem), video=path)]
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder")
    files = sorted((p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")), key=_natural)
    videos = [p for p in files if p.suffix.lower() in VIDEOS]
    pictures = tuple(p for p in files if p.suffix.lower() in PICTURES)
    if videos and pictures:
        raise UsageError(f"{path}: it has {len(videos)} videos and {len(pictures)} pictures; allowed is one kind")
    if pictures:
        return [Found(name or name_of(path.resolve().name), pictures=pictures)]
    if not videos:
        raise UsageError(
            f"{path}: no videos ({' '.join(sorted(VIDEOS))}) and no pictures ({' '.join(sorted(PICTURES))})"
        )
    found = [Found(name_of(f"{name}-{p.stem}" if name else p.stem), video=p) for p in videos]
    names = [one.name for one in found]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise UsageError(f"{path}: several videos would be the session {', '.join(twice)}; rename them")
    return found


async def import_frames(
    store: SessionStore, found: Found, wanted: Wanted, on_frame: Callable[[], object] = lambda: None
) -> int:
    """Record one session of frames, in bounded memory; return how many.

    Raises:
        UsageError: The source cannot be read, or `wanted` does not fit it; nothing is stored then.
        SessionError: The name is taken.
        BusError: The store cannot be reached.
    """
    if found.video:
        return await _import_video(store, found.name, found.video, wanted, on_frame)
    if not wanted.rate_hz:
        raise UsageError(f"{found.pictures[0].parent}: pictures have no rate; name one with --fps")
    size = wanted.framing.result(*picture_size(found.pictures[0]), str(found.pictures[0]))
    folder = found.pictures[0].parent.resolve()
    source = _Source(folder.name, size, wanted.rate_hz, folder.stat().st_mtime)
    frames = (load(path, _checked(wanted.framing, size, path)) for path in found.pictures)
    return await _record(store, found.name, source, frames, on_frame)


def expected_frames(found: Found, wanted: Wanted) -> int:
    """Return about how many frames there will be, for a progress bar; 0 when it is not known.

    Raises:
        UsageError: The video cannot be read.
    """
    if not found.video:
        return len(found.pictures)
    with _open(found.video) as container:
        stream = container.streams.video[0]
        if stream.frames and not wanted.rate_hz:
            return int(stream.frames)
        return round(float(container.duration or 0) / 1e6 * (wanted.rate_hz or float(stream.average_rate or 0)))


@dataclass(frozen=True)
class _Source:
    """What a session's metadata says of where it came from."""

    file: str
    size: tuple[int, int]
    rate_hz: float
    modified_s: float


async def _import_video(
    store: SessionStore, name: str, path: Path, wanted: Wanted, on_frame: Callable[[], object]
) -> int:
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        own_hz = float(stream.average_rate or stream.guessed_rate or 0)
        rate_hz = wanted.rate_hz or own_hz
        if not rate_hz:
            raise UsageError(f"{path}: it does not say its rate; name one with --fps")
        size = wanted.framing.result(stream.width, stream.height, str(path))
        source = _Source(path.name, size, rate_hz, path.stat().st_mtime)
        decoded = _decoded(container, path)
        taken = _sampled(decoded, wanted.rate_hz, own_hz or rate_hz) if wanted.rate_hz else (f for f in decoded)
        frames = (_checked(wanted.framing, size, path, image).raw(image) for image in map(_image, taken))
        return await _record(store, name, source, frames, on_frame)


async def _record(
    store: SessionStore, name: str, source: _Source, frames: Iterator[Raw], on_frame: Callable[[], object]
) -> int:
    meta = imported_meta(
        name,
        created=datetime.fromtimestamp(source.modified_s, UTC).isoformat(timespec="seconds"),
        game=source.file,
        console="",
        size=source.size,
        rate_hz=source.rate_hz,
        origin="video",
        kinds=("event", "gap", "frame", "state"),
    )
    facts: dict[str, wire.Scalar] = {"file": source.file, "rate_hz": source.rate_hz}
    first = wire.Event(source=IMPORT, frame_index=0, sent_ns=0, name="import.video", facts=facts)
    async with recording(store, meta) as into:
        for frame_index, raw in enumerate(frames):
            await into.add(frame_index, raw=raw, events=() if frame_index else (first,))
            on_frame()
    return into.frames


def _open(path: Path) -> "InputContainer":
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError("videos need PyAV: pip install 'framewire[video]'") from error
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise UsageError(f"{path}: no video: {error}") from error
    if not container.streams.video:
        container.close()
        raise UsageError(f"{path}: it has no video stream")
    return container


def _decoded(container: "InputContainer", path: Path) -> Iterator[Any]:
    """Yield the video's frames."""
    from av import FFmpegError  # noqa: PLC0415 - an extra

    try:
        yield from container.decode(video=0)
    except FFmpegError as error:
        raise UsageError(f"{path}: damaged: {error}") from error


def _sampled(frames: Iterator[Any], rate_hz: float, own_hz: float) -> Iterator[Any]:
    """Yield what is shown at 0, 1, 2 … periods after the video's first frame; a frame may come twice or never."""
    count, start_s, shown_s = 0, 0.0, 0.0
    shown: Any = None
    for number, frame in enumerate(frames):
        at_s = number / own_hz if frame.time is None else frame.time
        if shown is None:
            start_s = at_s
        while shown is not None and count / rate_hz < at_s - start_s - _SAME_S:
            yield shown
            count += 1
        shown, shown_s = frame, at_s
    while shown is not None and count / rate_hz < shown_s - start_s + 1 / own_hz - _SAME_S:
        yield shown
        count += 1


def _image(frame: Any) -> Image.Image:
    image: Image.Image = frame.to_image()
    return image


def _checked(framing: Framing, size: tuple[int, int], path: Path, image: Image.Image | None = None) -> Framing:
    """Return the framing when it makes pictures of that size of this one too."""
    seen = framing.result(*(image.size if image else picture_size(path)), str(path))
    if seen != size:
        raise UsageError(f"{path}: {seen[0]}x{seen[1]} pixels, frames before it have {size[0]}x{size[1]}: use --size")
    return framing


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Order names as people do: `frame2` before `frame10`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name)
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts], path.name
