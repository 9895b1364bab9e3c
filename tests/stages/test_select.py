"""The candidate with the best val accuracy goes on."""

import json
from pathlib import Path

import pytest

from stages import select


@pytest.fixture
def candidates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**scores):
        for name, (accuracy, loss) in scores.items():
            folder = Path("data/models/candidates") / name
            folder.mkdir(parents=True, exist_ok=True)
            val = {"accuracy": accuracy, "loss": loss, "n": 10}
            report = {"network": name, "run_key": name, "val": val}
            history = [{"epoch": epoch, "val_loss": loss + 1 - epoch} for epoch in range(2)]
            (folder / "report.json").write_text(json.dumps(report | {"history": history}))
            (folder / "model.keras").write_text(name)
        Path("params.yaml").write_text("select:\n")

    return write


@pytest.mark.parametrize(
    ("gislr", "convnext_tiny", "best"),
    [
        ((0.8, 1.0), (0.7, 0.5), "gislr"),
        ((0.8, 1.0), (0.8, 0.5), "convnext_tiny"),
        ((0.8, 1.0), (0.9, 9.0), "convnext_tiny"),
    ],
)
def test_best_on_val_goes_on(candidates, gislr, convnext_tiny, best):
    candidates(gislr=gislr, convnext_tiny=convnext_tiny)
    Path("data/models/selected").mkdir()
    (Path("data/models/selected") / "left_over").touch()
    select.main()
    assert Path("data/models/selected/model.keras").read_text() == best
    assert not Path("data/models/selected/left_over").exists()
    assert json.loads(Path("reports/select.json").read_text())["selected"] == best


def test_all_trainings_are_one_table(candidates):
    candidates(gislr=(0.8, 1.0), convnext_tiny=(0.7, 0.5))
    select.main()
    assert Path("reports/select.csv").read_text().splitlines() == [
        "network,epoch,val_loss",
        *("gislr,0,2.0", "gislr,1,1.0", "convnext_tiny,0,1.5", "convnext_tiny,1,0.5"),
    ]


def test_what_is_no_candidate_is_left_out_and_named(candidates, caplog):
    candidates(gislr=(0.8, 1.0), convnext_tiny=(0.9, 0.5))
    Path("params.yaml").write_text("select: {candidates: [gislr]}")
    select.main()
    assert json.loads(Path("reports/select.json").read_text())["selected"] == "gislr"
    assert "['convnext_tiny'] in data/models/candidates: no candidates, remove them" in caplog.text


def test_missing_candidate_is_named(candidates):
    candidates(gislr=(0.8, 1.0))
    with pytest.raises(SystemExit, match="train@convnext_tiny"):
        select.main()
