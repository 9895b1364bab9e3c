"""The front's routes. The state comes from the service that mounts the app, so importing this does nothing."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from bentos.errors import RefusedError
from bentos.http import bodies, schemas
from bentos.http.answers import ERRORS, answer, kernel_of
from bentos.http.bounds import Bounds, Readings, unless_gone
from bentos.http.clients import client_of
from bentos.http.clips import Clip
from bentos.http.hosts import Hosts
from bentos.http.limits import Costly, Guard
from bentos.http.middleware import Envelope, Shield
from bentos.http.pages import add_pages
from bentos.http.status import add_status
from bentos.kernel import Kernel
from bentos.live.socket import Live, add_live
from bentos.settings import Settings
from bentos.translation.budget import Asker

CLIP_ROUTES = frozenset(("/predict", "/embed"))
BODY_ROUTES = CLIP_ROUTES | {"/translate", "/feedback"}
HURRY_SECONDS, LEAVE_SECONDS = 1.0, 4.0  # for bodies on their way, and live sessions, when the service stops
LARGE_ANSWER = 8 * 1024  # bytes; compressed from here on: 2,000 glosses of /vocabulary are 117 kB, and 11 so
SMALL_BODY = 256 * 1024  # bytes; 50 signs with 10 candidates each have a fifth of it


def create_app(settings: Settings) -> FastAPI:
    """Build the front.

    Args:
        settings: limits, origins, key.

    Returns:
        The app; whoever mounts it sets `app.state.kernel` before the first request.
    """
    app = FastAPI(
        title="islr",
        description="Isolated American Sign Language to English. Landmarks in, glosses and English out.",
        version="1",
        docs_url=None,  # FastAPI's page loads scripts from another host; ours is in `pages`
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.guard = Guard(settings)
    app.state.readings = Readings()
    _add_routes(app)
    add_status(app)
    app.state.live = Live(settings)
    add_live(app, app.state.live)
    _add_pages(app)
    _add_handlers(app)
    # the one added last is outermost
    app.add_middleware(GZipMiddleware, minimum_size=LARGE_ANSWER, compresslevel=5)
    app.add_middleware(Bounds, limit=_limit(settings), takes_body=_takes_body, readings=app.state.readings)
    if settings.cors_origins:
        from fastapi.middleware.cors import CORSMiddleware

        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["content-type", "authorization", "x-request-id"],
            expose_headers=["retry-after", "x-request-id"],
        )
    app.add_middleware(Hosts, names=settings.hosts)
    app.add_middleware(Envelope)
    app.add_middleware(Shield)
    return app


async def leave(app: FastAPI, kernel: Kernel) -> None:
    """Let everybody go before the server closes the connections: live clients take their phrases with them."""
    kernel.draining = True
    app.state.readings.hurry(HURRY_SECONDS)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_SECONDS):
            while app.state.live.sessions:
                await asyncio.sleep(0.05)


def _takes_body(scope: dict[str, Any]) -> bool:
    return scope["method"] == "POST" and scope["path"] in BODY_ROUTES


def _limit(settings: Settings) -> Callable[[dict[str, Any]], int]:
    """Bytes of a request's body: clips are large as JSON, in proportion to their frames; all else is small."""
    json = min(settings.max_body_bytes, settings.max_frames * bodies.JSON_FRAME_BYTES)
    small = min(settings.max_body_bytes, SMALL_BODY)

    def limit(scope: dict[str, Any]) -> int:
        if scope["path"] not in CLIP_ROUTES:
            return small
        return settings.max_body_bytes if _media_type(scope) in bodies.MEDIA_TYPES else json

    return limit


def _media_type(scope: Mapping[str, Any]) -> str:
    given = next((value for name, value in scope["headers"] if name == b"content-type"), b"application/json")
    return given.decode("latin-1").partition(";")[0].strip().lower()


async def _clip(request: Request) -> Callable[[], Clip]:
    """What reads the clip in a request, off the event loop; raises RefusedError."""
    request.app.state.guard.check(request)
    limit = request.app.state.settings.max_frames
    return bodies.reader(_media_type(request.scope), await request.body(), request.query_params.multi_items(), limit)


def _add_routes(app: FastAPI) -> None:
    settings: Settings = app.state.settings
    numbers = {"schema": {"type": "string", "format": "binary"}}
    body = {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schemas.predict_request_schema(settings.max_frames)},
                **dict.fromkeys(bodies.MEDIA_TYPES, numbers),
            },
        }
    }

    @app.post("/predict", response_model=schemas.Predictions, responses=ERRORS, openapi_extra=body)
    async def predict(request: Request) -> Response:
        """Recognise one sign; with `signs`, all signs of a clip that holds several.

        JSON as described, or binary: the media type `application/vnd.islr.landmarks.f16` (or `.f32`), the body
        frames × 180 × 3 little-endian numbers in a row with NaN for what was not seen, and `top_n`, `fps`, `aspect`,
        `signs` and `vocabulary` (once for each gloss) in the query string. A 65-frame clip is 700 KB as JSON and 70 KB
        so. `own_signs` go with JSON alone.
        """
        clip = await _clip(request)
        return answer(await unless_gone(request.receive, kernel_of(request).predict(clip)))

    @app.post("/embed", response_model=schemas.Embedded, responses=ERRORS, openapi_extra=body)
    async def embed(request: Request) -> Response:
        """Recognise one sign as /predict does, and say where it lies among all signs: a take of an own sign."""
        clip = await _clip(request)
        return answer(await unless_gone(request.receive, kernel_of(request).embed(clip)))

    @app.post("/translate", response_model=schemas.Translation, responses=ERRORS, dependencies=[Costly])
    async def translate(wanted: schemas.TranslateRequest, request: Request) -> Response:
        """English for recognised signs; the glosses as text when there is no language model or it is late."""
        kernel = kernel_of(request)
        if kernel.llm:
            request.app.state.guard.check_spending(request)
        signs = [[(c.gloss, c.score) for c in sign] for sign in wanted.candidates]
        lattice = kernel.lattice(signs, wanted.own_signs)
        return answer(await kernel.translate(lattice, (), Asker(client_of(request.scope))))

    nothing_kept: dict[int | str, dict[str, Any]] = {
        404: {"model": schemas.Error, "description": "this server keeps no feedback"}
    }

    @app.post("/feedback", response_model=schemas.Kept, responses=ERRORS | nothing_kept, dependencies=[Costly])
    async def correct(correction: schemas.Correction, request: Request) -> Response:
        """Say what a recognised sign really was; kept where /metadata says that feedback is."""
        kernel = kernel_of(request)
        await kernel.correct(correction.gloss, correction.instead_of, correction.score)
        return answer({"kept": True})


def _add_pages(app: FastAPI) -> None:
    add_pages(app, app.state.settings.page_dir)

    async def nothing(request: Request) -> Response:
        known = [route for route in app.routes if route.matches(request.scope)[0] == Match.PARTIAL]
        if known:
            allowed = sorted({method for route in known for method in getattr(route, "methods", None) or ()})
            raise HTTPException(405, headers={"allow": ", ".join(allowed)})
        raise HTTPException(404)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    app.add_api_route("/{path:path}", nothing, methods=methods, include_in_schema=False)


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> Response:
        headers = {"retry-after": str(int(error.retry_after))} if error.retry_after else None
        return JSONResponse(error.body(), error.status, headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            said = first.get("ctx", {}).get("error", first["msg"])
            return JSONResponse({"error": f"the body is not valid JSON: {said}"}, 400)
        where = "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in first["loc"][1:]).lstrip(".")
        return JSONResponse(
            {"error": f"{where or 'body'}: {first['msg'].removeprefix('Value error, ')}", "where": where}, 422
        )

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        sentence = {
            404: "there is nothing here; GET / is the page, GET /docs describes the routes",
            405: f"{request.method} is not possible here; GET /docs describes the routes",
        }.get(error.status_code, str(error.detail))
        return JSONResponse({"error": sentence}, error.status_code, getattr(error, "headers", None))
