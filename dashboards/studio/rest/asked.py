"""What the API takes: typed requests, in which nothing unknown is overlooked."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dashboards.studio.rest.shapes import Labels

FrameIndex = Annotated[int, Field(ge=0, description="A frame's index in its session")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class NewAct(BaseModel):
    """An act to be stored; sent again with the same `act_id`, it is stored once."""

    model_config = {"extra": "forbid"}

    act_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Unique; chosen by the sender")]
    annotator: Name
    kind: Literal["human", "rules", "model"] = "human"
    first_frame: FrameIndex
    last_frame: FrameIndex
    at_ms: Annotated[int, Field(ge=0, description="Unix time; 0: now")] = 0
    labels: Labels = Field(default_factory=dict, description='By key; "" takes a label away')
    suggestion: bool = False
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    model: Annotated[str, Field(max_length=200)] = ""
    accepts: Annotated[str, Field(max_length=64, description="The suggestion that this accepts or corrects")] = ""
    undoes: Annotated[str, Field(max_length=64, description="The annotator's own act that this takes back")] = ""


class NewActs(BaseModel):
    """Acts to be stored, in this order."""

    model_config = {"extra": "forbid"}

    acts: Annotated[list[NewAct], Field(min_length=1, max_length=1000)]


class Annotate(BaseModel):
    """Labels for many frames in one request (rommer's POST /api/annotate).

    Give `frames`, `sets`, or `first_frame` and `last_frame`. Consecutive frames become one act each; the acts'
    ids are made of `act_id`, so that the same request sent twice is stored once.
    """

    model_config = {"extra": "forbid"}

    act_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,50}$")]
    annotator: Name
    labels: Labels
    frames: Annotated[list[FrameIndex], Field(max_length=100_000)] = []
    sets: Annotated[list[FrameIndex], Field(max_length=100_000)] = []
    size: Annotated[int, Field(ge=1, le=240, description="Frames of a set")] = 5
    first_frame: FrameIndex | None = None
    last_frame: FrameIndex | None = None


class Back(BaseModel):
    """Whose last act is taken back, or done again; sent again with the same `act_id`, it happens once."""

    model_config = {"extra": "forbid"}

    act_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Of the act that takes it back")]
    annotator: Name
