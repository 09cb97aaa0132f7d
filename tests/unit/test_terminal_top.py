"""What `runtime top` says of processes, and how it looks."""

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from dashboards.terminal.health_rows import Level, Processes, by_trouble, problems, verdict
from dashboards.terminal.minds import Minds
from dashboards.terminal.pursuits import Pursuit
from dashboards.terminal.rates import Window
from dashboards.terminal.sparkline import sparkline
from dashboards.terminal.storage import Consumer, Stored
from dashboards.terminal.top_sight import Sight, Stream, as_json
from dashboards.terminal.top_view import Room, view
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


def test_processor_time_is_shown_of_the_time_between_reports() -> None:
    (process,) = heard(replace(REFLEX, cpu_s=1.0), replace(REFLEX, cpu_s=1.25, sent_ns=SECOND)).all()
    assert process.cpu_percent == 25.0


def test_the_history_is_of_the_newest_reports_a_full_bar_is_the_limit() -> None:
    assert sparkline([99.0, 0.0, 1.0, 4.0, 16.0, 40.0], 5, 16.0) == " ▃▅██"
    assert sparkline([1.0], 3) == "  █"
    assert sparkline([], 3) == "   "


def test_a_new_pid_is_a_restart_and_its_counts_begin_anew() -> None:
    (process,) = heard(REFLEX, replace(REFLEX, pid=12, dropped=9)).all()
    assert process.restarts == 1
    assert problems(process, SECOND) == []


PLAN = wire.Plan(
    actor="strategist", frame_index=634, sent_ns=0, plan_id="strategist-9", goal="open the gate", strategy="interact",
    waypoints=(wire.Waypoint(26, 6),), area=12, reason="the key fits", model="tiny 1",
)  # fmt: skip
STRATEGIST = replace(REFLEX, process="strategist", figures={"thoughts": 12.0, "failures": 2.0, "last_thought_ms": 3.5})
STORED = Stored("FW_s1", 90, 4_000_000, 1174, (Consumer("c", 7),))


def sight(*reports: wire.Health, **changes: object) -> Sight:
    window = Window(4.0, 0)
    for i in range(60):
        window.add(SECOND * i // 60, 400)
    stream = Stream(window.intervals(SECOND), window.traffic(SECOND), window.total)
    welcome = replace(
        WELCOME, **{name: value for name, value in changes.items() if name in wire.Welcome.__struct_fields__}
    )
    minds = Minds()
    minds.take_plan(PLAN)
    for report in reports:
        minds.take_health(report)
    if changes.get("thinking"):
        minds.take_event(event("think.begun", {"mind": "paligemma"}), SECOND // 2)
    if changes.get("failed"):
        minds.take_event(event("think.failed", {"mind": "paligemma", "kind": "timeout"}), SECOND // 2)
    return Sight(
        welcome=welcome,
        answers=bool(changes.get("answers", True)),
        connected=bool(changes.get("connected", True)),
        frame_index=1234,
        processes=by_trouble(heard(*reports).all(), SECOND),
        streams={"state": stream},
        now_ns=SECOND,
        stored=STORED,
        minds=minds.all(),
        plans=minds.plans,
        pursuits=[
            Pursuit("the ember", "active", 3, 9, "open the gate"),
            *(Pursuit(f"errand {i}", "active", 0, 1, "") for i in range(4)),
            Pursuit("eggs", "completed", 2, 2, ""),
        ],
        gaps=[GAP],
        lacking=5,
    )


GAP = wire.Gap(source="reflex", sent_ns=1, kind="state", first_frame=10, last_frame=12, count=3, reason="too slow")


def event(name: str, facts: dict[str, wire.Scalar]) -> wire.Event:
    return wire.Event(source="strategist", frame_index=1200, sent_ns=0, name=name, facts=facts)


def picture(*reports: wire.Health, columns: int = 160, lines: int = 0, chosen: str = "", **changes: object) -> str:
    console = Console(width=columns, highlight=False)
    footer = "the keys" if lines else ""
    with console.capture() as capture:
        console.print(view(sight(*reports, **changes), Room(columns, lines, footer, chosen, bool(chosen))))
    return capture.get()


def test_the_picture_names_session_processes_and_streams() -> None:
    shown = picture(BRIDGE, replace(REFLEX, restarts=2, cpu_s=1.0, memory_bytes=80_000_000))
    assert "s1 (live, recorded)  60.00 of 59.73 fps  frame 1,234  Ember[wood]  gba on a core  clock realtime" in shown
    assert "all 2 processes are fine" in shown
    row = next(line for line in shown.splitlines() if line.startswith("reflex"))
    assert row.split() == "reflex ok 59.7 / 59.7 1.20 / 2.50 ▄ 0.40 / 1.10 - 3 2 2 - 80 11".split()  # noqa: SIM905
    assert shown.splitlines()[-1].split() == ["state", "60.00", "24.0", "KB/s", "400", "B", "60"]


def test_what_is_stored_thought_pursued_and_lacking() -> None:
    lines = picture(BRIDGE, replace(REFLEX, unstored_bytes=2000), STRATEGIST).splitlines()
    (stored,) = (line for line in lines if line.startswith("stored"))
    assert (
        "up to frame 1,174, 1.0 s behind; 2.0 KB wait; FW_s1: 90 chunks, 4.0 MB; 1 consumer, 7 chunks behind" in stored
    )
    (mind,) = (line for line in lines if line.startswith("strategist  2 failures"))
    assert "interact open the gate at 26,6 in area 12, 10 s ago by tiny 1; 12 thoughts, the last 3.5 ms" in mind
    assert "quest       the ember, 3 of 9: open the gate" in lines
    assert "quests      5 active, 1 completed" in lines
    assert "lacking     5 messages; reflex state of frames 10 to 12: too slow" in lines


def test_a_mind_that_thinks_and_one_that_failed_say_so() -> None:
    assert "THINKING for 0.5 s" in picture(STRATEGIST, thinking=True)
    assert "2 failures, the last: timeout" in picture(STRATEGIST, failed=True)


def test_the_slow_come_first() -> None:
    slow = replace(REFLEX, process="zz", latency_ms_p99=30.0)
    shown = [line.split()[0] for line in picture(BRIDGE, REFLEX, slow).splitlines()[4:7]]
    assert shown == ["zz", "bridge", "reflex"]


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 10), (200, 60)])
def test_it_fits_its_terminal_and_its_last_line_is_the_keys(columns: int, lines: int) -> None:
    shown = picture(BRIDGE, REFLEX, STRATEGIST, columns=columns, lines=lines).splitlines()
    assert len(shown) == lines
    assert max(map(len, shown)) <= columns
    assert shown[-1].strip() == "the keys"
    assert any(line.startswith("bridge") and "59.7 / 59.7" in line for line in shown)


def test_a_chosen_process_is_shown_in_place_of_the_streams() -> None:
    shown = picture(BRIDGE, REFLEX, STRATEGIST, lines=30, chosen="strategist")
    assert "plan strategist-9, 10.0 s old: interact open the gate at 26,6 in area 12, because the key fits" in shown
    assert "failures 2" in shown
    assert "24.0 KB/s" not in shown


def test_scripts_get_the_same_by_stable_keys() -> None:
    found = as_json(sight(BRIDGE, REFLEX, STRATEGIST))
    assert {"session", "frame_index", "fps", "processes", "streams", "stored", "strategists", "quests"} <= set(found)
    assert [process["process"] for process in found["processes"]] == ["bridge", "reflex", "strategist"]
    assert found["stored"]["behind_s"] == pytest.approx(60 / 59.7275)
    assert found["strategists"][0]["plan"]["age_s"] == pytest.approx(600 / 59.7275)
    msgspec.json.encode(found)


def test_the_picture_says_what_state_the_session_is_in() -> None:
    assert "PAUSED" in picture(paused=True)
    assert "DOES NOT ANSWER" in picture(answers=False)
    assert "NO CONNECTION" in picture(answers=False, connected=False)
    assert "60.00 fps" in picture(clock="free")
