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

from bentos.contract import integrity
from bentos.errors import NoModelError, RefusedError
from bentos.model import refusals, versions
from bentos.model.recogniser import Loaded, Recogniser
from bentos.model.versions import FolderSource, RegistryOrBase, RegistrySource, SourceError, Version
from bentos.settings import Settings
from tests.bentos.clients import as_json, client_for, scores
from tests.bentos.registered import promote, register
from tests.bentos.tiny_model import LABELS, accuracy, altered, broken

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
    measured = [accuracy(4, 0.9), accuracy(8, 0.71), accuracy(12, 0.5), accuracy(12, 0.9, "test")]
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
        assert (
            "was refused, because ISLR_VOCABULARY: 'zebra' is not in the model's vocabulary" in health.json()["reason"]
        )
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
    promote(client, register(client, tiny_models(2)))
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
    odd = broken(tiny_models(2), tmp_path / "odd", model__tflite=(tiny_models(1) / "model.tflite").read_bytes())
    source = Named(one=tiny_models(1), two=odd, three=tiny_models(2))
    recogniser = Recogniser(source)
    recogniser.refresh()
    source.version = "two"
    for _ in range(2):  # it is fetched and tried once only
        assert not recogniser.refresh()
        assert recogniser.loaded.version.version == "one"
        assert "version two of pose2gloss was refused, because clip 0 of golden.npz gives" in recogniser.reason
    assert source.fetched == ["one", "two"]
    assert source.kept == (tiny_models(1),)
    source.version = "three"
    assert recogniser.refresh()
    assert (recogniser.loaded.version.version, recogniser.reason, recogniser.swaps) == ("three", "", 2)


def test_every_refusal_is_kept_until_the_version_that_is_named_serves(tiny_models, tmp_path, caplog):
    quits = broken(tiny_models(1), tmp_path / "quits", pose2gloss__py="import os; os._exit(3)")
    raises = broken(tiny_models(1), tmp_path / "raises", pose2gloss__py="raise GeneratorExit('no')")
    cut = shutil.copytree(tiny_models(1), tmp_path / "cut")
    (cut / "metadata.json").write_bytes((cut / "metadata.json").read_bytes()[:50])
    source = Named(one=tiny_models(1), quits=quits, raises=raises, cut=cut)
    client = client_for(source, Settings())
    kernel = client.app.state.kernel
    for version in ("quits", "raises", "cut", "quits", "cut"):
        source.version = version
        kernel._refresh()
    metadata = client.get("/metadata").json()
    assert metadata["version"] == "one"
    reasons = {refused["version"]: refused["reason"] for refused in metadata["refused"]}
    assert list(reasons) == ["quits", "raises", "cut"]
    assert "refused, because its code ended the process with exit status 3" in reasons["quits"]
    assert "pose2gloss.py does not load: GeneratorExit: no" in reasons["raises"]
    assert "its metadata.json is not the file that was registered" in reasons["cut"]
    assert metadata["warning"] == reasons["cut"]
    assert all(reason in caplog.text for reason in reasons.values())
    assert source.fetched == ["one", "quits", "raises", "cut"]  # each once, however often it is looked at
    assert "\nislr_model_refused 3.0\n" in client.get("/metrics").text
    caplog.set_level(logging.INFO)
    source.version = "one"
    kernel._refresh()
    metadata = client.get("/metadata").json()
    assert (metadata["refused"], metadata["warning"]) == ([], None)
    assert f"resolved: {reasons['cut']}" in caplog.text
    assert "\nislr_model_refused 0.0\n" in client.get("/metrics").text


def test_files_that_cannot_be_had_are_asked_for_again_ever_more_rarely(tiny_model, monkeypatch):
    now = 0.0
    monkeypatch.setattr(refusals.time, "monotonic", lambda: now)
    source = Named(one=tiny_model)
    source.fetch = lambda version: source.fetched.append(now) or raises(OSError("no space left on device"))
    recogniser = Recogniser(source)
    for now in map(float, range(0, 600, 10)):  # noqa: B007
        assert not recogniser.refresh()
        assert "refused, because no space left on device" in recogniser.reason
    assert source.fetched == [0, 30, 90, 210, 450]
    del source.fetch
    now = 5000.0
    assert recogniser.refresh()
    assert (recogniser.reason, len(recogniser.refusals)) == ("", 0)


def test_a_service_that_starts_with_a_broken_version_says_why(tiny_model, tmp_path):
    quits = broken(tiny_model, tmp_path / "quits", pose2gloss__py="import os; os._exit(3)")
    client = client_for(FolderSource(quits), Settings())
    for path in ("/health", "/metadata"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "refused, because its code ended the process with exit status 3" in answer.text


def test_when_the_source_last_answered_is_told(tiny_model):
    source = Named(one=tiny_model)
    client = client_for(source, Settings())
    looked_at = client.get("/metadata").json()["looked_at"]
    assert looked_at.endswith("+00:00")
    source.current = lambda: raises(SourceError("the registry does not answer"))
    client.app.state.kernel._refresh()
    assert client.get("/metadata").json()["looked_at"] == looked_at
    assert client.get("/metadata").json()["warning"] == "the registry does not answer"


def test_model_files_that_vanish_are_no_fault_of_the_client(tiny_model, tmp_path, clip):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    client = client_for(FolderSource(folder), Settings())
    assert scores(client.post("/predict", json=as_json(clip)))
    folder.rename(tmp_path / "elsewhere")
    client.app.state.kernel._answered = 0
    for frames in (clip, np.tile(clip, (5, 1, 1))):  # of a length that an interpreter is ready for, and another one
        answer = client.post("/predict", json=as_json(frames))
        assert answer.status_code == 503
        assert "files of version 0 are gone or changed" in answer.json()["error"]
    assert client.get("/health").status_code == 503
    assert client.get("/vocabulary/book").status_code == 503
    assert not client.app.state.kernel.recogniser.ready
    (tmp_path / "elsewhere").rename(folder)
    assert client.get("/health").status_code == 200
    assert scores(client.post("/predict", json=as_json(clip)))


def test_files_that_go_while_a_clip_is_recognised_are_no_fault_of_the_client(tiny_model, tmp_path, clip):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    model = SimpleNamespace(predict=lambda *_, **__: shutil.rmtree(folder) or raises(ValueError("cannot open")))
    stamps = integrity.stamps(folder)
    loaded = Loaded(Version(NAME, "1"), {"labels": LABELS}, 0, model, folder, np.arange(2), stamps)
    with pytest.raises(NoModelError, match="are gone or changed"):
        loaded.predict(clip, 25, None)


def test_a_folder_whose_files_change_is_taken_up_anew_or_refused(tiny_models, tmp_path, clip):
    """Never the new graph with the old labels."""
    folder = shutil.copytree(tiny_models(1), tmp_path / "model")
    recogniser = Recogniser(FolderSource(folder))
    assert recogniser.refresh()
    before = recogniser.loaded.predict(clip, 25, None)
    shutil.copytree(tiny_models(2), folder, dirs_exist_ok=True)
    with pytest.raises(NoModelError, match="are gone or changed"):
        assert recogniser.loaded
    assert recogniser.refresh()
    assert not np.allclose(recogniser.loaded.predict(clip, 25, None), before)
    (folder / "golden.npz").unlink()
    assert not recogniser.refresh()
    assert not recogniser.ready
    assert "refused, because its golden.npz is missing" in recogniser.reason


def test_downloaded_files_that_are_removed_are_fetched_again(tiny_model, tmp_path):
    """As services of the system do that clean folders of temporary files."""
    source = Named(one=tiny_model)
    source.fetch = lambda version: shutil.copytree(tiny_model, tmp_path / str(len(list(tmp_path.iterdir()))))
    recogniser = Recogniser(source)
    assert recogniser.refresh()
    shutil.rmtree(recogniser.loaded.folder)
    assert not recogniser.ready
    assert recogniser.refresh()
    assert recogniser.ready


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
