"""Runs a question in the process that its subject needs."""

import os
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import pytest

from tests.alone import Aside, alone, missing
from tests.conformance.subject import Subject

P = ParamSpec("P")
T = TypeVar("T")


class Ask(Protocol):
    """Calls `question(subject, ...)` where the subject may run, and returns what it returns."""

    def __call__(
        self, question: Callable[Concatenate[Subject, P], T], subject: Subject, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


@pytest.fixture(scope="session")
def asides() -> Iterator[dict[str, Aside]]:
    """One process for each subject that needs one: starting them takes longer than asking."""
    started: dict[str, Aside] = {}
    yield started
    for aside in started.values():
        aside.close()


@pytest.fixture
def ask(asides: dict[str, Aside]) -> Ask:
    def call(question: Callable[..., Any], subject: Subject, *args: Any, **kwargs: Any) -> Any:
        require(subject)
        if not subject.own_process:
            return question(subject, *args, **kwargs)
        if subject.name not in asides:
            asides[subject.name] = Aside()
        return asides[subject.name].call(question, subject, *args, **kwargs)

    return call


@pytest.fixture
def ask_afresh() -> Ask:
    """As `ask`, in a process that did nothing before."""

    def call(question: Callable[..., Any], subject: Subject, *args: Any, **kwargs: Any) -> Any:
        require(subject)
        return alone(question, subject, *args, **kwargs)

    return call


def require(subject: Subject) -> None:
    """End the test if this machine cannot run the subject."""
    if reason := subject.missing(subject):
        if subject.optional and os.environ.get("CI"):
            pytest.skip(reason)
        missing(reason)
