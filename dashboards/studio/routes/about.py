"""What this studio looks at; also the shortest router, to begin another from."""

from typing import Any

from fastapi import APIRouter

from dashboards.studio.hub import TheHub

router = APIRouter(prefix="/api/about", tags=["about"])


@router.get("")
async def about(hub: TheHub) -> dict[str, Any]:
    """Say which server and state folder this studio looks at, and whether the server answers."""
    return {"server": hub.server_url, "connected": hub.connected, "state_folder": str(hub.state)}
