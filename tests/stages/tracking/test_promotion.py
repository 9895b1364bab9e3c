"""Who is promoted, by whom, and what a roll-back goes back to."""

import pytest

from bentos.contract.registry import MODEL_NAME, resolve_production
from stages.start import StageError
from stages.tracking import promotion
from stages.tracking.gate import Limits, Verdict
from tests.stages.registry import at_once, marks, registered


def test_gate_is_asked_again_only_when_its_question_has_changed(mlflow_client):
    mlflow_client.create_registered_model(MODEL_NAME)
    limits, asked = Limits(), []

    def decided(limits):
        made = mlflow_client.get_model_version(MODEL_NAME, "1")
        judge = lambda: asked.append(limits) or Verdict(True, "fine now")  # noqa: E731
        return promotion.decide(mlflow_client, made, None, True, limits, judge)

    tags = {
        "gate": "failed",
        "gate_reason": "too slow",
        "gate_against": "none",
        "gate_limits": limits.in_short(),
    }
    mlflow_client.create_model_version(MODEL_NAME, source="/nowhere", tags=tags)
    assert decided(limits) == (False, "too slow")
    assert not asked
    assert decided(Limits(latency_ms=500)) == (True, "fine now")
    mlflow_client.create_model_version(MODEL_NAME, source="/nowhere")
    promotion.promote(mlflow_client, "2", "a person's choice")
    assert decided(limits) == (True, "fine now")  # another version is in Production
    assert len(asked) == 2


def test_what_was_production_comes_back_only_by_a_person(story):
    registered(worse=0, note="first")
    registered(worse=0, note="second")
    assert marks(story) == ("2", ["2"])
    result = registered(worse=0, note="first")
    assert (result["version"], result["promoted"]) == ("1", False)
    assert "was Production before" in result["reason"]


def test_rollback_goes_back_step_by_step(story):
    for note in ("first", "second", "third"):
        registered(worse=0, note=note)
    assert promotion.rollback(story, "bad")[1] == "2"
    assert promotion.rollback(story, "bad too")[1] == "1"
    with pytest.raises(StageError, match="came after no other"):
        promotion.rollback(story, "worse still")
    assert marks(story) == ("1", ["1"])


def test_two_people_promoting_at_once_agree_afterwards(story, mlflow_uri):
    registered(worse=0, note="first")
    for note in ("second", "third"):
        registered(worse=99, note=note)
    at_once(mlflow_uri, "2", "3")
    resolution = resolve_production(story, MODEL_NAME)
    alias, staged = marks(story)
    assert resolution.version in ("2", "3")
    assert resolution.disagreement is None
    assert (alias, staged) == (resolution.version, [resolution.version])
