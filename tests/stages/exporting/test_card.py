"""The card claims nothing that is not known."""

from pathlib import Path

import pandas as pd
import pytest

from stages.exporting import card


def test_card_of_the_sample_says_that_it_is_no_asl(in_project):
    text = Path("data/export/MODEL_CARD.md").read_text()
    assert "Drawn trial movements that are no ASL" in text
    assert "WLASL (" not in text
    assert "signs of American Sign Language" not in text
    assert "| test | 12 |" in text
    assert "| 3 | test | 12 |" in text
    assert "circle, up, wave" in text
    assert "no signer of test is in train" in text
    assert "scored once" in text


@pytest.mark.parametrize(
    ("splits", "signers", "said"),
    [
        (
            ["train", "test", "test"],
            ["7", "7", ""],
            "1 signers (not known for 1 clips); some signers are in several parts",
        ),
        (["train", "val"], ["7", "8"], "2 signers; no signer of val is in train"),
        (["train", "test"], ["7", ""], "1 signers (not known for 1 clips)"),
        (["train", "test"], ["", ""], "signers who are not known"),
    ],
)
def test_nothing_is_claimed_of_signers_that_is_not_known(splits, signers, said):
    described = card.describe_data(pd.DataFrame({"split": splits, "signer": signers}))
    assert described["signers"] == f"by {said}"
    assert described["train"] == 1


def test_it_says_how_often_words_are_given_that_were_not_signed():
    facts = {
        "labels": ["book"],
        "rejection": {"vocabulary": 300, "unknown_accepted": 0.0996, "right_kept": 0.704},
        "signing": {"passed": 0.207},
        **{"language": "ASL", "source": "", "network": "gislr", "parameters": "1", "skeleton_version": "1"},
        **{"frame_rate": 25, "max_frames": 195, "data": {"train": 1, "val": 1, "test": 0, "signers": "by one"}},
        **{"part": "val", "metrics": {"test": {"n": 0}}, "accuracy": []},
        "file": {"variant": "int8", "size_bytes": 1, "latency_ms": {"65": 1}, "n": 1, "max_abs_diff": 0}
        | {"top1_agreement": 1},
    }
    text = card.render(facts)
    assert "signs outside 10 % get a word all the same, of those that it recognises rightly 70 % do" in text
    assert "never learnt from, 21 % pass for signing" in text
    assert "get a word" not in card.render(facts | {"rejection": None, "signing": None})
