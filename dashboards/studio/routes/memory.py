"""A recorded session's memory: what changed, searches by value and by change, bytes, and names for addresses."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboards.studio.past.memory_view import changed, content, heat, searched
from dashboards.studio.past.shared import ThePast
from streams.memory_search.naming import Named, add_watch

router = APIRouter(prefix="/api/sessions/{name}/memory", tags=["memory"])

Limit = Annotated[int, Query(ge=1, le=2000)]


class Search(BaseModel):
    """A search: conditions one after the other, as `runtime memory search` takes them."""

    conditions: list[Annotated[str, Field(max_length=200)]] = Field(min_length=1, max_length=50)
    type: str = Field(default="u8", max_length=10)
    aligned: bool = True
    limit: int = Field(default=200, ge=1, le=5000)


class Name(BaseModel):
    """A name for an address."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")
    address: int = Field(ge=0, le=0xFFFFFFFF)
    type: str = Field(default="u8", max_length=10)
    meaning: str = Field(default="", max_length=300)


@router.get("/changed")
async def changed_words(past: ThePast, name: str, first: int, last: int, limit: Limit = 200) -> dict[str, Any]:
    """List the words that changed from frame `first` to `last`, those that changed most often first."""
    return await past.recordings.use(name, lambda opened: changed(opened, first, last, limit))


@router.get("/heat")
async def heat_map(
    past: ThePast, name: str, first: int, last: int, cells: Annotated[int, Query(ge=16, le=8192)] = 2048
) -> list[dict[str, Any]]:
    """Return how often the parts of each region changed from frame `first` to `last`."""
    return await past.recordings.use(name, lambda opened: heat(opened, first, last, cells))


@router.get("/bytes")
async def some_bytes(past: ThePast, name: str, frame: int, address: int, count: int = 256) -> dict[str, Any]:
    """Return bytes at the end of a frame."""
    return await past.recordings.use(name, lambda opened: content(opened, frame, address, count))


@router.post("/search")
async def search_memory(past: ThePast, name: str, wanted: Search) -> dict[str, Any]:
    """Return where values lie that fulfil all conditions."""
    return await past.recordings.use(
        name, lambda opened: searched(opened, wanted.conditions, wanted.type, wanted.aligned, wanted.limit)
    )


@router.post("/watch")
async def name_address(past: ThePast, name: str, wanted: Name) -> dict[str, str]:
    """Make an address a watch in the user's own game.toml."""
    named = Named(wanted.name, wanted.address, wanted.type, wanted.meaning)
    path = await past.recordings.use(
        name, lambda opened: add_watch(opened.recording.meta, past.folder, named), "pictures"
    )
    return {"file": str(path), "name": wanted.name}
