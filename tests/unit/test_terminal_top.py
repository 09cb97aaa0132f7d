"""What `runtime top` says of processes, and how it looks."""

import pytest
from msgspec.structs import replace
from rich.console import Console

from dashboards.terminal.health_rows import Level, Processes, problems, verdict
from dashboards.terminal.rates import Window
from dashboards.terminal.top_view import Sight, Stream, view
from runtime import wire

SECOND = 1_000_000_000

REFLEX = wire.Health(
    process="reflex", sent_ns=0, pid=11, metrics_port=0, frame_index=60, ticks=60, rate_hz=59.7, wanted_hz=59.7275,
    rate_ok=True, valid=True, deadline_misses=3, dropped=2, tick_ms_p50=0.4, tick_ms_p99=1.1, latency_ms_p50=1.2,
    latency_ms_p99=2.5, lateness_ms_p99=0.0,
)  # fmt: skip
BRIDGE = replace(REFLEX, process="bridge", pid=10, lateness_ms_p99=0.3)

WELCOME = wire.Welcome(
    session="s1", origin="live", clock="realtime", paused=False, frame_index=5, game="Ember[wood]", game_toml="",
    rom_sha256="", console="gba", width=240, height=160, rate_hz=59.7275, buttons=("A",), pixel_format="gba565",
    regions=(), core="a core", recorded=True,
)  # fmt: skip


def heard(*reports: wire.Health) -> Processes:
    processes = Processes()
    for report in reports:
        processes.hear(report, SECOND)
    return processes


def told(*reports: wire.Health, now_ns: int = SECOND) -> tuple[str, Level]:
    cell = verdict(heard(*reports).all(), now_ns)
    return cell.text, cell.level


def test_all_are_fine() -> None:
    assert told(REFLEX, BRIDGE) == ("all 2 processes are fine", Level.FINE)
    assert [process.health.process for process in heard(REFLEX, BRIDGE).all()] == ["bridge", "reflex"]


def test_nobody_reported() -> None:
    assert told() == ("no process has reported its health yet", Level.SLOW)


def test_silence_hides_everything_else() -> None:
    assert told(replace(REFLEX, valid=False), now_ns=6 * SECOND) == ("reflex: silent for 5 s", Level.BAD)
    assert told(REFLEX, now_ns=4 * SECOND)[1] is Level.FINE


@pytest.mark.parametrize(
    ("changes", "text", "level"),
    [
        ({"valid": False}, "not valid", Level.BAD),
        ({"rate_ok": False, "rate_hz": 31.24}, "31.2 of 59.7 Hz", Level.BAD),
        ({"tick_ms_p99": 9.0}, "tick p99 9.0 ms", Level.SLOW),
        ({"tick_ms_p99": 17.0}, "tick p99 17.0 ms", Level.BAD),
        ({"latency_ms_p99": 20.0}, "latency p99 20.0 ms", Level.BAD),
        ({"latency_ms_p99": 20.0, "wanted_hz": 1.0}, "", Level.FINE),
        ({"latency_ms_p99": 20.0, "wanted_hz": 0.0}, "", Level.FINE),
    ],
)
def test_one_problem(changes: dict[str, float], text: str, level: Level) -> None:
    (process,) = heard(replace(REFLEX, **changes)).all()
    found = problems(process, SECOND)
    assert [(cell.text, cell.level) for cell in found] == ([(text, level)] if text else [])


def test_counts_matter_when_they_rise() -> None:
    assert told(REFLEX, replace(REFLEX, deadline_misses=5, dropped=3)) == (
        "reflex: 2 deadlines missed, 1 dropped",
        Level.SLOW,
    )


def test_a_new_pid_is_a_restart_and_its_counts_begin_anew() -> None:
    (process,) = heard(REFLEX, replace(REFLEX, pid=12, dropped=9)).all()
    assert process.restarts == 1
    assert problems(process, SECOND) == []


def picture(*reports: wire.Health, **changes: object) -> str:
    window = Window(4.0, 0)
    for i in range(60):
        window.add(SECOND * i // 60, 400)
    stream = Stream(window.intervals(SECOND), window.traffic(SECOND), window.total)
    welcome = replace(
        WELCOME, **{name: value for name, value in changes.items() if name in wire.Welcome.__struct_fields__}
    )
    sight = Sight(
        welcome=welcome,
        answers=bool(changes.get("answers", True)),
        connected=bool(changes.get("connected", True)),
        frame_index=1234,
        processes=heard(*reports).all(),
        streams={"state": stream},
        now_ns=SECOND,
    )
    console = Console(width=120, highlight=False)
    with console.capture() as capture:
        console.print(view(sight))
    return capture.get()


def test_the_picture_names_session_processes_and_streams() -> None:
    shown = picture(BRIDGE, REFLEX)
    assert "s1 (live, recorded)  Ember[wood]  gba on a core  clock realtime  frame 1,234  60.00 of 59.73 fps" in shown
    assert "all 2 processes are fine" in shown
    row = next(line for line in shown.splitlines() if line.startswith("reflex"))
    assert row.split() == "reflex ok 59.7 / 59.7 0.40 / 1.10 1.20 / 2.50 - 3 2 0 11".split()  # noqa: SIM905
    assert shown.splitlines()[-1].split() == ["state", "60.00", "24.0", "KB/s", "400", "B", "60"]


def test_the_picture_says_what_state_the_session_is_in() -> None:
    assert "PAUSED" in picture(paused=True)
    assert "DOES NOT ANSWER" in picture(answers=False)
    assert "NO CONNECTION" in picture(answers=False, connected=False)
    assert "60.00 fps" in picture(clock="free")
