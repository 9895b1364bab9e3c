"""The history of promotions only grows."""

import pytest

from bentos.contract import history

NAME = "pose2gloss"


def note(client, after: str, before: str | None = None) -> str:
    return history.begin(client, NAME, who="ann", why="why not", before=before, after=after)


def test_without_promotions_there_is_no_history(mlflow_client):
    assert history.read(mlflow_client, NAME) == []


def test_nothing_that_was_written_can_be_changed(mlflow_client):
    from mlflow.exceptions import MlflowException

    promotion = note(mlflow_client, "1")
    history.end(mlflow_client, promotion)
    with pytest.raises(MlflowException):
        mlflow_client.log_param(promotion, "who", "somebody else")
    assert history.read(mlflow_client, NAME)[0].who == "ann"


def test_a_move_that_several_processes_noticed_is_told_once(mlflow_client):
    for _ in range(3):
        note(mlflow_client, "2", "1")
    note(mlflow_client, "1", "2")
    assert [p.after for p in history.read(mlflow_client, NAME)] == ["1", "2"]
    assert history.read(mlflow_client, "other") == []


def test_an_experiment_that_a_person_deleted_comes_back_with_all_it_knew(mlflow_client):
    note(mlflow_client, "1")
    mlflow_client.delete_experiment(mlflow_client.get_experiment_by_name(history.EXPERIMENT).experiment_id)
    note(mlflow_client, "2", "1")
    assert [p.after for p in history.read(mlflow_client, NAME)] == ["2", "1"]
