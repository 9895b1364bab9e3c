"""How the service says what it serves."""

from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import as_json, client_for, scores
from tests.bentos.serving import ROOT
from tests.bentos.tiny_model import LABELS, altered


def test_health_and_metadata(client):
    assert client.get("/health").json() == {"status": "ok", "model": "pose2gloss", "version": "7"}
    metadata = client.get("/metadata").json()
    assert metadata["labels"][0] == "book"
    expected = {"max_frames": 195, "padding_value": -100.0, "num_landmarks": 180, "frame_rate": 25, "run_id": "abc"}
    assert metadata | expected == metadata
    assert metadata["git_commit"] == "0123456789abcdef"
    assert metadata["warning"] is None


def test_a_version_from_before_says_less_and_serves(tiny_model, tmp_path, clip):
    later = ("language", "source", "learnt_from", "accuracy")
    client = client_for(FolderSource(altered(tiny_model, tmp_path / "model", without=later)), Settings())
    metadata = client.get("/metadata").json()
    assert (metadata["language"], metadata["learnt_from_source"], metadata["accuracy"]) == (None, None, [])
    assert metadata["vocabulary"] == metadata["labels"] == LABELS
    first = client.get("/vocabulary").json()["glosses"][0]
    assert first == {"gloss": "book", "clips": None, "signers": None, "figure": False}
    assert len(scores(client.post("/predict", json=as_json(clip)))) == 5


def test_two_thousand_glosses_are_sent_compressed():
    client = client_for(FolderSource(ROOT / "data" / "base"), Settings())
    answer = client.get("/vocabulary")
    glosses = answer.json()["glosses"]
    assert len(glosses) == len({one["gloss"] for one in glosses}) == len(client.get("/metadata").json()["labels"])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 15_000 < len(answer.content)
    plain = client.get("/vocabulary", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()
