"""What `runtime top` says of several sessions."""

from msgspec.structs import replace
from rich.console import Console

from dashboards.terminal.health_rows import Processes
from dashboards.terminal.top_fleet import Member, fleet_view
from dashboards.terminal.top_view import Room
from tests.unit.test_terminal_top import BRIDGE, REFLEX, SECOND, WELCOME


def member(name: str, *, answers: bool = True, slow: bool = False, paused: bool = False) -> Member:
    processes = Processes()
    for report in (BRIDGE, replace(REFLEX, rate_ok=not slow, rate_hz=31.2 if slow else REFLEX.rate_hz)):
        processes.hear(report, SECOND)
    return Member(replace(WELCOME, session=name, paused=paused), answers, processes.all())


def shown(*members: Member) -> list[str]:
    console = Console(width=160, highlight=False)
    with console.capture() as capture:
        console.print(fleet_view(list(members), SECOND, Room(160)))
    return capture.get().splitlines()


def test_each_session_has_a_row_and_the_header_adds_them_up() -> None:
    header, _, _, *rows = shown(member("f-1"), member("f-2"))
    assert header.startswith("2 sessions  119.40 frames/s in all")
    assert [row.split() for row in rows] == [
        [name, "recorded", "Ember[wood]", "realtime", "60", *"59.7 / 59.7 1.20 / 2.50 2 4 0 0 0".split()]  # noqa: SIM905
        for name in ("f-1", "f-2")
    ]


def test_what_is_wrong_is_said_beside_its_session() -> None:
    _, _, _, good, slow, paused, gone = shown(
        member("a"), member("b", slow=True), member("c", paused=True), member("d", answers=False)
    )
    assert "reflex" not in good
    assert "reflex: 31.2 of 59.7 Hz" in slow
    assert paused.split()[1] == "PAUSED"
    assert gone.split()[1] == "gone"


def test_a_session_that_has_not_reported_yet_is_shown() -> None:
    row = shown(Member(WELCOME, True, []))[-1]
    assert row.split()[:2] == ["s1", "recorded"]
    assert "no process has reported its health yet" in row


def test_what_matters_less_goes_first_and_what_is_wrong_is_cut() -> None:
    console = Console(width=70, highlight=False)
    with console.capture() as capture:
        console.print(fleet_view([member("a", slow=True)], SECOND, Room(70)))
    _, _, head, row = capture.get().splitlines()
    assert head.split()[:3] == ["session", "state", "Hz"]
    assert "what is wrong" in head
    assert "processes" not in head
    assert row.rstrip().endswith("…")
    assert len(row) <= 70
