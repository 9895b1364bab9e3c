"""What a version says of itself is checked before it serves."""

import json

import pytest

from bentos.contract.loading import ModelError, read_metadata
from tests.bentos.tiny_model import LABELS, accuracy

RIGHT = {"labels": LABELS, "language": "ASL", "learnt_from": {"clips": [3] * 12, "signers": [None] * 12}}


@pytest.mark.parametrize("metadata", [{"labels": LABELS}, RIGHT, RIGHT | {"accuracy": [accuracy(12, 0.5)], "more": 1}])
def test_right_metadata_is_given_as_it_is(tmp_path, metadata):
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))
    assert read_metadata(tmp_path) == metadata


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ([], "metadata"),
        ({}, "labels: Field required"),
        ({"labels": []}, "labels: "),
        ({"labels": [1]}, "labels.0: "),
        ({"labels": ["book", "go\n"]}, "labels: the gloss 'go\\n' begins or ends with a space"),
        ({"labels": ["book", "{go}"]}, "holds '{'"),
        ({"labels": ["book", "go" * 33]}, "has 66 characters, at most 64"),
        ({"labels": ["book", "go", "book"]}, "a gloss is there twice"),
        (RIGHT | {"source": "x" * 1001}, "source: "),
        (RIGHT | {"learnt_from": {"clips": [3] * 11, "signers": [None] * 12}}, "one number for each label"),
        (RIGHT | {"accuracy": [accuracy(0, 0.5)]}, "accuracy.0.vocabulary: "),
        (RIGHT | {"accuracy": [{"vocabulary": 12, "part": "val"}]}, "accuracy.0.n: Field required"),
        (RIGHT | {"accuracy": [accuracy(12, 0.5, "train")]}, "accuracy.0.part: "),
    ],
)
def test_wrong_metadata_is_refused(tmp_path, metadata, says):
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(ModelError) as caught:
        read_metadata(tmp_path)
    assert says in str(caught.value)
