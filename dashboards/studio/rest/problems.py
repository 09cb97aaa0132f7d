"""Errors of the API: one JSON shape, whatever went wrong, that names what was seen and what is allowed."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from runtime.errors import BusError, FramewireError, SessionError, UsageError


class Problem(BaseModel):
    """What went wrong."""

    error: str = Field(description="What was seen, what is allowed, and where, in words")
    kind: str = Field(description="invalid, not_found, not_annotated, not_allowed, too_large, unavailable or failed")
    seen: Any = Field(default=None, description="What was given, where that is one value")
    allowed: list[str] = Field(default_factory=list, description="What may be given, where that can be listed")
    where: str = Field(default="", description="Which part of the request")


class ApiError(Exception):
    """A problem that a route found itself."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.error)
        self.status, self.problem = status, problem


#: For a router's `responses`: every route may answer with a problem.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Something was asked for that cannot be"},
    404: {"model": Problem, "description": "There is no such session, frame, set or act"},
    422: {"model": Problem, "description": "The request is not of the documented shape"},
    503: {
        "model": Problem,
        "description": "The server that keeps sessions and annotations cannot be reached; try again",
    },
}


def answer_problems(app: FastAPI) -> None:
    """Make an application answer every error as a Problem."""
    app.add_exception_handler(ApiError, _own)
    app.add_exception_handler(FramewireError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def not_found(text: str, *, seen: Any = None, kind: str = "not_found") -> ApiError:
    """Return the error for something that is not there."""
    return ApiError(404, Problem(error=text, kind=kind, seen=seen))


def invalid(text: str, where: str, *, seen: Any = None, allowed: list[str] | None = None) -> ApiError:
    """Return the error for a request that cannot be carried out as it is."""
    return ApiError(400, Problem(error=text, kind="invalid", where=where, seen=seen, allowed=allowed or []))


def _answer(status: int, problem: Problem) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status)


async def _own(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return _answer(error.status, error.problem)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    """Answer an error of this project's: its message says what was seen and allowed."""
    status, word = 500, "failed"
    if isinstance(error, UsageError):
        status, word = 400, "invalid"
    elif isinstance(error, SessionError):
        status, word = 404, "not_found"
    elif isinstance(error, BusError):
        status, word = 503, "unavailable"
    return _answer(status, Problem(error=str(error), kind=word))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer a request of another shape with its first fault, and say where it is."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    first = faults[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    seen = first.get("input")
    if not isinstance(seen, (str, int, float, bool, type(None))):
        seen = None
    return _answer(422, Problem(error=f"{where}: {first['msg']}{more}", kind="invalid", where=where, seen=seen))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    word = {404: "not_found", 405: "not_allowed", 413: "too_large"}.get(error.status_code, "failed")
    text = f"{request.method} {request.url.path}: {error.detail}"
    return _answer(error.status_code, Problem(error=text, kind=word))
