"""A version takes over when it is fit to, with the operator's choice of its glosses."""

import asyncio
import logging
import shutil
import sqlite3
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bentos.contract import registry
from bentos.errors import RefusedError
from bentos.model import versions
from bentos.model.recogniser import Loaded, Recogniser
from bentos.model.versions import FolderSource, RegistryOrBase, RegistrySource, Version
from bentos.settings import Settings
from tests.bentos.clients import as_json, client_for, scores
from tests.bentos.tiny_model import LABELS, accuracy, altered, recorded

NAME = "pose2gloss"


def test_the_operators_choice_is_the_default_and_binds_nobody(tiny_model, clip):
    client = client_for(FolderSource(tiny_model), Settings(vocabulary="first 3"))
    metadata = client.get("/metadata").json()
    assert (metadata["vocabulary"], metadata["labels"]) == (LABELS[:3], LABELS)
    default = scores(client.post("/predict", json=as_json(clip)))
    assert set(default) == set(LABELS[:3])
    assert scores(client.post("/predict", json=as_json(clip, vocabulary=["fine"]))).keys() == {"fine"}
    refused = client.post("/predict", json=as_json(clip, top_n=6))
    assert (refused.status_code, "at most 3" in refused.text) == (422, True)
    everything = scores(client.post("/predict", json=as_json(clip, top_n=12, vocabulary=LABELS)))
    assert default.items() <= everything.items()


def test_by_default_as_many_glosses_as_are_recognised_reliably(tiny_model, tmp_path):
    measured = [accuracy(4, 0.9), accuracy(8, 0.61), accuracy(12, 0.5), accuracy(12, 0.9, "test")]
    model = altered(tiny_model, tmp_path / "model", accuracy=measured)
    metadata = client_for(FolderSource(model), Settings()).get("/metadata").json()
    assert metadata["vocabulary"] == LABELS[:8]
    assert metadata["accuracy"] == measured


def test_a_version_without_a_gloss_of_the_operators_is_refused_for_good(tiny_model, tmp_path):
    (tmp_path / "mine.txt").write_text("book\nzebra\n")
    client = client_for(FolderSource(tiny_model), Settings(vocabulary=str(tmp_path / "mine.txt")))
    for _ in range(2):
        health = client.get("/health")
        assert health.status_code == 503
        assert "was refused: ISLR_VOCABULARY: 'zebra' is not in the model's vocabulary" in health.json()["reason"]
        client.app.state.kernel.recogniser.refresh()  # the next look changes nothing


def test_a_broken_model_is_refused_and_the_reason_is_told(tiny_model, tmp_path):
    (tmp_path / "metadata.json").write_text((tiny_model / "metadata.json").read_text())
    client = client_for(FolderSource(tmp_path), Settings())
    assert "was refused" in client.get("/health").json()["reason"]


def test_the_base_answers_and_a_promoted_version_takes_over(
    tiny_models, empty_mlflow, tmp_path, monkeypatch, clip, caplog
):
    """In one recogniser, which keeps what serves when the registry goes away."""
    database = tmp_path / "mlflow.db"
    uri = f"sqlite:///{database}"
    monkeypatch.setattr(versions, "OWN_REGISTRY", uri)
    recogniser = Recogniser(RegistryOrBase(RegistrySource(uri, NAME), tiny_models(1)))
    with caplog.at_level(logging.INFO):
        assert recogniser.refresh()
    assert "serving pose2gloss version base (base), 12 of 12 glosses" in caplog.text
    before = recogniser.loaded
    assert before.version.git_commit == "0123456789abcdef"
    with sqlite3.connect(empty_mlflow) as made, sqlite3.connect(database) as copy:
        made.backup(copy)
    assert not recogniser.refresh()
    from mlflow import MlflowClient

    client = MlflowClient(uri, uri)
    client.create_registered_model(NAME)
    client.create_model_version(NAME, source=str(tiny_models(2)))
    registry.point_at(client, NAME, "1", by="test", why="test")
    assert recogniser.refresh()
    after = recogniser.loaded
    assert (after.version.version, after.version.source) == ("1", "registry")
    assert abs(after.predict(clip, 25, None) - before.predict(clip, 25, None)).max() > 0.01  # the base still answers
    database.unlink()
    assert not recogniser.refresh()
    assert recogniser.loaded is after
    assert "there is no database" in recogniser.reason


class Named:
    """A source whose version a test names; its folders by version, those fetched, and those that may stay."""

    warning = None

    def __init__(self, **folders: Path):
        self.folders, self.version, self.fetched, self.kept = folders, "one", [], ()

    def current(self):
        return Version(NAME, self.version)

    def fetch(self, version):
        self.fetched.append(version.version)
        return self.folders[version.version]

    def forget(self, keep):
        self.kept = keep


def test_requests_under_way_end_with_the_version_they_began_with(tiny_models, tmp_path, clip):
    three = shutil.copytree(tiny_models(1), tmp_path / "three")
    source = Named(one=tiny_models(1), two=tiny_models(2), three=three)
    recogniser = Recogniser(source)
    assert recogniser.refresh()
    begun = recogniser.loaded
    said = begun.predict(clip, 25, None)
    source.version = "two"
    assert recogniser.refresh()
    assert not np.allclose(recogniser.loaded.predict(clip, 25, None), said)
    np.testing.assert_array_equal(begun.predict(clip, 25, None), said)
    assert source.kept == (tiny_models(1), tiny_models(2))  # its files too, until yet another version serves
    source.version = "three"
    assert recogniser.refresh()
    assert source.kept == (tiny_models(2), three)
    recogniser.close()
    assert source.kept == ()


def test_a_version_that_answers_otherwise_than_recorded_leaves_the_one_that_serves(tiny_models, tmp_path):
    odd = recorded(tiny_models(2), tmp_path / "odd")
    shutil.copy(tiny_models(1) / "model.tflite", odd)
    source = Named(one=tiny_models(1), two=odd, three=tiny_models(2))
    recogniser = Recogniser(source)
    recogniser.refresh()
    source.version = "two"
    for _ in range(2):  # it is fetched and tried once only
        assert not recogniser.refresh()
        assert recogniser.loaded.version.version == "one"
        assert "version two of pose2gloss was refused: clip 0 of golden.npz gives" in recogniser.reason
    assert source.fetched == ["one", "two"]
    assert source.kept == (tiny_models(1),)
    source.version = "three"
    assert recogniser.refresh()
    assert (recogniser.loaded.version.version, recogniser.reason, recogniser.swaps) == ("three", "", 2)


def test_more_jobs_than_may_wait_are_refused():
    recogniser, gate = Recogniser(Named(), max_waiting=3), threading.Event()

    async def crowd():
        jobs = [asyncio.create_task(recogniser.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)  # they begin
        assert recogniser.crowded
        with pytest.raises(RefusedError, match="busy; try again") as caught:
            await recogniser.run(gate.wait)
        gate.set()
        assert await asyncio.gather(*jobs) == [True] * 3
        assert not recogniser.crowded
        assert await recogniser.run(lambda: "there is room again")
        return caught.value

    error = asyncio.run(crowd())
    recogniser.close()
    assert (error.status, error.retry_after) == (503, 1)


def raises(error: Exception):
    raise error


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: raises(ValueError("513 frames")), "the model cannot use this clip: 513 frames"),
        (lambda: raises(RuntimeError("XNNPACK")), "these landmarks give no probabilities"),
        (lambda: [0.5, np.nan], "these landmarks give no probabilities"),
    ],
)
def test_landmarks_without_an_answer_are_refused_with_a_sentence(clip, answer, says):
    model = SimpleNamespace(predict=lambda landmarks, fps, aspect: answer())
    loaded = Loaded(Version(NAME, "1"), {"labels": ["book", "go"]}, 0, model, Path(), np.arange(2))
    with pytest.raises(RefusedError, match=says) as caught:
        loaded.predict(clip, 25, None)
    assert caught.value.status == 422
    assert "XNNPACK" not in caught.value.message
