"""The stage measures translation, with and without a language model."""

import json
from pathlib import Path

import pytest

from stages.translate_eval import Params, main, rates
from tests.bentos.translation.standin import StandIn, standing_in

METRICS = {
    "val": {"n": 40, "accuracy": 0.5, "top5_accuracy": 0.7},
    "test": {"n": 40, "accuracy": 0.6, "top5_accuracy": 0.8},
}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "metrics.json").write_text(json.dumps(METRICS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def report(folder: Path) -> dict:
    return json.loads((folder / "reports" / "translation.json").read_text())


@pytest.mark.parametrize("llm", [False, True])
def test_without_a_key_the_baseline_is_scored_and_the_rest_named(project, llm):
    (project / "params.yaml").write_text(json.dumps({"translate_eval": {"llm": llm}}))
    main()
    found = report(project)
    assert found["missing"] == ["llm_top1", "llm_lattice"]
    assert found["accuracy"] == 0.6
    assert 0 < found["scores"]["recognised"]["bleu"] < found["scores"]["glosses"]["bleu"]
    assert (project / "reports" / "translation" / "scores.png").stat().st_size > 5000


def test_the_language_model_is_asked_for_both_rows(project, monkeypatch):
    (project / "params.yaml").write_text(json.dumps({"translate_eval": {"llm": True, "accuracy": 0.5}}))
    with standing_in(StandIn(text="I want a book.")) as stand_in:
        monkeypatch.setenv("ISLR_LLM_BASE_URL", stand_in.url)
        main()
    found = report(project)
    assert found["missing"] == []
    assert found["accuracy"] == 0.5
    count = found["phrases"]
    assert count < len(stand_in.requests) <= 2 * count
    lines = (project / "reports" / "translation" / "examples.csv").read_text().splitlines()
    assert len(lines) == count + 1


def test_it_comes_into_mlflow_once_from_what_was_written(project, mlflow_uri, monkeypatch):
    """`register` does it, so that a pipeline that comes from the cache has its run too."""
    from stages.tracking import filling
    from stages.tracking.connect import connect, experiment_id

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    (project / "params.yaml").write_text("translate_eval: {seed: 3}")
    main()
    client = connect()
    work = filling.Work(client, {})
    filling.translation(work)
    filling.translation(work)
    (run,) = client.search_runs([experiment_id(client)])
    assert run.data.metrics["glosses.bleu"] > 0
    assert run.data.params["seed"] == "3"
    assert "scores.png" in {Path(f.path).name for f in client.list_artifacts(run.info.run_id, "translation")}


def test_rates_can_be_given_or_measured(project):
    assert rates(Params()) == (0.6, 0.8)
    assert rates(Params(accuracy=0.9)) == (0.9, 0.9)
    nothing = {"n": 0, "accuracy": None, "top5_accuracy": None}
    (project / "reports" / "metrics.json").write_text(json.dumps(METRICS | {"test": nothing}))
    assert rates(Params()) == (0.5, 0.7)  # where there is no test part
