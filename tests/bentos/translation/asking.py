"""Asks a stand-in for a language model for English."""

import asyncio
import time

from bentos.settings import Settings
from bentos.translation.answer import NoEnglishError
from bentos.translation.llm import Translator
from tests.bentos.translation.standin import StandIn

LATTICE = ((("book", 0.81), ("drink", 0.1)), (("want", 0.55), ("go", 0.4)))


def ask(stand_in: StandIn, *lattices, times: int = 1, key: str = "sk-secret", **more):
    """Ask once for each lattice (after each other) and give answers, reasons and the time of the slowest."""

    async def run():
        settings = Settings(llm_base_url=stand_in.url, **({"llm_timeout_seconds": 1.0} | more))
        translator = Translator(settings, key)
        answers, slowest = [], 0.0
        for lattice in (lattices or (LATTICE,)) * times:
            began = time.perf_counter()
            try:
                answers.append(await translator.english(lattice))
            except NoEnglishError as error:
                answers.append(error.reason)
            slowest = max(slowest, time.perf_counter() - began)
        await translator.close()
        return answers, slowest

    return asyncio.run(run())
