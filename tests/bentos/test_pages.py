"""The page's files: right types, compressed where that pays, kept where that is safe; and the examples of glosses."""

import asyncio
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from bentos.app import create_app
from bentos.kernel import Kernel
from bentos.recogniser import Recogniser
from bentos.settings import Settings
from bentos.versions import FolderSource
from stages.exporting import vocabulary


@pytest.fixture
def assets(tmp_path) -> Path:
    """What the stage `page` writes, in small."""
    folder = tmp_path / "page" / "holistic" / "1.0"
    folder.mkdir(parents=True)
    (tmp_path / "page" / "holistic.json").write_text('{"base": "holistic/1.0/"}')
    for name in ("code.js", "code.wasm", "pose.tflite"):
        (folder / name).write_bytes(name.encode() * 50)
    (folder / "code.wasm.gz").write_bytes(gzip.compress(b"code.wasm" * 50))
    return tmp_path / "page"


def client_for(page: Path, model: Path) -> TestClient:
    settings = Settings(page_dir=page)
    app = create_app(settings)
    app.state.kernel = Kernel(settings, Recogniser(FolderSource(model)), None, False)
    asyncio.run(app.state.kernel.start())
    return TestClient(app)


def test_files_have_their_types_and_are_kept_by_their_version(assets, tiny_model):
    client = client_for(assets, tiny_model)
    types = {"code.js": "text/javascript", "code.wasm": "application/wasm", "pose.tflite": "application/octet-stream"}
    for name, media_type in types.items():
        for encoding in ("gzip", "identity"):
            answer = client.get(f"/assets/holistic/1.0/{name}", headers={"accept-encoding": encoding})
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(media_type)
            assert answer.content == name.encode() * 50
            assert "immutable" in answer.headers["cache-control"]
            packed = name == "code.wasm" and encoding == "gzip"
            assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
            assert answer.headers["vary"] == "accept-encoding"
    listed = client.get("/assets/holistic.json")
    assert (listed.headers["content-type"], listed.headers["cache-control"]) == ("application/json", "no-cache")
    page = client.get("/web/page.js")
    assert page.headers["cache-control"] == "no-cache"
    again = client.get("/web/page.js", headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == 304


def test_without_the_files_the_page_is_served_all_the_same(tmp_path, tiny_model):
    client = client_for(tmp_path / "nothing", tiny_model)
    assert client.get("/").status_code == 200
    assert client.get("/assets/holistic.json").status_code == 404
    assert client.get("/assets/../settings.py").status_code == 404
    assert client.get("/assets/%2e%2e/settings.py").status_code == 404


def test_an_example_is_what_training_saw(assets, finished_project):
    folder = finished_project / "data" / "export"
    client = client_for(assets, folder)
    with np.load(folder / vocabulary.FILE) as file:
        for i, gloss in enumerate(file["glosses"]):
            answer = client.get(f"/vocabulary/{gloss}")
            fps, aspect, frames, scale = struct.unpack_from("<ffII", answer.content)
            assert (fps, aspect, scale) == (file["fps"][i], pytest.approx(file["aspect"][i]), vocabulary.SCALE)
            values = np.frombuffer(answer.content, "<i2", offset=16).reshape(frames, 180, 3)
            np.testing.assert_array_equal(values, file[f"clip_{i}"])
    missing = client.get("/vocabulary/zebra")
    assert missing.status_code == 404
    assert "zebra" in missing.json()["error"]


def test_a_version_without_examples_says_so(assets, tiny_model):
    assert client_for(assets, tiny_model).get("/vocabulary/book").status_code == 404


def test_examples_are_recognised(finished_project):
    """What people are shown for a gloss is that gloss to the model, also as it is stored."""
    from stages.serving_model.pose2gloss import Pose2Gloss

    folder = finished_project / "data" / "export"
    model = Pose2Gloss(folder)
    with np.load(folder / vocabulary.FILE) as file:
        assert list(file["glosses"]) == model.labels
        for i, gloss in enumerate(file["glosses"]):
            steps = file[f"clip_{i}"].astype(np.float32)
            landmarks = np.where(steps == vocabulary.UNSEEN, np.nan, steps / vocabulary.SCALE)
            answer = model.predict(landmarks, float(file["fps"][i]), float(file["aspect"][i]))
            assert model.labels[int(answer.argmax())] == gloss


def test_quantised_landmarks_lose_next_to_nothing():
    landmarks = np.random.default_rng(0).uniform(-1, 2, (7, 180, 3)).astype(np.float32)
    landmarks[:, :21] = np.nan
    landmarks[0, 30] = 99
    steps = vocabulary.quantise(landmarks)
    assert (steps[:, :21] == vocabulary.UNSEEN).all()
    assert steps[0, 30, 0] == 2**15 - 1
    np.testing.assert_allclose(steps[1:, 21:] / vocabulary.SCALE, landmarks[1:, 21:], atol=0.5 / vocabulary.SCALE)
