"""Which version is Production: the rule, alone and against a real MLflow database."""

import logging

import pytest

from bentos.contract import history, registry
from bentos.contract.registry import AGREED_TAG, ALIAS, STAGE, Marks, decide, point_at, read_marks, resolve_production

NAME = "pose2gloss"


@pytest.mark.parametrize(
    ("alias", "stages", "agreed", "version", "moved_by", "disagree"),
    [
        (None, (), None, None, None, False),
        (None, (), "1", None, None, False),  # both marks taken away
        ("1", ("1",), "1", "1", None, False),
        ("2", ("1",), "1", "2", "alias", False),
        ("1", ("2",), "1", "2", "stage", False),
        ("1", ("1", "2"), "1", "2", "stage", False),  # the UI need not archive the old one
        ("1", ("3", "2", "1"), "1", "3", "stage", False),  # the newest change
        ("2", ("2",), "1", "2", "both", False),
        ("2", ("3",), "1", "2", "alias", True),  # the alias counts
        ("1", (), "1", "1", None, False),  # one mark missing is no move
        (None, ("1",), "1", "1", None, False),
        (None, ("2",), "1", "2", "stage", False),
        ("2", (), None, "2", "alias", False),
        (None, ("2",), None, "2", "stage", False),
        ("2", ("2",), None, "2", "both", False),
        ("2", ("3",), None, "2", "alias", True),
    ],
)
def test_rule(alias, stages, agreed, version, moved_by, disagree):
    resolution = decide(NAME, Marks(alias, stages, agreed))
    assert (resolution.version, resolution.moved_by) == (version, moved_by)
    assert bool(resolution.disagreement) is disagree


def test_rule_says_what_counts_in_a_disagreement():
    said = decide(NAME, Marks("2", ("3",), "1")).disagreement
    assert said == "alias production was moved to version 2, stage Production to version 3: the alias counts"


def test_no_model_is_no_error(mlflow_client):
    resolution = resolve_production(mlflow_client, NAME)
    assert resolution.version is None
    assert NAME in resolution.reason


@pytest.fixture
def client(mlflow_client):
    mlflow_client.create_registered_model(NAME)
    for _ in range(3):
        mlflow_client.create_model_version(NAME, source="/nowhere")
    return mlflow_client


def stage(client, version, archive=True):
    with pytest.warns(FutureWarning):
        client.transition_model_version_stage(NAME, version, STAGE, archive_existing_versions=archive)


def all_marks(client):
    marks = read_marks(client, NAME)
    return marks.alias, marks.stages, marks.agreed


def test_point_at_sets_all_marks_and_says_why(client):
    point_at(client, NAME, "1", by="ann", why="first")
    point_at(client, NAME, "2", by="ann", why="better", previous="1")
    assert all_marks(client) == ("2", ("2",), "2")
    assert client.get_model_version(NAME, "1").current_stage == "Archived"
    tags = client.get_model_version(NAME, "2").tags
    assert (tags["promoted_by"], tags["promoted_why"], tags["previous_version"]) == ("ann", "better", "1")
    assert tags["promoted_at"].startswith("20")


def test_alias_moved_by_a_person_is_followed_and_the_stage_aligned(client, caplog):
    point_at(client, NAME, "1", by="ann", why="first")
    client.set_registered_model_alias(NAME, ALIAS, "2")
    with caplog.at_level(logging.WARNING):
        assert resolve_production(client, NAME).version == "2"
    assert all_marks(client) == ("2", ("2",), "2")
    assert "alias production moved from version 1 to 2" in caplog.text
    assert client.get_model_version(NAME, "2").tags["previous_version"] == "1"


@pytest.mark.parametrize("archive", [True, False])
def test_stage_moved_by_a_person_is_followed_and_the_alias_aligned(client, archive):
    point_at(client, NAME, "1", by="ann", why="first")
    stage(client, "3", archive)
    assert resolve_production(client, NAME).moved_by == "stage"
    assert all_marks(client) == ("3", ("3",), "3")


def test_the_alias_counts_and_brings_the_stage_along(client, caplog):
    point_at(client, NAME, "1", by="ann", why="first")
    client.set_registered_model_alias(NAME, ALIAS, "2")
    stage(client, "3")
    with caplog.at_level(logging.WARNING):
        resolution = resolve_production(client, NAME)
    assert (resolution.version, bool(resolution.disagreement)) == ("2", True)
    assert "the alias counts" in caplog.text
    assert all_marks(client) == ("2", ("2",), "2")
    assert resolve_production(client, NAME).disagreement is None


def test_without_align_nothing_is_written(client):
    point_at(client, NAME, "1", by="ann", why="first")
    client.set_registered_model_alias(NAME, ALIAS, "2")
    assert resolve_production(client, NAME, align=False).version == "2"
    assert all_marks(client) == ("2", ("1",), "1")


def test_alias_in_another_case_counts(client):
    client.set_registered_model_alias(NAME, "Production", "2")
    assert resolve_production(client, NAME).version == "2"


def test_deleted_production_version(client):
    point_at(client, NAME, "1", by="ann", why="first")
    client.delete_model_version(NAME, "1")
    assert resolve_production(client, NAME).version is None
    client.set_registered_model_tag(NAME, AGREED_TAG, "99")
    client.set_registered_model_alias(NAME, ALIAS, "2")
    assert resolve_production(client, NAME).version == "2"


def test_what_was_tagged_anew_is_still_remembered(client):
    for version, before in (("1", None), ("2", "1"), ("1", "2")):
        point_at(client, NAME, version, by="ann", why=f"{version} is better", previous=before)
    assert client.get_model_version(NAME, "1").tags["promoted_why"] == "1 is better"  # of the last time alone
    said = [(p.who, p.why, p.before, p.after, p.done) for p in history.read(client, NAME)]
    assert said == [
        ("ann", "1 is better", "2", "1", True),
        ("ann", "2 is better", "1", "2", True),
        ("ann", "1 is better", None, "1", True),
    ]


def test_a_persons_move_in_the_ui_is_remembered_too(client):
    point_at(client, NAME, "1", by="ann", why="first")
    client.set_registered_model_alias(NAME, ALIAS, "3")
    resolve_production(client, NAME)
    last = history.read(client, NAME)[0]
    assert (last.who, last.before, last.after) == ("a person, by the alias", "1", "3")


def test_a_promotion_that_was_cut_off_is_remembered_as_that(client, monkeypatch):
    monkeypatch.setattr(registry, "datetime", None)
    with pytest.raises(AttributeError):
        point_at(client, NAME, "2", by="ann", why="it is late")
    (promotion,) = history.read(client, NAME)
    assert (promotion.after, promotion.done) == ("2", False)
