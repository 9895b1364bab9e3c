"""Gloss to English: the phrases, the simulated recogniser, the scores and the whole stage."""

import json
from pathlib import Path

import numpy as np
import pytest

from stages.translate_eval import Params, main, rates
from stages.translation import phrases, scores
from stages.translation.lattices import simulate
from tests.bentos.translation.standin import StandIn, standing_in

ROOT = Path(__file__).resolve().parents[2]
METRICS = {
    "val": {"n": 40, "accuracy": 0.5, "top5_accuracy": 0.7},
    "test": {"n": 40, "accuracy": 0.6, "top5_accuracy": 0.8},
}


def test_there_are_enough_phrases_with_two_different_references():
    found = phrases.read()
    assert len(found) >= 100
    assert len({phrase.glosses for phrase in found}) == len(found)
    for phrase in found:
        assert phrase.references[0] != phrase.references[1]
        assert all(reference[0].isupper() and reference[-1] in ".?!" for reference in phrase.references)


def test_the_words_are_those_of_wlasl100(wlasl_dir):
    import zipfile

    with zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("WLASL_v0.3.json"))
        known = {entry["gloss"] for entry in json.loads(archive.read(name))}
    assert {gloss for phrase in phrases.read() for gloss in phrase.glosses} <= known


@pytest.mark.parametrize("line", ["book\tA book.", "book\t\tA book.", "a\tb\tc\td"])
def test_a_bad_line_is_named(tmp_path, line):
    path = tmp_path / "phrases.tsv"
    path.write_text(f"book\tA book.\tOne book.\n{line}\n")
    with pytest.raises(ValueError, match="tsv:2 must be"):
        phrases.read(path)


def test_the_simulated_recogniser_errs_at_the_given_rates():
    rng = np.random.default_rng(0)
    vocabulary = [f"word{i}" for i in range(50)]
    signs = simulate(("word7",) * 4000, vocabulary, 0.7, 0.9, rng)
    words = [[word for word, _ in sign] for sign in signs]
    assert np.mean([w[0] == "word7" for w in words]) == pytest.approx(0.7, abs=0.03)
    assert np.mean(["word7" in w for w in words]) == pytest.approx(0.9, abs=0.02)
    for sign in signs:
        values = [score for _, score in sign]
        assert len(set(sign)) == 5
        assert values == sorted(values, reverse=True)
        assert sum(values) <= 1.001
    with pytest.raises(ValueError, match="accuracy"):
        simulate(("word1",), vocabulary, 0.9, 0.5, rng)


def test_scores_know_right_from_wrong():
    references = [(p.references[0], p.references[1]) for p in phrases.read()]
    perfect = scores.score([pair[1] for pair in references], references)
    assert all(perfect[name] == pytest.approx(100) for name in scores.NAMES)
    wrong = scores.score(["Zebra."] * len(references), references)
    assert all(wrong[name] < 5 for name in scores.NAMES)
    with pytest.raises(ValueError, match="1 texts"):
        scores.score(["one"], [])


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
    first = filling.translation(client)
    assert filling.translation(client) == first
    (run,) = client.search_runs([experiment_id(client)])
    assert run.data.metrics["glosses.bleu"] > 0
    assert run.data.params["seed"] == "3"
    assert "scores.png" in {Path(f.path).name for f in client.list_artifacts(first, "translation")}


def test_rates_can_be_given_or_measured(project):
    assert rates(Params()) == (0.6, 0.8)
    assert rates(Params(accuracy=0.9)) == (0.9, 0.9)
    nothing = {"n": 0, "accuracy": None, "top5_accuracy": None}
    (project / "reports" / "metrics.json").write_text(json.dumps(METRICS | {"test": nothing}))
    assert rates(Params()) == (0.5, 0.7)  # where there is no test part
