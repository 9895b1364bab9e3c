"""The server of the language model: how it is reached, which parameters it takes, what its refusals mean."""

import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import openai

from bentos.translation.answer import NoEnglishError
from bentos.translation.settings import TranslationSettings, bare

MAX_ANSWER_BYTES = 64 * 1024
_LIMITS = ("max_tokens", "max_completion_tokens")
_KEY = re.compile(r"api.?key", re.I)
_CONTENT = re.compile(r"content.?(?:filter|policy|management)|moderation|flagged|guardrail|responsible.?ai", re.I)
log = logging.getLogger(__name__)


class AgainError(NoEnglishError):
    """A failure after which a repeat makes sense."""


class Endpoint:
    """Sends chats to an OpenAI-compatible server.

    Args:
        settings: address, model, limits.
        api_key: the key as it came from the environment, or "" for a server that wants none.

    Raises:
        NoEnglishError: "misconfigured", with advice: the key or a proxy cannot be used.
    """

    def __init__(self, settings: TranslationSettings, api_key: str):
        self._settings = settings
        self._limits = sorted(_LIMITS, key=lambda name: name != settings.llm_limit_parameter)
        self._refused: set[str] = set()
        self._client = _connected(settings, _usable(api_key))
        url = urlsplit(str(self._client.base_url))
        self.address = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path.rstrip('/')}"

    async def ask(self, chat: list[dict[str, str]]) -> bytes:
        """Send a chat and read the answer, but never more than MAX_ANSWER_BYTES of it.

        Raises:
            AgainError: it may work next time.
            NoEnglishError: it will not.
        """
        while True:  # each turn leaves a parameter out, so it ends
            options = self._options()
            try:
                return await self._post(chat, options)
            except openai.APITimeoutError:
                raise AgainError("timeout") from None
            except openai.APIConnectionError:
                raise AgainError("connection") from None
            except openai.APIStatusError as error:
                if error.status_code not in (400, 422) or not self._learn(options, error):
                    raise self._judged(error) from None

    def _options(self) -> dict[str, Any]:
        s = self._settings
        limit = self._limits[self._limits[0] in self._refused]
        wanted = {"temperature": s.llm_temperature, limit: s.llm_max_tokens}
        return {name: value for name, value in wanted.items() if value is not None and name not in self._refused}

    def _learn(self, sent: Iterable[str], error: openai.APIStatusError) -> bool:
        """Remember the parameter that the server refuses; False when it is none that can be left out or renamed."""
        able = [name for name in sent if name != self._limits[-1]]
        named = [error.param, *re.findall(r"\w+", _said(error))]
        refused = min((name for name in able if name in named), key=named.index, default=None)
        if refused is not None and refused not in self._refused:
            self._refused.add(refused)
            log.info("the language model refuses the parameter %s and is asked without it from now on", refused)
        return refused is not None

    async def _post(self, chat: list[dict[str, str]], options: dict[str, Any]) -> bytes:
        body = bytearray()
        async with self._client.chat.completions.with_streaming_response.create(
            model=self._settings.llm_model,
            messages=chat,  # type: ignore[arg-type]
            **options,
        ) as response:
            try:
                async for chunk in response.iter_bytes(8192):
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        raise NoEnglishError("huge")
            except NoEnglishError:
                raise
            except Exception:  # the line was cut while reading
                raise AgainError("connection") from None
        return bytes(body)

    def _judged(self, error: openai.APIStatusError) -> NoEnglishError:
        """What a refusal means, and whether a repeat makes sense."""
        status, said = error.status_code, _said(error)
        if status == 451 or (status in (400, 403, 422) and _CONTENT.search(said)):
            return NoEnglishError("filtered")
        if status in (401, 403) or (status == 400 and _KEY.search(said)):
            advice = f"{self.address} refuses the key with {status}; OPENAI_API_KEY must be a valid key of that server"
            return NoEnglishError("refused_key", advice)
        if status == 402 or (status == 429 and error.code == "insufficient_quota"):
            return NoEnglishError("no_quota", f"{self.address} says that nothing is left of the quota; top it up")
        if status in (404, 405):
            return NoEnglishError("not_found", self.where_to_look(f"answers {status}"))
        if status in (408, 409, 429) or status >= 500:
            return AgainError("rate_limited" if status == 429 else "server_error")
        return NoEnglishError("refused")

    def where_to_look(self, wrong: str) -> str:
        """Advice when what answers is no language model."""
        return (
            f"{self.address}/chat/completions {wrong}; ISLR_LLM_BASE_URL must be the address before /chat/completions, "
            "which mostly ends in /v1, and ISLR_LLM_MODEL the name of a model there"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _said(error: openai.APIStatusError) -> str:
    return f"{error.message} {error.body}"


def _usable(given: str) -> str:
    key = bare(given)
    if not re.fullmatch(r"[!-~]*", key):
        raise NoEnglishError(
            "misconfigured",
            "OPENAI_API_KEY has a space, a line end or a letter in it that no key has; right is one key alone, on one "
            "line, without 'Bearer'",
        )
    if key != given:
        log.warning("OPENAI_API_KEY has spaces, a line end or quotes around it, which were left out")
    return key


def _connected(settings: TranslationSettings, key: str) -> openai.AsyncOpenAI:
    try:
        return openai.AsyncOpenAI(
            api_key=key or "none",
            base_url=settings.llm_base_url or None,
            timeout=settings.llm_timeout_seconds,
            max_retries=0,  # it would repeat an empty quota's 429 too, and wait until the reason is a time-out
        )
    except Exception as error:  # whatever the environment holds, people get the glosses
        proxies = {name: getproxies().get(name, "") for name in ("http", "https", "all")}
        wrong = [f"{name.upper()}_PROXY={url.partition('://')[0]}://…" for name, url in proxies.items() if _odd(url)]
        if not wrong or not isinstance(error, ValueError | ImportError):
            raise NoEnglishError("misconfigured", f"its client cannot be made: {type(error).__name__}") from None
        advice = f"{', '.join(wrong)} cannot be used; right is the address of an http:// proxy, or none"
        raise NoEnglishError("misconfigured", advice) from None


def _odd(proxy: str) -> bool:
    return "://" in proxy and not proxy.lower().startswith(("http://", "https://"))
