"""A version takes over when it is fit to, with the operator's choice of its glosses."""

from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import as_json, client_for, scores
from tests.bentos.tiny_model import LABELS, accuracy, altered


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
