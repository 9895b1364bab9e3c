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
            folder = Path("data/models") / name
            folder.mkdir(parents=True, exist_ok=True)
            val = {"accuracy": accuracy, "loss": loss, "n": 10}
            (folder / "report.json").write_text(json.dumps({"network": name, "run_key": name, "val": val}))
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


def test_missing_candidate_is_named(candidates):
    candidates(gislr=(0.8, 1.0))
    with pytest.raises(SystemExit, match="train@convnext_tiny"):
        select.main()
