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
