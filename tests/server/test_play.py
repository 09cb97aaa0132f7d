"""A person plays, alone and beside an agent, in a window (SDL's dummy driver) and in a terminal; all is recorded."""

import asyncio
import json
import os
import re
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pygame
import pytest

from dashboards.play.keymap import default_keymap
from dashboards.play.player import Player, Sharing
from dashboards.play.window import Window
from runtime import wire
from runtime.client import Client, connect
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.desk import PATIENCE_S, Desk
from tests.terminal import Terminal

#: An agent that always walks left.
AGENT = """
from typing import ClassVar

from runtime.actor import Press


class Left:
    rate: ClassVar = "frame"
    reads: ClassVar = ("state",)
    writes: ClassVar = ("action",)

    def act(self, seen):
        return Press("LEFT", reason="always")
"""
LAUNCH = '[game]\nrom = "scripted"\n[[actor]]\nname = "agent"\nuses = "agent:Left"\npriority = 3\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    (tmp_path / "agent.py").write_text(AGENT)
    (tmp_path / "shared.toml").write_text(LAUNCH)
    monkeypatch.setenv("FRAMEWIRE_HOME", str(desk.home))
    monkeypatch.setenv("FRAMEWIRE_NATS", "")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    return desk


def recorded(desk: Desk, session: str) -> list[wire.Input]:
    """Return what was held on every frame, and why."""

    async def read() -> list[wire.Input]:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            opened = await open_session(JetStreamStore(bus), session)
            return [tick.input async for tick in opened.ticks(("input",)) if tick.input]

    return asyncio.run(read())


def who(inputs: list[wire.Input], actor: str) -> list[tuple[str, ...]]:
    """Return the different buttons that an actor held, in order."""
    held: list[tuple[str, ...]] = []
    for frame in inputs:
        for cause in frame.causes:
            if cause.actor == actor and cause.buttons and cause.buttons != (held[-1] if held else ()):
                held.append(cause.buttons)
    return held


async def come(holds: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE_S / 0.005)):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to hold")


class Hands:
    """A person at the window: SDL's own events, and what the game then holds."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.now = wire.Input(frame_index=-1, sent_ns=0, buttons=())

    async def watch(self) -> None:
        async for held in self._client.subscribe("input"):
            assert isinstance(held, wire.Input)
            self.now = held

    async def until(self, holds: Callable[[wire.Input], bool]) -> None:
        before = self.now.frame_index
        await come(lambda: self.now.frame_index > before and holds(self.now))

    def key(self, key: int, *kinds: int) -> None:
        for kind in kinds or (pygame.KEYDOWN, pygame.KEYUP):
            pygame.event.post(pygame.event.Event(kind, key=key))


def play_window(session: str, script: Callable[[Hands], Any], sharing: Sharing, start: str = "", **up: Any) -> None:
    """Play in a window on a display that is none, by a script."""

    async def main() -> None:
        async with connect(session=session, start=start, name="person", **up) as client:
            keymap = default_keymap(client.welcome.console, client.welcome.buttons)
            player = Player(client, Window(), keymap, name="person", slot="quick", sharing=sharing)
            hands = Hands(client)
            async with asyncio.TaskGroup() as group:
                playing = group.create_task(player.run())
                watching = group.create_task(hands.watch())
                await hands.until(lambda held: pygame.display.get_surface() is not None)
                await script(hands)
                hands.key(pygame.K_ESCAPE)
                await playing
                watching.cancel()

    asyncio.run(main())


@pytest.fixture
def shared(desk: Desk) -> Iterator[Desk]:
    """A session in which the agent plays; the test ends it."""
    game = desk.start("up", "shared.toml", "--session", "both")
    try:
        desk.wait_for("actor.joined")
        yield desk
        assert game.wait(PATIENCE_S) == 0
    finally:
        game.kill()
        game.wait()
    assert "Traceback" not in desk.said()


def test_a_demonstration_is_recorded_and_becomes_a_dataset(desk: Desk, tmp_path: Path) -> None:
    async def script(hands: Hands) -> None:
        hands.key(pygame.K_RIGHT, pygame.KEYDOWN)
        await hands.until(lambda held: held.buttons == ("RIGHT",))
        hands.key(pygame.K_x, pygame.KEYDOWN)
        await hands.until(lambda held: held.buttons == ("A", "RIGHT"))
        hands.key(pygame.K_x, pygame.KEYUP)
        await hands.until(lambda held: held.buttons == ("RIGHT",))
        hands.key(pygame.K_RIGHT, pygame.KEYUP)
        await hands.until(lambda held: held.buttons == ())
        hands.key(pygame.K_RETURN)  # down and up at once
        await hands.until(lambda held: held.buttons == ("START",))
        await hands.until(lambda held: held.buttons == ())

    play_window("demo", script, Sharing(), start="scripted")
    inputs = recorded(desk, "demo")
    assert who(inputs, "person") == [("RIGHT",), ("RIGHT", "A"), ("RIGHT",), ("START",)]
    held = [frame for frame in inputs if frame.buttons]
    assert {cause.actor for frame in inputs for cause in frame.causes} == {"person"}
    assert {cause.reason for frame in inputs for cause in frame.causes} == {"keyboard"}
    assert all(cause.observed_frame < frame.frame_index for frame in inputs for cause in frame.causes)
    desk.run("dataset", "build", "demo", "--format", "parquet", "--out", "set")
    rows = pq.read_table(tmp_path / "set/data", columns=["frame_index", "buttons", "actor"]).to_pylist()
    by_frame = {row["frame_index"] + 1: row for row in rows}
    assert held
    for frame in held:
        if frame.frame_index in by_frame:
            row = by_frame[frame.frame_index]
            assert (tuple(row["buttons"]), row["actor"]) == (frame.buttons, "person")
    assert sum(1 for row in rows if row["buttons"] and row["actor"] == "person") >= len(held) - 1


def test_the_persons_keys_win_while_held_and_some_frames_after(shared: Desk) -> None:
    async def script(hands: Hands) -> None:
        await hands.until(lambda held: held.buttons == ("LEFT",))
        hands.key(pygame.K_UP, pygame.KEYDOWN)
        await hands.until(lambda held: held.buttons == ("UP",))
        hands.key(pygame.K_UP, pygame.KEYUP)
        await hands.until(lambda held: held.buttons == ())
        await hands.until(lambda held: held.buttons == ("LEFT",))

    play_window("both", script, Sharing(after_frames=20))
    shared.run("ctl", "stop")
    inputs = recorded(shared, "both")
    persons = [frame for frame in inputs if any(cause.actor == "person" for cause in frame.causes)]
    assert who(inputs, "person") == [("UP",)]
    assert all(len(frame.causes) == 1 for frame in persons), "the agent is not mixed in"
    after = [frame for frame in persons if not frame.buttons]
    assert 1 <= len(after) <= 20
    agents = [frame for frame in inputs if frame.causes and frame not in persons]
    assert {(frame.buttons, frame.causes[0].actor) for frame in agents} == {(("LEFT",), "agent")}
    assert agents[0].frame_index < persons[0].frame_index < persons[-1].frame_index < agents[-1].frame_index


def test_merged_the_person_and_the_agent_press_at_once(shared: Desk) -> None:
    async def script(hands: Hands) -> None:
        await hands.until(lambda held: held.buttons == ("LEFT",))
        hands.key(pygame.K_x, pygame.KEYDOWN)
        await hands.until(lambda held: held.buttons == ("A", "LEFT"))
        hands.key(pygame.K_x, pygame.KEYUP)
        await hands.until(lambda held: held.buttons == ("LEFT",))

    play_window("both", script, Sharing(merge=True))
    shared.run("ctl", "stop")
    both = [frame for frame in recorded(shared, "both") if frame.buttons == ("A", "LEFT")]
    causes = [(cause.actor, cause.buttons) for cause in both[-1].causes]
    assert causes == [("agent", ("LEFT",)), ("person", ("A",))]


def test_the_keys_of_a_window_control_the_game(desk: Desk) -> None:
    async def script(hands: Hands) -> None:
        async def title(pattern: str) -> None:
            await come(lambda: bool(re.search(pattern, pygame.display.get_caption()[0])))

        hands.key(pygame.K_F2)
        await title("save quick")
        hands.key(pygame.K_F1)
        await title("paused")
        hands.key(pygame.K_F8)
        hands.key(pygame.K_F3)
        await title("paused.*load quick")
        hands.key(pygame.K_F1)
        hands.key(pygame.K_F6)
        await title("x 2")
        hands.key(pygame.K_F5)
        hands.key(pygame.K_F5)
        await title(r"x 0\.5")
        hands.key(pygame.K_F7)
        hands.key(pygame.K_F4)

    play_window("keys", script, Sharing(), start="scripted")

    async def events() -> list[tuple[str, Any]]:
        async with open_bus(NatsOptions(), desk.home, "test") as bus:
            opened = await open_session(JetStreamStore(bus), "keys")
            ticks = [tick async for tick in opened.ticks(("event",))]
            return [(event.name.removeprefix("control."), event.facts.get("by")) for t in ticks for event in t.events]

    controls = [name for name, by in asyncio.run(events()) if by == "person"]
    assert controls[:6] == ["save", "pause", "step", "load", "resume", "set_rate"]
    assert controls.count("set_rate") >= 3


def test_play_in_a_terminal_without_releases(desk: Desk) -> None:
    terminal = Terminal(desk, "play", "--rom", "scripted", "--terminal", "--session", "tty", columns=80)
    try:
        terminal.wait_for(r"frame \d+")
        assert termios.tcgetattr(terminal.slave) != terminal.before
        for keys, shown in ((b"\x1b[C", "RIGHT"), (b"z", "B"), (b"\r", "START"), (b"\x1bOQ", "save quick")):
            terminal.shown = ""
            terminal.press(keys)
            terminal.wait_for(rf"frame \d+ · {shown}")
            terminal.shown = ""
            terminal.wait_for(r"frame \d+( · save quick)?▀")  # let go of
        terminal.press(b"\x1b[21~")
        assert terminal.ended() == 0
        assert terminal.wait_for("recorded: runtime dataset build tty")
        assert termios.tcgetattr(terminal.slave) == terminal.before
        assert os.get_blocking(terminal.slave)
    finally:
        terminal.close()
    assert who(recorded(desk, "tty"), "person") == [("RIGHT",), ("B",), ("START",)]
    assert [f["slot"] for f in json.loads(desk.outputs("ctl", "slots", "--json")[0])] == ["quick"]


def test_play_in_a_terminal_that_tells_of_releases(desk: Desk) -> None:
    terminal = Terminal(desk, "play", "--rom", "scripted", "--terminal", "--session", "kitty", columns=80)
    try:
        terminal.wait_for(r"frame \d+")
        terminal.press(b"\x1b[?11u")
        terminal.press(b"\x1b[120;1:1u")
        for _ in range(3):
            terminal.wait_for(r"frame \d+ · A")
            terminal.look(0.5)
            terminal.shown = terminal.shown[-100:]
        terminal.press(b"\x1b[120;1:3u")
        terminal.shown = ""
        terminal.wait_for(r"frame \d+▀")
        terminal.press(b"\x1b[99;5u")
        assert terminal.ended() == 0
    finally:
        terminal.close()
    held = [frame for frame in recorded(desk, "kitty") if frame.buttons == ("A",)]
    assert len(held) > 30, "one press, and held until it was released"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--terminal",), "stdout is no terminal"),
        (("--name", "bridge"), "name 'bridge'"),
        (("--slot", "a/b"), "slot 'a/b'"),
        (("--session", "s", "--actors"), "session s runs already"),
        (("nosuch", "--window"), "no game 'nosuch'"),
    ],
)
def test_what_cannot_be_played_is_one_clear_error(desk: Desk, words: tuple[str, ...], said: str) -> None:
    process = desk.pipe("play", *words)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode in (1, 2), error
    assert said in error
    assert "Traceback" not in error
