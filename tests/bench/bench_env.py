"""Steps a second of environments: 24 frames each, the last drawn, pixels observed; against PyBoy and stable-retro.

Each contender has a process of its own and plays the same buttons from the first frame of gameplay. They take turns, so
that what else the machine does hits all of them; what counts is the ratio of the medians of their rounds.
"""

import hashlib
import io
import itertools
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from runtime.env import GameEnv, GameVectorEnv
from runtime.game import BUILTIN, load_game
from tests.bench.report import row

SKIP = 24
STEPS, ROUNDS = 60, 9
WORKERS = 8

PRESSED = ("RIGHT", "", "LEFT", "A", "RIGHT", "RIGHT", "LEFT", "LEFT", "", "RIGHT")

EMBERWOOD = BUILTIN / "emberwood" / "emberwood.gba"
BRICKYARD = BUILTIN / "brickyard" / "brickyard.gbc"

#: Brickyard's watch `mode`: 1 in play, 2 lost, 3 won (runtime/games/brickyard/game.toml).
_MODE = 0xC002

#: A contender: called once in its process, it gives a step's function.
Contender = Callable[[], Callable[[str], Any]]


def main() -> None:
    game_boy = {
        "PyBoy's own API": partial(pyboy, BRICKYARD),
        "pyboy": partial(ours, "brickyard", backend="pyboy"),
        "libretro (gambatte)": partial(ours, "brickyard", core="gambatte"),
    }
    rates = race(game_boy)
    base = rates.pop("PyBoy's own API")
    row("Game Boy Color: PyBoy through its own API", f"{base:.0f} steps/s")
    for name, rate in rates.items():
        row(f"Game Boy Color: ours on {name}", f"{rate:.0f} steps/s, {rate / base:.2f} x PyBoy")
    best = max(rates.values()) / base
    row("Game Boy Color: ours on the fastest backend / PyBoy", f"{best:.2f}", "≥ 1.00", ok=best >= 1.0)

    with tempfile.TemporaryDirectory() as folder:
        rates = race(
            {
                "ours": partial(ours, "emberwood"),
                "looking at each frame": partial(ours, "emberwood", stop_early=True),
                "stable-retro": partial(stable_retro, Path(folder)),
            }
        )
    for name, rate in rates.items():
        row(f"GBA: {name}", f"{rate:.0f} steps/s")
    ratio = rates["ours"] / rates["stable-retro"]
    row("GBA: ours / stable-retro", f"{ratio:.2f}", "≥ 1.50", ok=ratio >= 1.5)

    one, many = apart()
    row(f"{WORKERS} processes that do not wait for each other / 1: what the machine has", f"{many / one:.2f}")
    one, many = vectors()
    row(f"vectorised GBA: 1 and {WORKERS} workers", f"{one:.0f} and {many:.0f} steps/s")
    row(f"vectorised GBA: {WORKERS} workers / 1", f"{many / one:.2f}", "≥ 1.70", ok=many / one >= 1.7)


def race(contenders: Mapping[str, Contender]) -> dict[str, float]:
    """Return each one's steps a second: the median of its rounds."""
    pipes = {name: _started(contender) for name, contender in contenders.items()}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for round_number, (name, pipe) in itertools.product(range(ROUNDS + 1), pipes.items()):
        pipe.send(STEPS)
        rate = pipe.recv()
        if round_number:  # the first warms up
            rates[name].append(rate)
    for pipe in pipes.values():
        pipe.close()
    return {name: statistics.median(each) for name, each in rates.items()}


def apart() -> tuple[float, float]:
    """Return the steps a second of one process, and of several at once that each only play."""
    pipes = [_started(partial(ours, "emberwood")) for _ in range(WORKERS)]
    rates: list[list[float]] = [[], []]
    for round_number, (playing, taken) in itertools.product(
        range(ROUNDS + 1), zip((pipes[:1], pipes), rates, strict=True)
    ):
        begin = time.perf_counter()
        for pipe in playing:
            pipe.send(STEPS)
        for pipe in playing:
            pipe.recv()
        if round_number:
            taken.append(STEPS * len(playing) / (time.perf_counter() - begin))
    for pipe in pipes:
        pipe.close()
    return statistics.median(rates[0]), statistics.median(rates[1])


def _started(contender: Contender) -> Connection:
    """Start a process that plays so many steps whenever it is told to; return the pipe to it."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    context.Process(target=_serve, args=(theirs, contender), daemon=True).start()
    theirs.close()
    return pipe


def _serve(pipe: Connection, contender: Contender) -> None:
    step, pressed = contender(), itertools.cycle(PRESSED)
    while True:
        try:
            steps = pipe.recv()
        except EOFError:
            return
        begin = time.perf_counter()
        for buttons in itertools.islice(pressed, steps):
            step(buttons)
        pipe.send(steps / (time.perf_counter() - begin))


def ours(game: str, **settings: Any) -> Callable[[str], Any]:
    """Our environment."""
    env = GameEnv(game, frame_skip=SKIP, actions=[*dict.fromkeys(PRESSED)], **settings)
    env.reset(seed=0)
    options = {"state": env.save_state()}
    env.reset(options=options)
    numbers = {buttons: number for number, buttons in enumerate(dict.fromkeys(PRESSED))}

    def step(buttons: str) -> Any:
        told = env.step(numbers[buttons])
        if told[2]:
            env.reset(options=options)
        return told

    return step


def pyboy(rom: Path) -> Callable[[str], Any]:
    """PyBoy as its documentation has it, with the same picture, watches, reward, end and start of episodes."""
    from pyboy import PyBoy  # noqa: PLC0415  # an extra

    emulator = PyBoy(str(rom), window="null", sound_emulated=False, log_level="ERROR", no_input=True)
    emulator.set_emulation_speed(0)
    env = GameEnv("brickyard", backend="pyboy")
    env.reset(seed=0)
    start = io.BytesIO(env.save_state())
    env.close()

    def begin() -> None:
        start.seek(0)
        emulator.load_state(start)
        emulator.tick(1, True, False)

    begin()
    watches = [(watch.name, watch.address, watch.size) for watch in load_game(rom.parent / "game.toml").watch]
    held: list[str] = []

    def step(buttons: str) -> Any:
        while held:
            emulator.button_release(held.pop())
        for button in filter(None, buttons.split("+")):
            held.append(button.lower())
            emulator.button_press(held[-1])
        emulator.tick(SKIP, True, False)
        memory = emulator.memory
        seen = {
            name: memory[at] if size == 1 else memory[at] | memory[at + 1] << 8
            for name, at, size in watches
            if size <= 2
        }
        picture, success, failure = emulator.screen.ndarray[..., :3].copy(), seen["mode"] == 3, seen["mode"] == 2
        if success or failure:
            begin()
        return picture, float(success - failure), success or failure, False, seen

    return step


def stable_retro(folder: Path) -> Callable[[str], Any]:
    """stable-retro's environment: a step is a frame, and its wrappers that skip frames call it as often."""
    import stable_retro as retro  # noqa: PLC0415  # not on every platform

    name = "Emberwood-GbAdvance-v0"
    game = folder / name
    game.mkdir(exist_ok=True)
    rom = EMBERWOOD.read_bytes()
    (game / "rom.gba").write_bytes(rom)
    (game / "rom.sha").write_text(hashlib.sha1(rom, usedforsecurity=False).hexdigest())
    watched = {"mode": 0x18, "stage": 0x1A, "hp": 0x14}  # runtime/games/emberwood/game.toml
    data = {watch: {"address": 0x0200_0000 + at, "type": "|u1"} for watch, at in watched.items()}
    (game / "data.json").write_text(json.dumps({"info": data}))
    (game / "metadata.json").write_text("{}")
    done = {"variables": {"stage": {"op": "equal", "reference": 4}}}
    (game / "scenario.json").write_text(json.dumps({"done": done, "reward": {"variables": {"stage": {"reward": 1.0}}}}))
    retro.data.Integrations.add_custom_path(str(folder))
    env = retro.make(name, state=retro.State.NONE, inttype=retro.data.Integrations.ALL, render_mode="rgb_array")
    env.reset()

    def frames(buttons: str, count: int) -> Any:
        held = np.array([button is not None and button in buttons.split("+") for button in env.buttons], np.int8)
        for _ in range(count):
            told = env.step(held)
        return told

    for _ in range(10):
        frames("START", 4)
        frames("", 4)
    return lambda buttons: frames(buttons, SKIP)


def vectors() -> tuple[float, float]:
    """Return the steps a second of one worker, and of several together."""
    envs = [GameVectorEnv(count, game="emberwood", frame_skip=SKIP) for count in (1, WORKERS)]
    rates: list[list[float]] = [[], []]
    for env in envs:
        env.reset(seed=0)
    for round_number in range(ROUNDS + 1):
        for env, taken in zip(envs, rates, strict=True):
            begin = time.perf_counter()
            for actions in _actions(env.num_envs, STEPS):
                env.step(actions)
            if round_number:
                taken.append(STEPS * env.num_envs / (time.perf_counter() - begin))
    for env in envs:
        env.close()
    return statistics.median(rates[0]), statistics.median(rates[1])


def _actions(count: int, steps: int) -> Iterator[Any]:
    rng = np.random.default_rng(0)
    for _ in range(steps):
        yield rng.integers(0, 5, count)
