"""The page, the description of the routes at /docs, their files, and what only the page asks for."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

from bentos.errors import RefusedError
from bentos.model.vocabulary import example

WEB = Path(__file__).resolve().parents[1] / "web"
FRESH = "no-cache"  # asked for again each time, answered by 304 when nothing changed
FOR_EVER = "public, max-age=31536000, immutable"  # for paths with a version in them
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
}


class Files(StaticFiles):
    """A folder of files with their right types, compressed where a compressed copy lies beside them.

    Args:
        directory: need not exist: then nothing is found in it.
        packages: Python packages and a folder in each, to look in as well.
    """

    async def check_config(self) -> None:
        """A missing folder is no fault of the request: 404."""

    async def get_response(self, path: str, scope: Any) -> Response:
        """Answer for one file."""
        given = dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1")
        found = "gzip" in given and self.lookup_path(f"{path}.gz")[1] is not None
        answer = await super().get_response(f"{path}.gz" if found else path, scope)
        suffix = Path(path).suffix
        if answer.status_code == 200:
            answer.headers["content-type"] = TYPES.get(suffix, "application/octet-stream")
            if found:
                answer.headers["content-encoding"] = "gzip"
        answer.headers["vary"] = "accept-encoding"
        answer.headers["cache-control"] = FRESH if suffix in TYPES and "/" not in path else FOR_EVER
        return answer


def add_pages(app: FastAPI, page_dir: Path) -> None:
    """Add the page and its files.

    Args:
        app: the front.
        page_dir: what the stage `page` wrote: what the browser finds landmarks with.
    """

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(WEB / "index.html", headers={"cache-control": FRESH})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return FileResponse(WEB / "docs.html", headers={"cache-control": FRESH})

    @app.get("/vocabulary/{gloss}", include_in_schema=False)
    async def vocabulary(gloss: str, request: Request) -> Response:
        kernel = getattr(request.app.state, "kernel", None)
        if kernel is None or not kernel.recogniser.ready:
            raise RefusedError(503, "no model is loaded", retry_after=5)
        found = await run_in_threadpool(example, kernel.recogniser.loaded.folder, gloss[:64])
        if found is None:
            raise RefusedError(404, f"this version of the model brings no example of {gloss[:64]!r}")
        headers = {"cache-control": FRESH}
        return Response(found, media_type="application/octet-stream", headers=headers)

    app.mount("/web", Files(directory=WEB), name="web")
    app.mount("/swagger", Files(packages=[("fastapi_offline", "static")]), name="swagger")
    app.mount("/assets", Files(directory=page_dir, check_dir=False), name="assets")
