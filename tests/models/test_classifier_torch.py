"""A network of torch as a classifier: what it sees of a recording becomes suggestions with its own confidence."""

import asyncio

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from agents.annotators import Classifier
from agents.annotators.classifier import Predictions
from runtime.bridges.scripted import ScriptedBackend
from streams.annotations.fold import Fold
from streams.annotations.queue import queue
from streams.annotations.running import annotate
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import play, record

CLASSES = ("title", "battle", "menu")


class TinyNetwork:
    """Two layers with random weights, the same every time."""

    def __init__(self) -> None:
        torch.manual_seed(3)
        pooled = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, stride=2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(4))
        self._network = torch.nn.Sequential(pooled, torch.nn.Flatten(), torch.nn.Linear(64, len(CLASSES))).eval()

    def predict(self, frames: NDArray[np.uint8]) -> Predictions:
        pixels = torch.from_numpy(frames.transpose(0, 3, 1, 2).astype(np.float32) / 255)
        with torch.inference_mode():
            shares = self._network(pixels).softmax(1)
        best = shares.argmax(1).tolist()
        return Predictions([{"context": CLASSES[i]} for i in best], shares.max(1).values.numpy(), "tiny-cnn 1")


def test_what_a_network_sees_waits_in_the_queue() -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "quest", list(play(ScriptedBackend(), 61)))
        session = await open_session(store, "quest")
        classifier = Classifier(model="tests.models.test_classifier_torch:TinyNetwork")
        fold = Fold(await annotate(session, classifier, "eye"))
        frames = {tick.frame_index: tick.rgb().copy() async for tick in session.ticks(("frame",))}
        network = TinyNetwork()
        suggested = fold.suggested("context")["eye"]
        for frame in range(0, 61, 6):
            said, wanted = suggested.at(frame), network.predict(frames[frame][None])
            assert said is not None
            assert said.value == wanted.labels[0]["context"]
            assert said.act.confidence <= float(wanted.confidence[0]) + 1e-6, "of a range the lowest"
        assert queue(fold)[0].act.model == "tiny-cnn 1"
        assert queue(fold)[0].confidence == pytest.approx(min(run.value.act.confidence for run in suggested))

    asyncio.run(main())
