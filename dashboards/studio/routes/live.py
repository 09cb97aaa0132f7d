"""Live sessions: which there are, what they show, and what they are asked to do."""

import contextlib
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, WebSocket
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from dashboards.studio.hub import TheHub, hub_of
from dashboards.studio.live.desk import LiveDesk
from dashboards.studio.live.viewer import Viewer
from runtime import wire
from runtime.control import OPS as LIVE_OPS
from runtime.errors import FramewireError
from runtime.jetstream_slots import JetStreamSlots
from runtime.subjects import session_id
from streams.replay_control import OPS as REPLAY_OPS

router = APIRouter(prefix="/api/live", tags=["live"])

#: How long an answer may take besides the frames of a step, seconds; and how many frames a step may have.
_PATIENCE_S = 30.0
_MOST_FRAMES = 3600

#: A game in lockstep with slow actors may emulate so few frames a second.
_SLOWEST_HZ = 5.0

_OP = "|".join(dict.fromkeys((*LIVE_OPS, *REPLAY_OPS)))


class Asked(BaseModel):
    """A request to a session, as of `runtime ctl`."""

    op: str = Field(pattern=f"^({_OP})$")
    frames: int = Field(1, ge=1, le=_MOST_FRAMES)
    slot: str = Field("", max_length=130)
    frame: int = Field(-1, ge=-1)
    rate: float = Field(1.0, ge=0, le=1000)
    clock: str = Field("", max_length=20)


def desk_of(connection: HTTPConnection) -> LiveDesk:
    """Return the application's desk; made when it is first needed."""
    state = connection.app.state
    if not hasattr(state, "live_desk"):
        state.live_desk = LiveDesk(hub_of(connection))
    desk = state.live_desk
    assert isinstance(desk, LiveDesk)
    return desk


TheDesk = Annotated[LiveDesk, Depends(desk_of)]


@router.get("")
async def sessions(hub: TheHub) -> list[dict[str, Any]]:
    """List the sessions on the bus: games that run, and replays."""
    return [_facts(welcome) for welcome in await hub.sessions()]


@router.get("/{session}/slots")
async def slots(hub: TheHub, session: str) -> list[dict[str, Any]]:
    """List the states that are kept of a session, by the names of their slots."""
    return [msgspec.to_builtins(each) for each in await JetStreamSlots(hub.bus).list(session_id(session))]


@router.post("/{session}/control")
async def ask(desk: TheDesk, session: str, asked: Asked) -> dict[str, Any]:
    """Pause, resume, step, save, load, reset, set_rate, seek (a replay), keep or stop; say where it is then."""
    request = wire.Control(
        op=asked.op, frames=asked.frames, slot=asked.slot, frame=asked.frame, rate=asked.rate, clock=asked.clock,
        by="studio",
    )  # fmt: skip
    reply = await desk.ask(session, request, _PATIENCE_S + asked.frames / _SLOWEST_HZ)
    return {"frame": reply.frame_index, "paused": reply.paused, "clock": reply.clock, "speed": reply.speed}


@router.websocket("/{session}/watch")
async def watch(socket: WebSocket, desk: TheDesk, session: str) -> None:
    """Watch a session: see dashboards.studio.live.viewer for what is said."""
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the browser was faster; starlette's two words for it
        try:
            async with desk.watching(session_id(session)) as watched:
                await Viewer(watched, socket).run()
        except FramewireError as error:
            await socket.send_text(msgspec.json.encode({"kind": "error", "error": str(error)}).decode())
        await socket.close()


def _facts(welcome: wire.Welcome) -> dict[str, Any]:
    return {
        **{"session": welcome.session, "origin": welcome.origin, "game": welcome.game, "console": welcome.console},
        **{"paused": welcome.paused, "clock": welcome.clock, "frame": welcome.frame_index, "speed": welcome.speed},
        "recorded": welcome.recorded,
    }
