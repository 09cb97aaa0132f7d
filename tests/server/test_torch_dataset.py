"""The PyTorch loader against a real server: workers, epochs, resume."""

import asyncio
import contextlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError, UsageError
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.private_loop import PrivateLoop
from streams.jetstream_store import JetStreamStore
from streams.recording import open_recording
from streams.torch_dataset import FrameStackDataset
from tests.streams_source import held_on, play, record

COUNTS = {"train-1": 330, "train-2": 130}
FRAMES = list(play(ScriptedBackend(), 330))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server with two recordings."""
    loop, resources = PrivateLoop("server"), contextlib.AsyncExitStack()

    async def start() -> str:
        embedded = EmbeddedServer(tmp_path_factory.mktemp("server") / "nats")
        await embedded.start()
        resources.push_async_callback(embedded.stop)
        bus = await connect(NatsOptions(url=embedded.url), "test")
        for name, count in COUNTS.items():
            await record(JetStreamStore(bus), name, FRAMES[:count])
        await bus.close()
        return embedded.url

    yield loop.call(start())
    loop.call(resources.aclose())
    loop.close()


def dataset(server: str, **arguments: Any) -> FrameStackDataset:
    settings: dict[str, Any] = {
        "columns": ("frames", "action", "session", "frame_index", "state"),
        "shuffle_buffer": 64,
        "range_frames": 50,
        "batch_size": 8,
        "nats": server,
        **arguments,
    }
    return FrameStackDataset(["train-*"], **settings)


def keys(batches: Any) -> list[tuple[str, int]]:
    return [
        (session, int(frame))
        for batch in batches
        for session, frame in zip(batch["session"], batch["frame_index"], strict=True)
    ]


def everything() -> set[tuple[str, int]]:
    """Return all rows that have an action: all but each session's last."""
    return {(name, i) for name, count in COUNTS.items() for i in range(count - 1)}


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_workers_give_every_row_once(server: str, workers: int) -> None:
    found = keys(DataLoader(dataset(server), batch_size=None, num_workers=workers))
    assert len(found) == len(everything())
    assert set(found) == everything()


def test_batches_hold_what_was_recorded(server: str) -> None:
    loaded = dataset(server, stack=3)
    with open_recording("train-1", server) as rec:
        for batch in DataLoader(loaded, batch_size=None, num_workers=2):
            assert batch["frames"].dtype == torch.uint8
            assert batch["frames"].shape[1:] == loaded.frames_shape == (3, 160, 240, 3)
            assert batch["action"].dtype == torch.float32
            for i, (session, frame) in enumerate(zip(batch["session"], batch["frame_index"].tolist(), strict=True)):
                names = {name for name, held in zip(loaded.buttons, batch["action"][i], strict=True) if held}
                assert names == set(held_on(frame + 1))
                assert batch["state.frame"][i] == frame + 1
                if session == "train-1":
                    assert np.array_equal(batch["frames"][i, -1].numpy(), rec.frame(frame))


def test_items_without_batches(server: str) -> None:
    first = next(iter(dataset(server, batch_size=None, channels_first=True, shuffle_buffer=0)))
    assert first["frames"].shape == (12, 160, 240)
    assert first["session"] == "train-1"
    assert int(first["frame_index"]) == 0
    collated = next(iter(DataLoader(dataset(server, batch_size=None), batch_size=5, num_workers=1)))
    assert collated["frames"].shape == (5, 4, 160, 240, 3)


def test_the_last_batch_may_be_dropped(server: str) -> None:
    sizes = [len(batch["action"]) for batch in dataset(server, drop_last=True, batch_size=100)]
    assert sizes == [100] * (len(everything()) // 100)


def test_an_epoch_has_an_order_of_its_own(server: str) -> None:
    loaded = dataset(server, columns=("session", "frame_index", "action"))
    loader = DataLoader(loaded, batch_size=None, num_workers=2, persistent_workers=True)
    orders = []
    for epoch in (0, 0, 1):
        loaded.set_epoch(epoch)
        orders.append(keys(loader))
    assert orders[0] == orders[1] != orders[2]
    assert set(orders[2]) == everything()


@pytest.mark.parametrize("batches", [0, 1, 7, 30, 57])
def test_a_pass_continues_exactly(server: str, batches: int) -> None:
    loaded = dataset(server)
    loaded.set_epoch(3)
    whole = keys(loaded)
    passing = iter(loaded)
    before = keys(next(passing) for _ in range(batches))
    state = pickle.loads(pickle.dumps(loaded.state_dict()))
    passing.close()  # type: ignore[attr-defined]  # a generator
    again = dataset(server)
    again.load_state_dict(state)
    assert again.state_dict() == state
    rest = keys(again)
    assert before + rest == whole
    assert keys(again) == whole  # the pass after that is a whole one


def test_a_state_must_fit(server: str) -> None:
    state = dataset(server).state_dict()
    with pytest.raises(UsageError, match="other arguments: stack"):
        dataset(server, stack=2).load_state_dict(state)
    with pytest.raises(UsageError, match="session 'train-9' to frame 10, this cannot"):
        dataset(server).load_state_dict({**state, "sessions": [["train-9", 0, 10]]})
    loaded = dataset(server)
    loaded.load_state_dict({**state, "worker": 1, "workers": 2})
    with pytest.raises(UsageError, match="the state is of worker 1 of 2, this is 0 of 1"):
        next(iter(loaded))


def test_where_chooses_frames(server: str) -> None:
    found = keys(dataset(server, where="frame % 10 == 0"))
    assert set(found) == {key for key in everything() if (key[1] + 1) % 10 == 0}


def test_arguments_are_checked_before_workers_begin(server: str) -> None:
    with pytest.raises(SessionError, match=r"no recorded session matches 'x\*'"):
        FrameStackDataset(["x*"], nats=server)
    with pytest.raises(UsageError, match="batch_size 0"):
        dataset(server, batch_size=0)


def test_without_pytorch_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['torch'] = None; import streams.torch_dataset"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "UsageError: streams.torch_dataset needs PyTorch: pip install 'framewire[train]'" in done.stderr


def test_it_starts_and_holds_the_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path))
    monkeypatch.setenv("FRAMEWIRE_NATS", "")

    async def write() -> None:
        embedded = EmbeddedServer(tmp_path / "nats")
        await embedded.start()
        bus = await connect(NatsOptions(url=embedded.url), "test")
        await record(JetStreamStore(bus), "train-1", FRAMES[:130])
        await bus.close()
        await embedded.stop()

    asyncio.run(write())
    loaded = FrameStackDataset(["train-1"], columns=("session", "frame_index", "action"), batch_size=16)
    assert len(keys(DataLoader(loaded, batch_size=None, num_workers=2))) == 129
    assert (tmp_path / "nats/server.json").exists()
    loaded.close()
    loaded.close()
    assert not (tmp_path / "nats/server.json").exists()
