"""Pictures of recorded frames: lossless, so that what is shown is what was recorded."""

import io
from pathlib import Path

from PIL import Image

from dashboards.studio.past.recordings import Opened
from runtime.pixels import Rgb

#: Pillow's fastest, as in the live view: the pictures are small.
_LEVEL = 1

#: Pictures in one answer: two seconds of play, some 0.7 MB.
MOST_AT_ONCE = 120


def png(rgb: Rgb) -> bytes:
    """Return a picture as PNG."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "png", compress_level=_LEVEL)
    return file.getvalue()


def film(opened: Opened, frames: range) -> bytes:
    """Return pictures end to end, each behind its frame and its length in bytes, both u32 little-endian.

    Raises:
        SessionError: The recording lacks the pixels of one.
    """
    parts = []
    for frame_index in frames:
        picture = png(opened.recording.frame(frame_index))
        parts += [frame_index.to_bytes(4, "little"), len(picture).to_bytes(4, "little"), picture]
    return b"".join(parts)


def thumbnail(opened: Opened, folder: Path) -> bytes:
    """Return a picture of the middle of the session, which is kept in `folder` when the session is complete."""
    path = folder / f"{opened.recording.name}-{opened.version}.png"
    if path.is_file():
        return path.read_bytes()
    recording = opened.recording
    picture = png(recording.frame((recording.first_frame + recording.last_frame) // 2))
    if recording.status == "complete":
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(picture)
        partial.replace(path)
    return picture
