"""Requests as a server hands them to an app, for what no well-behaved client sends."""

import asyncio
from collections.abc import Iterable
from typing import Any

HANGS_UP = {"type": "http.disconnect"}


def scope(path: str, method: str = "POST", client: str = "198.51.100.1", **headers: str) -> dict[str, Any]:
    """Of a request."""
    given = {"content_type": "application/json", "transfer_encoding": "chunked"} | headers
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    more = {"query_string": b"", "client": (client, 9), "server": ("localhost", 3000), "scheme": "http"}
    return {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": listed, **more}


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    """Of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def ask(app: Any, request: dict[str, Any], parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the app sends; when the parts are over, the client says nothing more."""
    left, sent = iter(parts), []

    async def receive() -> dict[str, Any]:
        message = next(left, None)
        return await asyncio.Future() if message is None else message

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(request, receive, send)
    return sent
