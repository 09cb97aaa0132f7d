"""What a person types to name a stream: `state`, `in.action`, `in.action.reflex`, `fw.s1.state`."""

from dataclasses import dataclass

from runtime import subjects, wire
from runtime.errors import UsageError
from runtime.subjects import SessionId


@dataclass(frozen=True)
class Target:
    """A stream to look at.

    Attributes:
        kind: Its row in the table of subjects.
        actor: The one sender wanted; empty for all.
        session: The session that a full subject names; empty when it was given by kind.
    """

    kind: str
    actor: str = ""
    session: str = ""

    @property
    def payload(self) -> type[wire.Payload]:
        """What its messages carry."""
        return subjects.BY_KIND[self.kind].payload

    @property
    def name(self) -> str:
        """The kind, with the sender if one was named; every sender's stream begins so."""
        return f"{self.kind}.{self.actor}" if self.actor not in ("", "*") else self.kind

    def patterns(self, session: SessionId) -> tuple[str, ...]:
        """Return the subjects to subscribe to: of one sender, or of the kind with and without a sender's name."""
        if self.actor:
            return (subjects.subject(session, self.kind, self.actor),)
        return (subjects.subject(session, self.kind), subjects.subject(session, self.kind, "*"))


def target(text: str, session: str = "") -> Target:
    """Read a kind, a kind with its sender, or a full subject.

    Args:
        text: What was typed.
        session: The session asked for by `--session`; a full subject must not name another.

    Raises:
        UsageError: There is no such kind, or the subject is of another session.
    """
    if text.startswith(f"{subjects.PREFIX}."):
        return _from_subject(text, session)
    if text in subjects.BY_KIND:
        return Target(text)
    kind, _, actor = text.rpartition(".")
    if kind in subjects.BY_KIND and (actor == "*" or subjects.NAME.fullmatch(actor)):
        return Target(kind, actor)
    raise UsageError(f"no kind of message {text!r}; there are {', '.join(subjects.BY_KIND)}")


def stream_name(subject_name: str) -> str:
    """Return a live subject without the prefix and the session: `in.action.reflex`."""
    return subject_name.split(".", 2)[-1]


def one_session(targets: list[Target]) -> str:
    """Return the session that full subjects among the targets name; empty if none does.

    Raises:
        UsageError: They name several.
    """
    named = sorted({one.session for one in targets if one.session})
    if len(named) > 1:
        raise UsageError(f"the subjects are of several sessions ({', '.join(named)}); look at one at a time")
    return named[0] if named else ""


def _from_subject(text: str, session: str) -> Target:
    kind = subjects.kind_of(text)
    named = text.split(".")[1]
    actor = text.removeprefix(f"{subjects.PREFIX}.{named}.{kind}").removeprefix(".")
    subjects.session_id(named)
    if actor and actor != "*" and not subjects.NAME.fullmatch(actor):
        raise UsageError(
            f"subject {text!r} goes on after the sender's name; the longest is fw.<session>.<kind>.<sender>"
        )
    if session and session != named:
        raise UsageError(f"subject {text!r} is of session {named!r}, but --session says {session!r}")
    return Target(kind, actor, named)
