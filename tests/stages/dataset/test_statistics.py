"""Numbers of the chosen clips add up."""

import json

import pandas as pd
import pytest

from tests.stages import corpora
from tests.stages.splitting import corpus


def test_statistics_are_those_of_the_clips(run_split):
    manifest, valid = corpus()
    reports = run_split(manifest, valid) / "reports" / "split"
    document = json.loads((reports / "statistics.json").read_text())
    train = valid.loc[manifest["split"].eq("train"), "frames"]
    found = document["subsets"]["train"]["frames"]
    assert found == pytest.approx(
        {"mean": train.mean(), "std": train.std(), "min": train.min(), "max": train.max()}, abs=1e-3
    )
    assert document["subsets"]["all"]["videos"] == 90
    assert document["signers_in_several_subsets"] == 0
    table = pd.read_csv(reports / "subsets.csv", index_col="subset")
    assert table.loc["train", "frames_mean"] == pytest.approx(train.mean(), rel=1e-3)
    glosses = pd.read_csv(reports / "glosses.csv")
    assert glosses["gloss"].tolist() == list(corpora.GLOSSES)
    assert glosses[["train", "val", "test"]].sum().tolist() == [54, 18, 18]
