"""Score gloss to English: the glosses as they stand, and a language model on first guesses and on whole lattices."""

import asyncio
import csv
import logging
import os
from pathlib import Path

import numpy as np
from pydantic import Field
from tqdm import tqdm

from bentos.translation.answer import NoEnglishError
from bentos.translation.lattice import Lattice, readable, top_glosses
from bentos.translation.settings import TranslationSettings
from stages import paths
from stages.params import Section
from stages.reports.evaluation import Metrics, TranslationReport
from stages.reports.files import read_report, write_json
from stages.start import stage
from stages.translation.lattices import simulate
from stages.translation.phrases import Phrase, read

log = logging.getLogger(__name__)
ROWS = {
    "glosses": "the right glosses as text",
    "recognised": "the recogniser's first guesses as text",
    "llm_top1": "the language model on first guesses",
    "llm_lattice": "the language model on five guesses with scores",
}


class Params(Section):
    """Section `translate_eval` of params.yaml."""

    llm: bool = Field(
        False, description="ask the language model that the service would ask (OPENAI_API_KEY or ISLR_LLM_BASE_URL)"
    )
    accuracy: float = Field(
        0.0,
        ge=0,
        le=1,
        description="0-1, of the simulated recogniser's first guess; 0 = as measured on test, without one on val",
    )
    top5_accuracy: float = Field(0.0, ge=0, le=1, description="0-1, likewise for its first five")
    at_a_time: int = Field(4, ge=1, description="questions to the language model at the same time")
    timeout_s: float = Field(20.0, gt=0, description="seconds that one answer may take")
    seed: int = Field(0, description="of the simulated errors")


def rates(params: Params, path: Path = paths.METRICS) -> tuple[float, float]:
    """Accuracy of the first and of the first five guesses: given, or as measured on test, or on val without a test."""
    measured = read_report(path, Metrics).shown
    accuracy = params.accuracy or measured.accuracy or 0.0
    return accuracy, max(accuracy, params.top5_accuracy or measured.top5_accuracy or 0.0)


async def ask(lattices: list[Lattice], params: Params) -> list[str | None]:
    """English for each lattice by the service's own way; None where there is none."""
    from bentos.translation.llm import Translator

    settings = TranslationSettings.from_env().model_copy(update={"llm_timeout_seconds": params.timeout_s})
    translator = Translator(settings, os.environ.get("OPENAI_API_KEY", ""))
    if not translator.enabled:
        log.warning("translate_eval.llm is true, but neither OPENAI_API_KEY nor ISLR_LLM_BASE_URL is set")
        return [None] * len(lattices)
    gate = asyncio.Semaphore(params.at_a_time)

    async def one(lattice: Lattice) -> str | None:
        async with gate:
            try:
                return await translator.english(lattice)
            except NoEnglishError as error:
                log.warning("no English: %s", error.reason)
                return None
            finally:
                bar.update()

    with tqdm(total=len(lattices), desc="language model", unit="phrase", disable=None) as bar:
        answers = await asyncio.gather(*(one(lattice) for lattice in lattices))
    await translator.close()
    return answers


def texts(phrases: list[Phrase], lattices: list[Lattice], params: Params) -> dict[str, list[str] | None]:
    """What each row says of each phrase; None for a row that could not be had."""
    baseline = [readable(top_glosses(lattice)) for lattice in lattices]
    said: dict[str, list[str] | None] = {
        "glosses": [readable(list(phrase.glosses)) for phrase in phrases],
        "recognised": baseline,
        "llm_top1": None,
        "llm_lattice": None,
    }
    if params.llm:
        firsts: list[Lattice] = [tuple((sign[0],) for sign in lattice) for lattice in lattices]
        for row, asked in (("llm_top1", firsts), ("llm_lattice", lattices)):
            answers = asyncio.run(ask(asked, params))
            if any(answer is not None for answer in answers):  # what people would see: the glosses where it fails
                said[row] = [a or b for a, b in zip(answers, baseline, strict=True)]
    return said


def write(phrases: list[Phrase], said: dict[str, list[str] | None], accuracy: float, top5: float) -> TranslationReport:
    """Write scores, examples and figure; returns the scores."""
    from stages.translation import scores
    from stages.translation.picture import draw

    references = [phrase.references for phrase in phrases]
    found = {row: scores.score(lines, references) for row, lines in said.items() if lines is not None}
    missing = [row for row in ROWS if row not in found]
    if missing:
        log.info("rows without a language model are missing: %s", ", ".join(missing))
    measured = {"phrases": len(phrases), "accuracy": accuracy, "top5_accuracy": top5}
    report = TranslationReport(**measured, scores=found, missing=tuple(missing))
    paths.TRANSLATIONS.mkdir(parents=True, exist_ok=True)
    write_json(paths.TRANSLATION, report)
    with (paths.TRANSLATIONS / "examples.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        rows = {row: lines for row in ROWS if (lines := said[row]) is not None}
        writer.writerow(["signed", "reference", "other_reference", *rows])
        for i, phrase in enumerate(phrases):
            writer.writerow([" ".join(phrase.glosses), *phrase.references, *(lines[i] for lines in rows.values())])
    draw(found, ROWS, paths.TRANSLATIONS / "scores.png")
    return report


def translate_eval(params: Params) -> None:
    """Simulate what the recogniser gives, make English of it and score that."""
    phrases = read()
    accuracy, top5 = rates(params)
    vocabulary = sorted({gloss for phrase in phrases for gloss in phrase.glosses})
    rng = np.random.default_rng(params.seed)
    lattices = [simulate(phrase.glosses, vocabulary, accuracy, top5, rng) for phrase in phrases]
    report = write(phrases, texts(phrases, lattices, params), accuracy, top5)
    for row, values in report.scores.items():
        log.info("%-12s %s", row, "  ".join(f"{name} {value:5.1f}" for name, value in values.items()))
    write_json(paths.TRANSLATION_PARAMS, params.model_dump(mode="json"))


def main() -> None:
    """Run the stage."""
    with stage("translate_eval", Params) as params:
        translate_eval(params)


if __name__ == "__main__":
    main()
