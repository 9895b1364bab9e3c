"""English by any OpenAI-compatible language model, within a time limit, whatever that model does.

Retries with jitter (tenacity), a circuit breaker, a cache. Neither the key nor what people said reaches a log.
"""

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openai
import tenacity

from bentos import metrics
from bentos.settings import Settings
from bentos.translation.lattice import Lattice, messages, plain

MAX_ANSWER_BYTES = 64 * 1024
log = logging.getLogger(__name__)


class NoEnglishError(Exception):
    """There is no English; `reason` is a word for metrics and logs."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class _AgainError(Exception):
    """A failure after which a repeat makes sense."""


@dataclass
class Breaker:
    """Leaves a failing service alone: closed → open after so many failures in a row → one trial after a while.

    Attributes:
        failures: failures in a row that open it.
        seconds: how long it stays open.
        clock: gives seconds.
    """

    failures: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _count: int = field(default=0, init=False)
    _until: float = field(default=0.0, init=False)

    def allow(self) -> bool:
        """Whether a call may be made now; while half open, one trial at a time."""
        if self._count < self.failures:
            return True
        if self.clock() < self._until:
            return False
        self._until = self.clock() + self.seconds  # the others wait for this trial
        return True

    def success(self) -> None:
        """The call worked."""
        self._count = 0

    def failure(self, final: bool = False) -> None:
        """The call failed; `final` opens at once (no quota left, wrong key)."""
        self._count = self.failures if final else self._count + 1
        if self._count >= self.failures:
            self._until = self.clock() + self.seconds


class Translator:
    """Asks the language model.

    Args:
        settings: endpoint, model, limits.
        api_key: the endpoint's key; without key and endpoint there is no English.
    """

    def __init__(self, settings: Settings, api_key: str):
        self.enabled = bool(api_key or settings.llm_base_url)
        self._settings = settings
        self._cache: OrderedDict[Any, str] = OrderedDict()
        self._under_way: dict[Any, asyncio.Task[str]] = {}
        self._breaker = Breaker(settings.llm_breaker_failures, settings.llm_breaker_seconds)
        self._client: openai.AsyncOpenAI | None = None
        self._api_key = api_key

    async def english(self, lattice: Lattice, context: tuple[str, ...] = ()) -> str:
        """One sentence for a lattice.

        Raises:
            NoEnglishError: no endpoint, no answer in time, no quota, or an answer that is no text.
        """
        if not self.enabled:
            raise NoEnglishError("no_key")
        key = (tuple(tuple((gloss, round(score, 2)) for gloss, score in sign) for sign in lattice), context)
        if key in self._cache:
            self._cache.move_to_end(key)
            metrics.LLM_REQUESTS.labels("cached").inc()
            return self._cache[key]
        task = self._under_way.get(key)
        if task is None:  # identical requests at the same time share one call
            task = asyncio.create_task(self._ask(lattice, context))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(task)

    def _finished(self, key: Any, task: "asyncio.Task[str]") -> None:
        self._under_way.pop(key, None)
        if task.cancelled() or task.exception() is not None or not self._settings.llm_cache_size:
            return
        self._cache[key] = task.result()
        while len(self._cache) > self._settings.llm_cache_size:
            self._cache.popitem(last=False)

    async def _ask(self, lattice: Lattice, context: tuple[str, ...]) -> str:
        if not self._breaker.allow():
            metrics.LLM_REQUESTS.labels("breaker_open").inc()
            raise NoEnglishError("breaker_open")
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.llm_timeout_seconds):
                text = await self._with_retries(messages(lattice, context))
        except NoEnglishError as error:
            self._breaker.failure(final=error.reason in ("no_quota", "refused_key"))
            reason = error.reason
        except (TimeoutError, _AgainError) as error:
            self._breaker.failure()
            reason = "timeout" if isinstance(error, TimeoutError) else str(error)
        except Exception as error:  # whatever a foreign server does, people get the glosses
            self._breaker.failure()
            reason = type(error).__name__
        else:
            self._breaker.success()
            metrics.LLM_REQUESTS.labels("ok").inc()
            metrics.LLM_SECONDS.observe(time.perf_counter() - began)
            return text
        metrics.LLM_REQUESTS.labels(reason if reason in metrics.LLM_OUTCOMES else "other").inc()
        log.warning("no English from the language model: %s", reason)
        raise NoEnglishError(reason)

    async def _with_retries(self, chat: list[dict[str, str]]) -> str:
        async for attempt in tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self._settings.llm_attempts),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=1.0),
            retry=tenacity.retry_if_exception_type(_AgainError),
            reraise=True,
        ):
            with attempt:
                return await self._once(chat)
        raise NoEnglishError("no_attempts")

    async def _once(self, chat: list[dict[str, str]]) -> str:
        try:
            body = await self._post(chat)
        except openai.APITimeoutError:
            raise _AgainError("timeout") from None
        except openai.APIConnectionError:
            raise _AgainError("connection") from None
        except openai.APIStatusError as error:
            raise _judged(error) from None
        try:
            document = json.loads(body)
            text = plain(document["choices"][0]["message"]["content"])
        except (ValueError, LookupError, TypeError):
            raise NoEnglishError("garbage") from None
        if not text:
            raise NoEnglishError("garbage")
        self._count(document.get("usage"))
        return text

    async def _post(self, chat: list[dict[str, str]]) -> bytes:
        """Send the chat and read the answer, but never more than MAX_ANSWER_BYTES of it."""
        s = self._settings
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                api_key=self._api_key or "none",
                base_url=s.llm_base_url or None,
                timeout=s.llm_timeout_seconds,
                max_retries=0,
            )
        body = bytearray()
        async with self._client.chat.completions.with_streaming_response.create(
            model=s.llm_model,
            messages=chat,  # type: ignore[arg-type]
            max_tokens=s.llm_max_tokens,
            temperature=s.llm_temperature,
        ) as response:
            try:
                async for chunk in response.iter_bytes(8192):
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise NoEnglishError("huge")
            except NoEnglishError:
                raise
            except Exception:  # the line was cut while reading
                raise _AgainError("connection") from None
        return bytes(body)

    def _count(self, usage: Any) -> None:
        s = self._settings
        if not isinstance(usage, dict):
            return
        prices = {"prompt_tokens": s.llm_dollars_per_million_in, "completion_tokens": s.llm_dollars_per_million_out}
        for kind, price in prices.items():
            tokens = usage.get(kind)
            if isinstance(tokens, int) and 0 <= tokens < 10**7:
                metrics.LLM_TOKENS.labels(kind.removesuffix("_tokens")).inc(tokens)
                metrics.LLM_DOLLARS.inc(tokens * price / 1e6)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def _judged(error: openai.APIStatusError) -> Exception:
    """Whether a repeat makes sense."""
    if error.status_code in (401, 403):
        return NoEnglishError("refused_key")
    if error.status_code == 429 and getattr(error, "code", None) == "insufficient_quota":
        return NoEnglishError("no_quota")
    if error.status_code in (408, 409, 429) or error.status_code >= 500:
        return _AgainError("rate_limited" if error.status_code == 429 else "server_error")
    return NoEnglishError("refused")
