"""What is known of each gloss, and its figure."""

import shutil
import struct

import numpy as np
import pytest

from bentos.contract import integrity
from bentos.model.versions import FolderSource
from bentos.model.vocabulary import FILE, UNSEEN, example
from bentos.settings import Settings
from stages.exporting import golden, vocabulary
from tests.bentos.clients import client_for
from tests.bentos.tiny_model import LABELS, altered


def test_what_is_known_of_each_gloss(client):
    glosses = client.get("/vocabulary").json()["glosses"]
    assert [g["gloss"] for g in glosses] == LABELS
    assert glosses[0] == {"gloss": "book", "clips": 20, "signers": None, "figure": False}
    assert glosses[1] == {"gloss": "drink", "clips": 19, "signers": 11, "figure": False}
    metadata = client.get("/metadata").json()
    assert (metadata["language"], metadata["learnt_from_source"]) == ("drawn", "clips made up for tests")
    assert metadata["vocabulary"] == LABELS


def test_only_glosses_with_an_example_have_a_figure(tiny_model, tmp_path):
    model = altered(tiny_model, tmp_path / "model")
    vocabulary.write({"drink": golden.made_up(0)}, 12.5, model)
    integrity.seal(model)
    client = client_for(FolderSource(model), Settings())
    glosses = client.get("/vocabulary").json()["glosses"]
    assert [g["gloss"] for g in glosses if g["figure"]] == ["drink"]
    statuses = {g["gloss"]: client.get(f"/vocabulary/{g['gloss']}").status_code for g in glosses}
    assert statuses == {g["gloss"]: 200 if g["figure"] else 404 for g in glosses}


def landmarks(content: bytes) -> tuple[np.ndarray, float, float]:
    """A figure as the page reads it: landmarks, frames a second, aspect."""
    fps, aspect, frames, scale = struct.unpack_from("<ffII", content)
    steps = np.frombuffer(content, "<i2", offset=16).reshape(frames, 180, 3)
    return np.where(steps == UNSEEN, np.nan, steps / scale), fps, aspect


def test_figures_are_given_by_gloss(finished_project):
    client = client_for(FolderSource(finished_project / "data" / "export"), Settings())
    for gloss in ("circle", "up", "wave"):
        figure, fps, aspect = landmarks(client.get(f"/vocabulary/{gloss}").content)
        assert (fps, aspect) == (12.5, pytest.approx(4 / 3))
        assert np.isfinite(figure[:, 21:]).all()
        assert 10 <= len(figure) <= 20
    missing = client.get("/vocabulary/zebra")
    assert missing.status_code == 404
    assert "zebra" in missing.json()["error"]


def test_a_version_without_examples_says_so(tiny_model):
    assert client_for(FolderSource(tiny_model), Settings()).get("/vocabulary/book").status_code == 404


def test_a_recording_that_an_older_version_brings_is_not_given_out(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    arrays = {"fps": [15.0], "aspect": [1.33], "video_id": ["07068"], "clip_0": np.zeros((9, 180, 3), np.int16)}
    np.savez_compressed(folder / FILE, glosses=["book"], **arrays)
    integrity.seal(folder)
    assert client_for(FolderSource(folder), Settings()).get("/vocabulary/book").status_code == 404


def test_figures_are_recognised(finished_project):
    """What people are shown for a gloss is that gloss to the model, also as it is stored."""
    from stages.serving_model.pose2gloss import Pose2Gloss

    folder = finished_project / "data" / "export"
    model = Pose2Gloss(folder)
    for gloss in model.labels:
        answer = model.predict(*landmarks(example(folder, gloss)))
        assert model.labels[int(answer.argmax())] == gloss
