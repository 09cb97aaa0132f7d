"""`FrameStackDataset`: recordings as a PyTorch dataset, straight from JetStream, without files in between.

    from torch.utils.data import DataLoader
    from streams.torch_dataset import FrameStackDataset

    dataset = FrameStackDataset(["train-*"], stack=4, batch_size=32, seed=1)
    for epoch in range(10):
        dataset.set_epoch(epoch)
        for batch in DataLoader(dataset, batch_size=None, num_workers=2):
            loss = step(batch["frames"], batch["action"])

A row is that of `streams.datasets.rows`: an observation, oldest frame first, and the buttons held on the next frame.
No stack reaches across an episode's beginning or a hole: the first frame is repeated. Rows that lack one of the
columns, as an episode's last row lacks an action, are left out.
"""

import contextlib
import weakref
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from runtime.private_loop import PrivateLoop
from streams.loading import BatchMaker, Example, Part, PartReader, Place, Plan, Recipe, Shuffled, make_plan
from streams.opening import hold_server, open_store

try:
    import torch
    from torch.utils.data import IterableDataset, get_worker_info
except ImportError as error:
    raise UsageError("streams.torch_dataset needs PyTorch: pip install 'framewire[train]'") from error


class FrameStackDataset(IterableDataset[dict[str, Any]]):
    """Stacks of frames with actions and state, in a seeded order; DataLoader workers share them without overlap.

    Each item is a dict with the columns asked for; with `batch_size` all have a leading batch axis:

        frames       uint8 (T, H, W, 3) RGB, or (T * 3, H, W) channels first; oldest frame first
        action       float32 (n,), 1 for each of `buttons` that was held on the next frame
        held         float32 (n,), the buttons held while this frame was emulated
        state.NAME   int64, a watch at the end of this frame
        frame_index  int64
        session      str

    The constructor looks up the sessions and lets go of the server, so that workers may be forked; each connects when
    it begins to read. What is recorded later is not seen. Without `set_epoch` every pass gives the same order.

    `state_dict` and `load_state_dict` return to any place, exactly: with `num_workers=0` by hand, with workers through
    torchdata's StatefulDataLoader.
    """

    def __init__(
        self,
        sessions: Collection[str],
        *,
        stack: int = 4,
        stride: int = 1,
        columns: Sequence[str] = ("frames", "action"),
        where: str = "",
        channels_first: bool = False,
        shuffle_buffer: int = 1024,
        range_frames: int = 1200,
        seed: int = 0,
        batch_size: int | None = None,
        drop_last: bool = False,
        nats: NatsOptions | str = "",
    ) -> None:
        """Look up the sessions.

        Args:
            sessions: Names, and patterns such as `train-*`.
            stack: Frames in an observation.
            stride: Emulated frames from one row to the next and between the frames of a stack. Above 1, workers share
                whole sessions.
            columns: What items hold; `state` stands for all watches.
            where: Only frames whose state fulfils this condition, such as `quest.stage == 4`.
            channels_first: The observation's layout.
            shuffle_buffer: Rows that are mixed at a time, each with one frame of its own in memory; 0 keeps the order.
            range_frames: Sessions are cut into ranges of so many frames, which are shuffled as wholes first.
            seed: Decides the order, together with the epoch and the number of workers.
            batch_size: Give batches of so many rows, faster than collating items; with DataLoader(batch_size=None).
            drop_last: Leave out each worker's last batch if it is smaller.
            nats: The server, by URL or options; default: the embedded one of the state folder, held until `close`.

        Raises:
            UsageError: An argument cannot be, or the sessions do not fit together.
            SessionError: A session is not there or has no frames.
            BusError: The server cannot be reached.
        """
        if batch_size is not None and batch_size < 1:
            raise UsageError(f"batch_size {batch_size}: it must be at least 1")
        self._recipe = Recipe(stack, stride, tuple(columns), where, channels_first, shuffle_buffer, range_frames, seed)
        self._batch_size, self._drop_last = batch_size, drop_last
        self._held: weakref.finalize[[PrivateLoop, contextlib.AsyncExitStack], Any] | None = None
        self._nats = self._hold(nats)
        self._plan = self._make_plan(sessions)
        # Shared, so that workers that stay alive between epochs see the new one.
        self._epoch: torch.Tensor = cast(Any, torch.zeros((), dtype=torch.int64)).share_memory_()
        self._resume: dict[str, Any] | None = None
        self._current: tuple[int, int, Shuffled | None] = (0, 1, None)

    @property
    def buttons(self) -> tuple[str, ...]:
        """The names of the actions' entries."""
        return self._plan.buttons

    @property
    def frames_shape(self) -> tuple[int, ...]:
        """The shape of one observation."""
        return BatchMaker(self._recipe, self._plan).frames_shape

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions that are read."""
        return tuple(part.session for part in self._plan.sessions)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass."""
        self._epoch.fill_(epoch)

    def close(self) -> None:
        """Let go of the embedded server, if this started it; the program's end does, too. Twice is no error."""
        if self._held:
            self._held()
            self._held = None

    def state_dict(self) -> dict[str, Any]:
        """Return the place in this process's share of the epoch, after the last item given."""
        worker, workers, stream = self._current
        if stream is None and self._resume:
            return dict(self._resume)
        place, given = (stream.place, stream.given) if stream else (Place(0, -1), 0)
        return {
            "epoch": stream.epoch if stream else int(self._epoch),
            "worker": worker,
            "workers": workers,
            "place": list(place),
            "given": given,
            "recipe": asdict(self._recipe),
            "sessions": [list(part) for part in self._plan.sessions],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Make the next pass continue after that place; frames recorded since then are left out.

        Raises:
            UsageError: The state is of a dataset with other arguments.
        """
        recipe = {**state["recipe"], "columns": tuple(state["recipe"]["columns"])}
        if recipe != asdict(self._recipe):
            other = sorted(name for name, value in asdict(self._recipe).items() if recipe.get(name) != value)
            raise UsageError(f"the state is of a dataset with other arguments: {', '.join(other)}")
        sessions = tuple(Part(*part) for part in state["sessions"])
        there = {part.session: part for part in self._plan.sessions}
        for part in sessions:
            if part.session not in there or there[part.session].last_frame < part.last_frame:
                raise UsageError(f"the state reads session {part.session!r} to frame {part.last_frame}, this cannot")
        self._plan = Plan(sessions, self._plan.width, self._plan.height, self._plan.buttons, self._plan.watches)
        self.set_epoch(state["epoch"])
        self._resume = state
        self._current = (*self._current[:2], None)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give this process's share of the epoch.

        Raises:
            UsageError: The pass continues one that had another number of workers.
            SessionError: A session is gone.
            WireError: A recording is damaged.
            BusError: The server cannot be reached.
        """
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        place, given = self._start(worker, workers)
        epoch = int(self._epoch)
        loop = PrivateLoop(f"loader {worker}")
        resources = contextlib.AsyncExitStack()

        async def open_all() -> PartReader:
            store, _ = await resources.enter_async_context(open_store("", self._nats))
            parts = self._plan.order(self._recipe, epoch, worker, workers)
            reader = PartReader(store, self._recipe, self._plan, parts, place)
            resources.push_async_callback(reader.close)
            return reader

        try:
            stream = Shuffled(loop.call(open_all()), loop, self._recipe, epoch, given)
            self._current = worker, workers, stream
            yield from self._items(stream, shared=info is not None)
            self._current = worker, workers, None
        finally:
            if not loop.closed:
                loop.call(resources.aclose())
                loop.close()

    def _items(self, stream: Shuffled, *, shared: bool) -> Iterator[dict[str, Any]]:
        maker = BatchMaker(self._recipe, self._plan)
        size = self._batch_size or 1
        while examples := stream.take(size):
            if self._drop_last and len(examples) < size:
                return
            batch = self._batch(maker, examples, shared=shared)
            yield batch if self._batch_size else {name: column[0] for name, column in batch.items()}

    def _batch(self, maker: BatchMaker, examples: Sequence[Example], *, shared: bool) -> dict[str, Any]:
        batch: dict[str, Any] = {}
        if "frames" in self._recipe.columns:
            frames = _empty((len(examples), *maker.frames_shape), shared=shared)
            maker.fill_frames(examples, frames.numpy())
            batch["frames"] = frames
        for name, column in maker.small_columns(examples).items():
            batch[name] = column if isinstance(column, list) else torch.from_numpy(column)
        return batch

    def _start(self, worker: int, workers: int) -> tuple[Place, int]:
        """Return where to begin, and how much of the block there was given."""
        state, self._resume = self._resume, None
        if state is None:
            return Place(0, -1), 0
        if (state["worker"], state["workers"]) != (worker, workers):
            raise UsageError(
                f"the state is of worker {state['worker']} of {state['workers']}, this is {worker} of {workers}: "
                "continue with the same number of workers"
            )
        return Place(*state["place"]), int(state["given"])

    def _hold(self, nats: NatsOptions | str) -> NatsOptions:
        """Return how workers reach the server; an embedded one that does not run yet is started and held."""
        loop, resources = PrivateLoop("loader's server"), contextlib.AsyncExitStack()
        try:
            reachable, ours = loop.call(hold_server(resources, nats))
        except BaseException:
            loop.close()
            raise
        if ours:
            self._held = weakref.finalize(self, _let_go, loop, resources)
        else:
            loop.close()
        return reachable

    def _make_plan(self, sessions: Collection[str]) -> Plan:
        async def make() -> Plan:
            async with open_store("", self._nats) as (store, _):
                return await make_plan(store, sessions, self._recipe)

        loop = PrivateLoop("loader's plan")
        try:
            return loop.call(make())
        except BaseException:
            self.close()
            raise
        finally:
            loop.close()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to one process, for workers that are spawned."""
        return {**self.__dict__, "_held": None, "_current": (0, 1, None)}


def _empty(shape: tuple[int, ...], *, shared: bool) -> "torch.Tensor":
    """Return an uninitialised uint8 tensor; of shared memory in a worker, so that sending it copies nothing."""
    if not shared:
        return torch.empty(shape, dtype=torch.uint8)
    storage = cast(Any, torch.UntypedStorage)._new_shared(int(np.prod(shape)))  # as torch's default_collate does
    return torch.empty(0, dtype=torch.uint8).set_(storage).view(shape)


def _let_go(loop: PrivateLoop, resources: contextlib.AsyncExitStack) -> None:
    loop.call(resources.aclose())
    loop.close()
