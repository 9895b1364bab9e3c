"""English by any OpenAI-compatible language model, within a time limit, whatever that model does.

Retries with jitter (tenacity), a circuit breaker, a cache. Neither the key nor what people said reaches a log.
"""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from typing import Any

import tenacity

from bentos import metrics
from bentos.translation.answer import NoEnglishError, read, sentence
from bentos.translation.breaker import Breaker
from bentos.translation.budget import Asker, Budget
from bentos.translation.endpoint import AgainError, Endpoint
from bentos.translation.lattice import Lattice, messages
from bentos.translation.settings import TranslationSettings, bare

ANSWERED = ("refused", "filtered", "declined", "unfinished", "empty")  # the server works, yet not for this phrase
HOPELESS = ("no_quota", "refused_key", "not_found")
NOBODY = Asker("")
log = logging.getLogger(__name__)


class Translator:
    """Asks the language model.

    Args:
        settings: endpoint, model, limits.
        api_key: the endpoint's key; without key and endpoint there is no English.
        budget: what may be spent; None: without limit.
    """

    def __init__(self, settings: TranslationSettings, api_key: str, budget: Budget | None = None):
        self._budget = budget
        self.enabled = bool(bare(api_key) or settings.llm_base_url)
        self._settings = settings
        self._cache: OrderedDict[Any, str] = OrderedDict()
        self._under_way: dict[Any, asyncio.Task[str]] = {}
        self._breaker = Breaker(settings.llm_breaker_failures, settings.llm_breaker_seconds)
        self._advised: set[str] = set()
        self._endpoint: Endpoint | None = None
        if self.enabled:
            try:
                self._endpoint = Endpoint(settings, api_key)
            except NoEnglishError as error:
                self._log(error)

    async def english(self, lattice: Lattice, context: tuple[str, ...] = (), asker: Asker = NOBODY) -> str:
        """One sentence for a lattice, asked for by a client.

        Raises:
            NoEnglishError: no endpoint, no answer in time, no quota, or an answer that is no text.
        """
        if not self.enabled:
            raise NoEnglishError("no_key")
        if self._endpoint is None:
            raise self._counted(NoEnglishError("misconfigured"))
        key = (tuple(tuple((gloss, round(score, 2)) for gloss, score in sign) for sign in lattice), context)
        if key in self._cache:
            self._cache.move_to_end(key)
            metrics.LLM_REQUESTS.labels("cached").inc()
            return self._cache[key]
        task = self._under_way.get(key)
        if task is None:  # identical requests at the same time share one call
            task = asyncio.create_task(self._ask(self._endpoint, lattice, context, asker))
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

    async def _ask(self, endpoint: Endpoint, lattice: Lattice, context: tuple[str, ...], asker: Asker) -> str:
        if not self._breaker.allow():
            raise self._counted(NoEnglishError("breaker_open"))
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._settings.llm_timeout_seconds):
                text = await self._with_retries(endpoint, messages(lattice, context), asker)
        except NoEnglishError as error:
            failure = error
        except TimeoutError:
            failure = NoEnglishError("timeout")
        except Exception as error:  # whatever a foreign server does, people get the glosses
            failure = NoEnglishError(type(error).__name__)
        else:
            self._breaker.success()
            self._advised.clear()
            metrics.LLM_REQUESTS.labels("ok").inc()
            metrics.LLM_SECONDS.observe(time.perf_counter() - began)
            return text
        if failure.reason in ANSWERED:
            self._breaker.success()
        elif failure.reason != "budget":  # which says nothing of the server
            self._breaker.failure(final=failure.reason in HOPELESS)
        self._log(failure)
        raise self._counted(failure)

    def _counted(self, error: NoEnglishError) -> NoEnglishError:
        metrics.LLM_REQUESTS.labels(error.reason if error.reason in metrics.LLM_OUTCOMES else "other").inc()
        return error

    def _log(self, error: NoEnglishError) -> None:
        """Say what is wrong; what an operator has to mend is said once, until it works again."""
        if error.advice is None and error.reason != "budget":
            log.warning("no English from the language model: %s", error.reason)
        elif error.advice is not None and error.advice not in self._advised:
            self._advised.add(error.advice)
            log.error("no English from the language model: %s: %s", error.reason, error.advice)

    async def _with_retries(self, endpoint: Endpoint, chat: list[dict[str, str]], asker: Asker) -> str:
        async for attempt in tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self._settings.llm_attempts),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=1.0),
            retry=tenacity.retry_if_exception_type(AgainError),
            reraise=True,
        ):
            with attempt, self._budget.call(asker) if self._budget else contextlib.nullcontext():
                return await self._once(endpoint, chat)
        raise NoEnglishError("no_attempts")

    async def _once(self, endpoint: Endpoint, chat: list[dict[str, str]]) -> str:
        body = await endpoint.ask(chat)
        try:
            document = read(body)
            self._count(document.get("usage"))
            return sentence(document)
        except NoEnglishError as error:
            error.advice = self._advice(endpoint, error.reason)
            raise

    def _advice(self, endpoint: Endpoint, reason: str) -> str | None:
        if reason == "garbage":
            return endpoint.where_to_look("gives no chat completion")
        if reason == "unfinished":
            limit = f"ISLR_LLM_MAX_TOKENS is {self._settings.llm_max_tokens}"
            return f"{limit}; a model that thinks first needs thousands, and more ISLR_LLM_TIMEOUT_SECONDS"
        return None

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
        if self._endpoint is not None:
            await self._endpoint.close()
