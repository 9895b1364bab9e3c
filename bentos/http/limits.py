"""Who may ask how often: rate limits by client, and a key for what costs money."""

import hmac
from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request

from bentos import metrics
from bentos.errors import RefusedError
from bentos.http.clients import client_of, is_local
from bentos.rate import RateLimit
from bentos.settings import Settings

OPEN = "none"  # the API key of a server on which everybody may spend


class Guard:
    """The limits of one process. Each process counts for itself, so the whole server allows a multiple."""

    def __init__(self, settings: Settings):
        self._key, self._operator = settings.api_key, settings.operator_key
        self._free = RateLimit(settings.rate_per_minute)
        self._costly = RateLimit(settings.costly_per_minute)

    def check(self, request: Request) -> None:
        """Refuse a client that asks too often."""
        _spend(self._free, client_of(request.scope))

    def check_costly(self, request: Request) -> None:
        """Refuse without the key (when one is set), and a client that asks too often."""
        if self._key not in ("", OPEN) and not _carries(request.headers.get("authorization", ""), self._key):
            raise _keyless("this route needs the header 'Authorization: Bearer <key>' with the right key")
        _spend(self._costly, client_of(request.scope))

    def check_spending(self, request: Request) -> None:
        """Refuse a client for whom the language model may not be asked."""
        if not self.may_spend(request.scope, request.headers.get("authorization", "")):
            said = "English for other machines than the server's own wants a key, and the server has none"
            raise _keyless(f"{said}; its operator sets ISLR_API_KEY")

    def check_operator(self, request: Request) -> None:
        """Refuse whoever is not the operator."""
        if not self.is_operator(request):
            raise _keyless(
                "this is for the operator: from the server's own machine, or with ISLR_OPERATOR_KEY as a token"
            )

    def may_spend(self, scope: Mapping[str, Any], authorization: str) -> bool:
        """Whether the language model may be asked for this client: by key, or on this machine where there is none."""
        if self._key:
            return self._key == OPEN or _carries(authorization, self._key)
        return is_local(scope)

    def is_operator(self, request: Request) -> bool:
        """Whether the operator asks: by key, or on this machine where there is none."""
        if self._operator:
            return _carries(request.headers.get("authorization", ""), self._operator)
        return is_local(request.scope)


def _carries(authorization: str, key: str) -> bool:
    return hmac.compare_digest(authorization.removeprefix("Bearer ").encode(), key.encode())


def _keyless(sentence: str) -> RefusedError:
    metrics.REFUSED.labels("key").inc()
    return RefusedError(401, sentence)


def _spend(limit: RateLimit, client: str) -> None:
    seconds = limit.wait(client)
    if seconds:
        metrics.REFUSED.labels("rate").inc()
        raise RefusedError(429, f"too many requests; try again in {seconds:.0f} s", retry_after=max(1, round(seconds)))


def _costly(request: Request) -> None:
    request.app.state.guard.check_costly(request)


Costly = Depends(_costly)
