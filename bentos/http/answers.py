"""What all routes answer with: JSON, the kernel's or why there is none, and what can be wrong with a request."""

from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response

from bentos.errors import RefusedError
from bentos.http import schemas
from bentos.kernel import Kernel

ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": schemas.Error, "description": text}
    for code, text in {
        400: "not JSON",
        401: "the key is missing or wrong",
        408: "the body came too slowly",
        413: "too many frames or bytes",
        415: "unknown media type, or a compressed body",
        422: "something in the body is wrong; says what and where",
        429: "too many requests",
        503: "no model, or too busy",
    }.items()
}


def kernel_of(request: Request) -> Kernel:
    """The service's kernel.

    Raises:
        RefusedError: the service is starting.
    """
    kernel = getattr(request.app.state, "kernel", None)
    if kernel is None:
        raise RefusedError(503, "the service is starting", retry_after=1)
    return kernel


def answer(content: Any, status: int = 200) -> Response:
    """Content as JSON."""
    return Response(orjson.dumps(content), status, media_type="application/json")
