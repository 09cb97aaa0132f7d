"""How a picture is answered."""

from typing import Any

from fastapi.responses import Response

#: For a route's `responses`.
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "Lossless"}}

#: The same session may be recorded again under its name.
_KEPT = {"Cache-Control": "private, max-age=600"}


def picture(data: bytes) -> Response:
    """Return a response with a PNG file, which the browser may keep for a while."""
    return Response(data, media_type="image/png", headers=_KEPT)
