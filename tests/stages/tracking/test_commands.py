"""The commands of people and workflows on the registry."""

import sqlite3
from pathlib import Path

import pytest

from stages import register
from tests.stages import project
from tests.stages.registry import marks, registered


def test_commands_of_the_workflows(story, capsys):
    """The gate ends with status 1 when it refuses; a roll-back of what does not serve changes nothing."""
    registered(worse=0, note="first")
    registered(worse=95, note="second")
    with pytest.raises(SystemExit) as ended:
        register.main(["gate", "2"])
    assert ended.value.code == 1
    assert "the gate refuses version 2: worse than Production" in capsys.readouterr().out
    register.main(["rollback", "--only", "2"])
    assert "version 2 is not Production, version 1 is" in capsys.readouterr().out
    register.main(["gate", "1"])
    assert "the gate passes version 1" in capsys.readouterr().out
    assert marks(story) == ("1", ["1"])


def test_promote_of_a_version_that_is_not_there_is_one_sentence(tracked):
    registered()
    with pytest.raises(SystemExit, match="version=7"):
        register.main(["promote", "7"])


def test_diff_shows_what_changed(story, capsys):
    registered(worse=0, note="first")
    project.write_params(register={}, train={"epochs": 99})
    registered(worse=95, note="second")
    register.main(["diff", "2", "--score"])
    said = capsys.readouterr().out
    assert "version 2 against version 1" in said
    assert "train.epochs: - → 99" in said
    assert "the gate refuses it: worse than Production" in said


def test_diff_without_a_version_takes_the_newest_against_production(story, capsys):
    with pytest.raises(SystemExit, match="no version of pose2gloss"):
        register.main(["diff"])
    registered(worse=0, note="first")
    with pytest.raises(SystemExit, match="version 1 is what it would be compared with: name two versions"):
        register.main(["diff"])
    registered(worse=95, note="second")
    register.main(["diff"])
    assert "version 2 against version 1" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "diff", "gate 1", "promote 1", "rollback", ""])
def test_database_of_an_older_mlflow_is_one_sentence(command, tracked, mlflow_uri):
    file = Path(mlflow_uri.removeprefix("sqlite:///"))
    with sqlite3.connect(file) as made:
        made.execute("UPDATE alembic_version SET version_num = '728d730b5ebd'")
    before = file.read_bytes()
    with pytest.raises(SystemExit, match=r"made by an older MLflow .* `mlflow db upgrade sqlite:///"):
        register.main(command.split())
    assert file.read_bytes() == before


@pytest.mark.parametrize("command", ["list", "diff", "gate 1", "promote 1", "rollback"])
def test_command_makes_no_database(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(SystemExit, match=r"there is no database .*: `dvc repro` makes it"):
        register.main(command.split())
    assert list(tmp_path.iterdir()) == []
