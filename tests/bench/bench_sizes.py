"""What recordings weigh: all kinds against raw RGB555, pictures against PNG, and `store = "inputs"`, scene by scene."""

import io
import statistics
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from PIL import Image

from runtime.frame_codec import ARCHIVE_LEVEL, LIVE_LEVEL, FrameEncoder
from runtime.pixels import to_rgb
from streams.chunks import Group, pack
from streams.grouping import Cuts, Grouper
from streams.recorder import CUTS, SAVESTATE_EVERY
from tests.bench.games import Recorded, Scene, scenes
from tests.bench.report import row

#: A scene in which fewer frames differ from the one before is shown and counts for nothing: nobody plays in it.
MOVING = 0.2

ALL = ("savestate", "plan", "learnt", "event", "gap", "trace", "input", "frame", "memory", "state")
INPUTS = ("savestate", "plan", "learnt", "event", "gap", "input", "hash")

#: Frames of each scene that are also encoded for the archive, and of these, how many become PNG.
ARCHIVED, PNG_EVERY = 1200, 20

_MAX_CHUNK_BYTES = 4 << 20


def main() -> None:
    ratios, live, archived, inputs = [], [], [], []
    for scene in scenes():
        sizes = sizes_of(groups(scene.recorded, Cuts(), ALL))
        frames = len(scene.recorded)
        total = sizes.total() / frames
        hourly = scene.rate_hz * 3600 / 1e6
        input_mb = sizes_of(groups(_fewer_states(scene.recorded), CUTS["inputs"], INPUTS)).total() / frames * hourly
        png, ours, kept = pictures(scene)
        counts = scene.moving >= MOVING
        row(
            f"{scene.name}, {frames:,} frames, {scene.moving:.0%} moving{'' if counts else ' (does not count)'}",
            f"1/{scene.raw_bytes / total:.0f} of raw, {total:,.0f} B/frame, {total * hourly:.0f} MB/h",
            f"inputs {input_mb:.2f} MB/h, PNG ÷ ours {png / ours:.1f} live, {png / kept:.1f} archived",
        )
        row("", ", ".join(f"{kind} {size / frames:.1f}" for kind, size in sizes.most_common()))
        if counts:
            ratios.append(scene.raw_bytes / total)
            inputs.append(input_mb)
            live.append(png / ours)
            archived.append(png / kept)
    _summary(ratios, live, archived, inputs)


def _summary(
    ratios: Sequence[float], live: Sequence[float], archived: Sequence[float], inputs: Sequence[float]
) -> None:
    median, worst = statistics.median(ratios), min(ratios)
    enough = len(ratios) >= 4
    row(
        f"raw RGB555 ÷ recorded, all kinds, {len(ratios)} scenes: median / worst",
        f"{median:.0f} / {worst:.0f}",
        "≥ 60 / ≥ 25, ≥ 4 scenes",
        ok=median >= 60 and worst >= 25 and enough,
    )
    for name, values, wanted in (("live", live, 5), ("archived", archived, 8)):
        middle = statistics.median(values)
        row(
            f"fast PNG ÷ frames, {name}: median (worst)",
            f"{middle:.1f} ({min(values):.1f})",
            f"≥ {wanted}",
            ok=middle >= wanted,
        )
    row(
        "store = inputs: median (worst)",
        f"{statistics.median(inputs):.2f} ({max(inputs):.2f}) MB/h",
        "≤ 5 MB/h",
        ok=max(inputs) <= 5,
    )


def groups(recorded: Sequence[Recorded], cuts: Cuts, kinds: Collection[str]) -> Iterator[Group]:
    """Yield the groups in which a recorder would write these kinds; frames come at their own speed."""
    grouper = Grouper(cuts)
    for frame_index, payloads, key in recorded:
        if grouper.ends_before(frame_index, key=key) and (group := grouper.take()):
            yield group
        grouper.add(frame_index, [item for item in payloads if item[0] in kinds], key=key)
    if group := grouper.take():
        yield group


def sizes_of(written: Iterator[Group]) -> Counter[str]:
    """Return the bytes of all chunks by kind."""
    sizes: Counter[str] = Counter()
    for group in written:
        for kind, chunk in pack(group, _MAX_CHUNK_BYTES)[0]:
            sizes[kind] += len(chunk)
    return sizes


def pictures(scene: Scene) -> tuple[float, float, float]:
    """Return bytes a frame of the same stretch: fast PNG, our live level, our archive level."""
    begin = max(0, len(scene.pixels) // 2 - ARCHIVED // 2)
    part = scene.pixels[begin : begin + ARCHIVED]
    png = [_png(scene, i) for i in range(begin, begin + len(part), PNG_EVERY)]
    sizes = []
    for level in (LIVE_LEVEL, ARCHIVE_LEVEL):
        encoder = FrameEncoder(level)
        sizes.append(sum(len(encoder.encode(i, raw, scene.pixel_format, 0).data) for i, raw in enumerate(part)))
    return statistics.mean(png), sizes[0] / len(part), sizes[1] / len(part)


def _png(scene: Scene, at: int) -> int:
    file = io.BytesIO()
    Image.fromarray(to_rgb(scene.pixels[at], scene.pixel_format)).save(file, "png", compress_level=1)
    return file.tell()


def _fewer_states(recorded: Sequence[Recorded]) -> list[Recorded]:
    """Leave out the savestates that a session with `store = "inputs"` does not make."""
    first = recorded[0][0]
    return [
        (i, [item for item in payloads if item[0] != "savestate" or (i - first) % SAVESTATE_EVERY["inputs"] == 0], key)
        for i, payloads, key in recorded
    ]


if __name__ == "__main__":
    main()
