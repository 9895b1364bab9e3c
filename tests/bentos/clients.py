"""Clients of the front with a model behind it, and what they send and get."""

import asyncio

import numpy as np
from starlette.testclient import TestClient

from bentos.http.app import create_app
from bentos.kernel import Kernel
from bentos.model.recogniser import Recogniser
from bentos.model.versions import SourceError
from bentos.settings import Settings


def client_for(source, settings: Settings, runner=None, llm: bool = False) -> TestClient:
    """A client of a front that serves what a source gives; with `llm`, `runner` answers for the language model."""
    app = create_app(settings)
    app.state.kernel = Kernel(settings, Recogniser(source, vocabulary=settings.vocabulary), runner, llm)
    asyncio.run(app.state.kernel.start())
    return TestClient(app, raise_server_exceptions=True)


class NoSource:
    """A registry in which nothing is Production."""

    warning = None

    def current(self):
        raise SourceError("no version of pose2gloss has the stage Production")

    def forget(self, keep):
        pass


def as_json(clip: np.ndarray, **more) -> dict:
    """The body of /predict for (frames, 180, 3) landmarks."""
    return {"landmarks": [[[None if np.isnan(v) else float(v) for v in p] for p in f] for f in clip]} | more


def scores(answer) -> dict[str, float]:
    """The scores of an answer of /predict by gloss, best first."""
    assert answer.status_code == 200, answer.text
    return {p["gloss"]: p["score"] for p in answer.json()["predictions"]}


def candidates(*signs) -> dict:
    """The body of /translate for signs, each a list of (gloss, score)."""
    return {"candidates": [[{"gloss": g, "score": s} for g, s in sign] for sign in signs]}
