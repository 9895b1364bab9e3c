"""The routes of the front, with a tiny real model behind them."""

import numpy as np
import pytest

from bentos.http import bodies
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import NoSource, as_json, client_for
from tests.bentos.live.clients import phrase
from tests.bentos.live.streams import drawn_sign

F16, F32 = bodies.MEDIA_TYPES


def test_predict_gives_what_the_model_gives(client, clip):
    answer = client.post("/predict", json=as_json(clip, top_n=4, fps=30, aspect=1.5))
    assert answer.status_code == 200
    predictions = answer.json()["predictions"]
    loaded = client.app.state.kernel.recogniser.loaded
    expected = loaded.model.predict(clip, fps=30, aspect=1.5)
    order = np.argsort(-expected)[:4]
    assert [p["gloss"] for p in predictions] == [loaded.labels[i] for i in order]
    np.testing.assert_allclose([p["score"] for p in predictions], expected[order], rtol=1e-5)


def test_binary_and_json_agree(client, clip):
    by_json = client.post("/predict", json=as_json(clip, fps=30)).json()
    by_f32 = client.post("/predict?fps=30", content=clip.tobytes(), headers={"content-type": F32})
    assert by_f32.json() == by_json
    half = client.post("/predict?fps=30", content=clip.astype("<f2").tobytes(), headers={"content-type": F16}).json()
    assert [p["gloss"] for p in half["predictions"][:2]] == [p["gloss"] for p in by_json["predictions"][:2]]


@pytest.mark.parametrize(
    ("content", "media_type", "status", "says"),
    [
        (b"{", "application/json", 400, "not valid JSON"),
        (b"{}", "application/json", 422, "landmarks"),
        (b"x", "text/plain", 415, "media type"),
        (b"x", F32, 422, "whole number of frames"),
        (b"0" * 2160 * 513, F32, 413, "at most 512"),
        (b"0" * (17 * 2**20), "application/json", 413, "bytes"),
    ],
)
def test_bad_bodies_get_a_sentence(client, content, media_type, status, says):
    answer = client.post("/predict", content=content, headers={"content-type": media_type})
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("vocabulary", "where", "says"),
    [
        (["book", "zebra"], "vocabulary", "'zebra' is not in the model's vocabulary; GET /metadata lists it"),
        (["zebra", "gnu", "yak", "elk", "emu"], "vocabulary", "'zebra', 'gnu', 'yak' and 2 more are not"),
        (["book"] * 13, "vocabulary", "has 13 glosses; right is at most 12, the number of labels"),
        ([], "vocabulary", "vocabulary is empty; right is a list of glosses"),
        ("book", "vocabulary", "vocabulary is 'book'; right is a list"),
        (7, "vocabulary", "vocabulary is 7; right is a list"),
        ({"book": 1}, "vocabulary", "vocabulary is an object"),
        (["book", ""], "vocabulary[1]", "vocabulary[1] is ''; right is a gloss of 1 to 64 characters"),
        (["x" * 65], "vocabulary[0]", "right is a gloss of 1 to 64 characters"),
        (["book", None], "vocabulary[1]", "vocabulary[1] is null"),
        (["book", ["go"]], "vocabulary[1]", "vocabulary[1] is a list"),
    ],
)
def test_a_vocabulary_that_cannot_be_is_refused(client, clip, vocabulary, where, says):
    answer = client.post("/predict", json=as_json(clip, vocabulary=vocabulary))
    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert answer.json()["where"] == where


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("vocabulary=book&vocabulary=zebra", "'zebra' is not in the model's vocabulary"),
        ("vocabulary=", "vocabulary[0] is ''"),
        ("vocabulary=book&top_n=6", "top_n is 6; right is at most 1, the number of glosses to choose from"),
        ("landmarks=1", "unknown option 'landmarks'; known are aspect, fps, signs, top_n, vocabulary"),
    ],
)
def test_a_binary_bodys_vocabulary_is_checked_too(client, clip, query, says):
    answer = client.post(f"/predict?{query}", content=clip.tobytes(), headers={"content-type": F32})
    assert answer.status_code == 422
    assert says in answer.json()["error"]


def test_unknown_paths_and_methods(client):
    assert client.get("/nowhere").status_code == 404
    assert client.get("/predict").status_code == 405
    assert "error" in client.get("/predict").json()
    assert client.get("/web/../settings.py").status_code == 404


def test_without_a_model_everything_says_so(clip):
    client = client_for(NoSource(), Settings())
    health = client.get("/health")
    assert health.status_code == 503
    assert "Production" in health.json()["reason"]
    for answer in (
        client.post("/predict", json=as_json(clip)),
        client.get("/metadata"),
        client.get("/vocabulary"),
        client.post("/translate", json={"candidates": [[{"gloss": "book", "score": 1}]]}),
    ):
        assert answer.status_code == 503
        assert "no model is loaded" in answer.json()["error"]
    assert client.get("/").status_code == 200


def test_translate_takes_a_sign_that_was_not_recognised_among_others(client):
    book, drink = ([{"gloss": gloss, "score": 0.9}] for gloss in ("book", "drink"))
    said = client.post("/translate", json={"candidates": [book, [], drink]}).json()
    assert said["glosses"] == ["book", "drink"]
    nothing = client.post("/translate", json={"candidates": [[], []]})
    assert nothing.status_code == 422
    assert "nothing to translate" in nothing.json()["error"]


def test_translate_refuses_what_is_not_json(client):
    answer = client.post("/translate", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_other_origins_are_refused_unless_named(client, tiny_model):
    origin = {"origin": "https://elsewhere.example"}
    assert "access-control-allow-origin" not in client.get("/health", headers=origin).headers
    open_to = client_for(FolderSource(tiny_model), Settings(cors_origins=("https://elsewhere.example",)))
    assert open_to.get("/health", headers=origin).headers["access-control-allow-origin"] == origin["origin"]


@pytest.mark.parametrize("binary", [False, True])
def test_a_clip_of_several_signs_gives_each(client, binary):
    frames = np.stack([frame for _, frame in phrase(0.1, 0.9)])
    if binary:
        answer = client.post("/predict?signs=true&fps=25", content=frames.tobytes(), headers={"content-type": F32})
    else:
        answer = client.post("/predict", json=as_json(frames, signs=True, fps=25))
    assert answer.status_code == 200
    said = answer.json()["signs"]
    assert [sorted(sign) for sign in said] == [["end", "predictions", "start", "sure"]] * 2
    for sign, x, start in zip(said, (0.1, 0.9), (0.6, 3.0), strict=True):
        assert abs(sign["start"] - start) < 0.3
        assert abs(sign["end"] - start - 1.2) < 0.3
        alone = client.post("/predict", json=as_json(drawn_sign(25, 1.2, x=x))).json()["predictions"]
        assert sign["predictions"][0]["gloss"] == alone[0]["gloss"]


@pytest.mark.parametrize("signs", ["yes", "1", ""])
def test_signs_is_true_or_false(client, clip, signs):
    answer = client.post(f"/predict?signs={signs}", content=clip.tobytes(), headers={"content-type": F32})
    assert (answer.status_code, answer.json()["where"]) == (422, "signs")
    answer = client.post("/predict", json=as_json(clip, signs=signs))
    assert (answer.status_code, answer.json()["where"]) == (422, "signs")
