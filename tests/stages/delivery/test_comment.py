"""What a pull request is told about its model."""

import json

from stages.delivery import comment
from stages.delivery.revision import Revision


def test_scores_parameters_and_their_change(said):
    assert "| test top-1 | 50.0 % (10.0 – 90.0 %, n=24) | 87.5 % (10.0 – 90.0 %, n=24) | +37.5 points |" in said
    assert "| `train.epochs` | `5` | `9` |" in said
    assert "On the 48 held-out clips that both were scored on: 47.9 % → 89.6 % right, +41.7 points" in said
    assert "more than chance does" in said


def test_the_glosses_that_are_worst_now_come_first(said):
    worst = said.partition("### Worst glosses")[2]
    assert worst.index("| book | 16 | 50.0 % | 87.5 % | no |") < worst.index("| go | 16 |")


def test_without_a_test_part_val_is_told(clone, monkeypatch, tmp_path):
    head = clone.copy(tmp_path / "home")
    monkeypatch.chdir(head.root)
    path = head.root / "reports" / "metrics.json"
    metrics = json.loads(path.read_text())
    nothing = {"loss": None, "accuracy": None, "top5_accuracy": None, "n": 0}
    path.write_text(json.dumps(metrics | {"test": nothing}))
    said = comment.write(Revision("origin/main"), Revision(), tmp_path, "{}")
    assert "## Model: 91.7 % top-1 on val" in said
    assert "| test top-1 | 50.0 % (10.0 – 90.0 %, n=24) | – |  |" in said


def test_table_cells_cannot_break_the_table():
    assert comment.table(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"
