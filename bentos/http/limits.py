"""Who may ask how often: rate limits by client, and a key for what costs money."""

import hmac

from fastapi import Depends, Request

from bentos import metrics
from bentos.errors import RefusedError
from bentos.http.clients import client_of
from bentos.rate import RateLimit
from bentos.settings import Settings


class Guard:
    """The limits of one process. Each process counts for itself, so the whole server allows a multiple."""

    def __init__(self, settings: Settings):
        self._key = settings.api_key.encode()
        self._free = RateLimit(settings.rate_per_minute)
        self._costly = RateLimit(settings.costly_per_minute)

    def check(self, request: Request) -> None:
        """Refuse a client that asks too often."""
        _spend(self._free, client_of(request.scope))

    def check_costly(self, request: Request) -> None:
        """Refuse without the key (when one is set), and a client that asks too often."""
        if not self.may_spend(request.headers.get("authorization", "")):
            metrics.REFUSED.labels("key").inc()
            raise RefusedError(401, "this route needs the header 'Authorization: Bearer <key>' with the right key")
        _spend(self._costly, client_of(request.scope))

    def may_spend(self, authorization: str) -> bool:
        """Whether this header carries the key, or none is needed."""
        given = authorization.removeprefix("Bearer ").encode()
        return not self._key or hmac.compare_digest(given, self._key)


def _spend(limit: RateLimit, client: str) -> None:
    seconds = limit.wait(client)
    if seconds:
        metrics.REFUSED.labels("rate").inc()
        raise RefusedError(429, f"too many requests; try again in {seconds:.0f} s", retry_after=max(1, round(seconds)))


def _costly(request: Request) -> None:
    request.app.state.guard.check_costly(request)


Costly = Depends(_costly)
