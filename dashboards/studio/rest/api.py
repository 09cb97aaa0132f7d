"""The REST API as an application of its own, mounted at /api/v1, with its own OpenAPI document and errors."""

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.datastructures import State

from dashboards.studio.rest import acts, figures, files, frames, sessions, sets
from dashboards.studio.rest.problems import answer_problems
from runtime.names import OURS
from streams.annotations.vocabulary import LabelVocabulary

#: Where it is mounted.
PREFIX = "/api/v1"

_ABOUT = """Sessions, frame sets, frames and their labels, for programs.

Every error is a `Problem`. Labels are acts in a log that only grows: what a frame is labelled is the fold of all acts.
A request that stores acts is answered when the server has acknowledged all of them; after 503 send it again as it was:
an `act_id` is stored once."""


def make_api(state: State, vocabulary: LabelVocabulary) -> FastAPI:
    """Return the application.

    Args:
        state: The studio's, with its hub: both share what they opened.
        vocabulary: Which labels there are.
    """
    api = FastAPI(
        title="Framewire annotation API",
        description=_ABOUT,
        version=version(OURS),
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere
        redoc_url=None,
    )
    api.state = state
    state.vocabulary = vocabulary
    for part in (sessions, sets, frames, figures, acts, files):
        api.include_router(part.router)
    api.add_api_route("/docs", _documentation, include_in_schema=False)
    answer_problems(api)
    return api


async def _documentation() -> RedirectResponse:
    """Show the page that lists the routes."""
    return RedirectResponse("/#/api")
