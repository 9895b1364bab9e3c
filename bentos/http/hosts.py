"""Names by which the server may be asked.

A page of a stranger can let its own name point to this server's address (DNS rebinding) and is then, for a browser, a
page of this server. It cannot do so with an address, nor with a name that has no dot.
"""

import ipaddress
import re
from typing import Any

from fastapi.responses import JSONResponse

from bentos.http.origins import ANY

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(:\d*)?")
_MISDIRECTED = "this server is not known as {!r}; right is an address, or one of the names in ISLR_HOSTS"


def asked_rightly(host: str, names: tuple[str, ...]) -> bool:
    """Whether a Host header names this server.

    Args:
        host: of the request, with or without a port.
        names: of the server, in any case; `*` for all.
    """
    found = _HOST.fullmatch(host.strip().lower())
    name = found[1].strip("[]").removesuffix(".") if found else host
    if ANY in names or name in {known.lower() for known in names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return found is not None and "." not in name
    return True


class Hosts:
    """Layer that refuses requests and sockets for other servers.

    Args:
        app: what it wraps.
        names: of this server.
    """

    def __init__(self, app: Any, names: tuple[str, ...]):
        self.app, self.names = app, names

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle one request or socket."""
        if scope["type"] in ("http", "websocket"):
            given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
            if not all(asked_rightly(host, self.names) for host in given):
                await self._refuse(scope, receive, send, given[0][:100])
                return
        await self.app(scope, receive, send)

    async def _refuse(self, scope: dict[str, Any], receive: Any, send: Any, host: str) -> None:
        if scope["type"] == "http":
            await JSONResponse({"error": _MISDIRECTED.format(host)}, 421)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})
