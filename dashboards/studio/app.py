"""The application: the routers of all parts behind the checks of `security`, and the static files."""

from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from dashboards.studio.hub import Hub
from dashboards.studio.rest import api as rest
from dashboards.studio.routes import about, live, memory, sessions
from dashboards.studio.security import Access, Guard
from runtime.errors import BusError, ControlError, FramewireError, SessionError, UsageError
from runtime.names import OURS
from streams.annotations.vocabulary import load_vocabulary

#: A part's router is one line here.
ROUTERS = (about.router, live.router, memory.router, sessions.router)

STATIC = Path(__file__).parent / "static"

#: What an error is over HTTP; the first that fits.
_STATUS: tuple[tuple[type[FramewireError], int], ...] = (
    (UsageError, 400),
    (SessionError, 404),
    (ControlError, 409),
    (BusError, 503),
    (FramewireError, 500),
)


def make_app(hub: Hub, access: Access) -> FastAPI:
    """Return the application.

    Args:
        hub: The open connection to the server.
        access: Who may ask.

    Raises:
        ConfigError: The project's labels.toml is wrong.
    """
    # The pages that come with FastAPI load their scripts from elsewhere; the description itself is served.
    app = FastAPI(
        title="Framewire studio", version=version(OURS), openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.hub = hub
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(FramewireError, _refused)
    app.add_exception_handler(HTTPException, _no_such_thing)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.mount(rest.PREFIX, rest.make_api(app.state, load_vocabulary()))
    app.mount("/", StaticFiles(directory=STATIC, html=True))
    app.add_middleware(Guard, access=access)
    return app


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return JSONResponse({"error": str(error)}, status)


async def _no_such_thing(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Say of each wrong field where it is and what is allowed, in one line."""
    assert isinstance(error, RequestValidationError)
    problems = (f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
    return JSONResponse({"error": "; ".join(problems)}, 422)
