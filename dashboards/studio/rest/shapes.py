"""What the API answers: the typed shapes of which its OpenAPI document is made."""

from typing import Literal

from pydantic import BaseModel, Field

Filter = Literal["all", "complete", "partial", "none"]
Order = Literal["frame", "uncertainty"]
Standing = Literal["complete", "partial", "none"]
Value = str | list[str]
Labels = dict[str, Value]
Scalar = bool | int | float | str


class SessionSummary(BaseModel):
    """A session in the list."""

    session: str
    game: str
    console: str
    created: str = Field(description="UTC, ISO 8601")
    status: str = Field(description="recording, complete, or interrupted: nobody writes it any more")
    first_frame: int
    last_frame: int
    frames: int
    seconds: float = Field(description="Of emulated time")


class SessionList(BaseModel):
    """All sessions, by name."""

    sessions: list[SessionSummary]


class SessionFacts(SessionSummary):
    """A session and what its frames hold."""

    width: int = Field(description="pixels")
    height: int = Field(description="pixels")
    rate_hz: float
    buttons: list[str]
    scan: str = Field(description="full: every word of memory is compared each frame; chunked: a fifth of it")
    core: str
    acts: int = Field(description="Acts of annotation so far")
    annotators: list[str]


class Held(BaseModel):
    """Who held which buttons, and why."""

    actor: str
    buttons: list[str]
    plan_id: str = ""
    reason: str = ""


class Frame(BaseModel):
    """One frame as it was played."""

    frame_index: int
    buttons: list[str]
    held: list[Held]
    state: dict[str, Scalar] = Field(description="Decoded values of memory, by name")


class Change(BaseModel):
    """A word of memory that changed (rommer's event.json)."""

    region: str
    frame: int
    address: str = Field(description="8 hexadecimal digits")
    prev_val: str
    curr_val: str
    freq: int = Field(description="On how many of the last 100 frames it changed")


class Details(BaseModel):
    """Frames and what changed in memory during them."""

    frames: list[Frame]
    memory_changes: list[Change]
    memory_changes_left_out: int = Field(default=0, description="Rows beyond the first 2,000")


class Said(BaseModel):
    """What one annotator says of a key."""

    annotator: str
    kind: str
    value: Value
    act_id: str
    origin: str = Field(description="said, accepted (as a suggestion said) or corrected (otherwise than it said)")


class Suggestion(BaseModel):
    """What a model or a rule proposes; it counts when a person accepts it."""

    act_id: str
    annotator: str
    kind: str
    labels: Labels
    confidence: float
    model: str = Field(description="Name and version; empty for rules")
    first_frame: int
    last_frame: int


class FrameSet(BaseModel):
    """A frame set and how it is labelled."""

    set_id: int
    first_frame: int
    last_frame: int
    standing: Standing
    labels: Labels = Field(description="What holds on all of its frames")
    mixed: list[str] = Field(description="Keys whose value changes within the set, or is missing on some frames")
    said: dict[str, list[Said]] = Field(description="By key, what each annotator says of its last frame")
    disputed: list[str] = Field(description="Keys on which annotators disagree")
    suggestions: list[Suggestion]
    uncertainty: float | None = Field(description="1 - the least confidence of its open suggestions; null without any")
    as_of: int = Field(description="The last act of the log that is in it")


class FrameSetPage(BaseModel):
    """Some of a session's frame sets."""

    session: str
    size: int = Field(description="Frames of a set")
    filter: Filter
    order: Order
    total: int = Field(description="Sets that pass the filter")
    offset: int
    sets: list[FrameSet]


class Queue(BaseModel):
    """The ids of the sets that pass a filter, in the order in which to look at them."""

    session: str
    size: int
    filter: Filter
    order: Order
    sets: list[int]


class FrameSetDetails(FrameSet, Details):
    """A frame set with its frames, memory changes and buttons."""


class LabelledFrame(BaseModel):
    """One frame and how it is labelled."""

    frame_index: int
    standing: Standing
    labels: Labels


class FramePage(BaseModel):
    """Some of a session's frames."""

    session: str
    filter: Filter
    total: int = Field(description="Frames that pass the filter")
    offset: int
    frames: list[LabelledFrame]


class FrameContext(BaseModel):
    """A labelled frame, its neighbours, and the game's state."""

    session: str
    frame_index: int
    standing: Standing
    labels: Labels
    said: dict[str, list[Said]]
    suggestions: list[Suggestion]
    frame: Frame
    before: list[LabelledFrame]
    after: list[LabelledFrame]


class LabelRun(BaseModel):
    """Consecutive frames with the same value."""

    value: Value
    first_frame: int
    last_frame: int


class ValueCount(BaseModel):
    """How often a value is given."""

    value: str
    frames: int
    runs: int = Field(description="Unbroken runs of frames")


class Aggregate(BaseModel):
    """How often a key has each value, and where."""

    session: str
    field: str
    values: list[ValueCount] = Field(description="Most frames first; each tag counts by itself")
    frames_without: int
    spans: list[LabelRun]
    spans_left_out: int


class Progress(BaseModel):
    """How far the annotation of a session is."""

    session: str
    size: int
    sets: int
    complete: int
    partial: int
    none: int
    frames: int
    frames_labelled: int
    acts: int
    by_key: dict[str, int] = Field(description="Frames that have each key")
    by_annotator: dict[str, int] = Field(description="Acts of each annotator, suggestions not counted")


class Agreement(BaseModel):
    """Two annotators on one key."""

    key: str
    annotators: list[str]
    frames: int = Field(description="Frames that both labelled")
    agreed: float = Field(description="Share of these on which they agree")
    kappa: float | None = Field(description="Cohen's; null where it is not defined")


class Dispute(BaseModel):
    """Consecutive frames on which annotators disagree."""

    key: str
    first_frame: int
    last_frame: int
    values: dict[str, Value] = Field(description="By annotator")


class AgreementReport(BaseModel):
    """Who agrees with whom, and where not."""

    session: str
    agreement: list[Agreement]
    disputes: list[Dispute]


class Label(BaseModel):
    """One value of the vocabulary."""

    value: str
    key: str = Field(description="Its key of the keyboard; empty for none")


class VocabularyKey(BaseModel):
    """What one key of the labels may be."""

    name: str
    labels: list[Label]
    type: Literal["choice", "text", "tags"] = Field(
        description="choice: one of the labels; text: anything; tags: several, the labels or others"
    )
    required: bool = Field(description="Whether a frame without it is not complete")


class VocabularyShape(BaseModel):
    """Which labels there are; data of the project."""

    keys: list[VocabularyKey]


class Act(BaseModel):
    """One act of labelling, in the session's log."""

    seq: int = Field(description="Its place in the log")
    act_id: str
    annotator: str
    kind: str
    first_frame: int
    last_frame: int
    at_ms: int = Field(description="Unix time, milliseconds")
    labels: Labels
    suggestion: bool
    confidence: float
    model: str
    accepts: str
    undoes: str


class ActLog(BaseModel):
    """Acts in the order in which the server stored them."""

    session: str
    acts: list[Act]
    last_seq: int


class Stored(BaseModel):
    """What became of an act that was sent."""

    act_id: str
    stored: Literal["now", "before"]
    seq: int


class StoredActs(BaseModel):
    """What became of the acts that were sent: all of them are stored."""

    session: str
    acts: list[Stored]


class TakenBack(BaseModel):
    """What was taken back, or done again."""

    session: str
    act: Act = Field(description="What was taken back; of redo, the undo")


class Imported(BaseModel):
    """What became of a file."""

    session: str
    format: str
    acts: int = Field(description="Acts in the file")
    stored: int = Field(description="New ones; the others were there before")
