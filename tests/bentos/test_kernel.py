"""What joins the model, the choice of glosses and the language model, asked over HTTP."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest

from bentos.http import bodies
from bentos.kernel import Kernel
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource, SourceError
from bentos.settings import Settings
from tests.bentos.clients import as_json, candidates, client_for, scores
from tests.bentos.tiny_model import LABELS
from tests.stages import corpora

F16, F32 = bodies.MEDIA_TYPES
asked: list = []


async def english(lattice, context, asker):
    asked.append((lattice, context))
    return {"text": "A book, please."}


async def broken(lattice, context, asker):
    raise ConnectionError("gone")


async def late(lattice, context, asker):
    await asyncio.sleep(5)
    return {"text": "A book, please."}


def test_predict_advises_on_hands_that_changed_places(client):
    clip = corpora.clip(0).landmarks
    swapped = np.concatenate([clip[:, 21:42], clip[:, :21], clip[:, 42:]], axis=1)
    for points, advised in ((clip, False), (swapped, True)):
        answer = client.post("/predict", content=points.tobytes(), headers={"content-type": F16})
        assert answer.status_code == 200
        assert answer.json()["predictions"]
        assert ("changed places" in answer.json().get("advice", "")) is advised


def test_top_n_is_bounded_by_the_vocabulary(client, clip):
    answer = client.post("/predict", json=as_json(clip, top_n=13))
    assert answer.status_code == 422
    assert "at most 12" in answer.json()["error"]
    assert len(client.post("/predict", json=as_json(clip, top_n=12)).json()["predictions"]) == 12


def test_a_vocabulary_bounds_the_answer_and_leaves_the_scores(client, clip):
    among_all = scores(client.post("/predict", json=as_json(clip, top_n=12)))
    best = max(among_all, key=among_all.get)
    chosen = [gloss for gloss in ("fine", "book", "go", "deaf") if gloss != best]
    expected = {gloss: among_all[gloss] for gloss in sorted(chosen, key=among_all.get, reverse=True)}
    by_json = scores(client.post("/predict", json=as_json(clip, vocabulary=chosen)))
    assert list(by_json.items()) == list(expected.items())  # best first; the best of all is not among them
    assert sum(by_json.values()) < 1 - among_all[best] + 1e-6
    query = {"vocabulary": [*chosen, chosen[0]], "top_n": 1}  # twice is no harm
    by_binary = scores(client.post("/predict", content=clip.tobytes(), params=query, headers={"content-type": F32}))
    assert by_binary == {gloss: expected[gloss] for gloss in list(expected)[:1]}
    assert scores(client.post("/predict", json=as_json(clip, top_n=12, vocabulary=None))) == among_all
    assert scores(client.post("/predict", json=as_json(clip, top_n=12, vocabulary=LABELS))) == among_all


def test_translate_without_language_model_gives_the_glosses(client):
    answer = client.post("/translate", json=candidates([("drink", 0.2), ("book", 0.6)], [("go", 0.9)])).json()
    assert answer == {"text": "Book go.", "source": "glosses", "glosses": ["book", "go"]}


def test_translate_hands_the_lattice_with_scores_to_the_runner(tiny_model):
    client = client_for(FolderSource(tiny_model), Settings(), english, llm=True)
    asked.clear()
    answer = client.post("/translate", json=candidates([("book", 0.6), ("drink", 0.2)])).json()
    assert answer == {"text": "A book, please.", "source": "llm", "glosses": ["book"]}
    assert asked == [(((("book", 0.6), ("drink", 0.2)),), ())]


@pytest.mark.parametrize("runner", [broken, late])
def test_translate_gives_the_glosses_when_the_runner_is_gone_or_late(tiny_model, runner):
    client = client_for(FolderSource(tiny_model), Settings(llm_timeout_seconds=0.01), runner, llm=True)
    assert client.post("/translate", json=candidates([("book", 0.6)])).json()["source"] == "glosses"


class Later(FolderSource):
    """A registry that has nothing at first, then fails as no registry should, then has a version."""

    looks = 0

    def current(self):
        self.looks += 1
        if self.looks == 1:
            raise SourceError("nothing is Production yet")
        if self.looks == 2:
            raise RuntimeError("odd")
        return super().current()


def test_the_watch_outlives_a_look_that_fails_and_takes_up_what_comes(tiny_model, caplog):
    async def watch():
        kernel = Kernel(Settings(poll_seconds=0.01), Recogniser(Later(tiny_model)), None, False)
        await kernel.start()
        before = await kernel.healthy()
        async with asyncio.timeout(60):
            while not kernel.recogniser.ready:
                await asyncio.sleep(0.01)
        after = await kernel.healthy()
        await kernel.close()
        return before, after, kernel.draining

    assert asyncio.run(watch()) == ("nothing is Production yet", None, True)
    assert caplog.text.count("looking for a new version failed") == 1


def test_a_model_that_fails_is_not_healthy(tiny_model):
    client = client_for(FolderSource(tiny_model), Settings())
    client.app.state.kernel.recogniser.loaded.model = SimpleNamespace()  # it cannot even be asked
    health = client.get("/health")
    assert health.status_code == 503
    assert "the model does not answer" in health.json()["reason"]
