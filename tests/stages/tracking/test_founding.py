"""An empty registry begins with the base that the repository carries."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bentos.contract.registry import MODEL_NAME, download
from stages import register
from stages.tracking import founding, promotion, versions
from stages.tracking.connect import connect
from stages.training.warm import checkpoint
from tests.stages import base, project
from tests.stages.registry import marks, refuse, registered


@pytest.fixture
def founded(story):
    """The repository carries a base."""
    base.make()
    return story


def test_an_empty_registry_begins_with_the_base_in_production(founded, caplog, tmp_path):
    with caplog.at_level("INFO"):
        result = registered()
    assert (
        "the registry was empty: version 1 of pose2gloss is the base model of data/base now, and Production"
        in caplog.text
    )
    assert (result["version"], result["promoted"], result["production"]) == ("2", False, "1")
    assert "drawn movements that are no ASL, and version 1 in Production knows ASL" in result["reason"]
    assert "version 2 is not promoted" in caplog.text
    assert "`python -m stages.register promote 2`" in caplog.text
    assert marks(founded) == ("1", ["1"])
    first = founded.get_model_version(MODEL_NAME, "1")
    assert (first.tags["language"], first.tags["glosses"], first.tags["promoted_by"]) == ("ASL", "3", "register")
    assert first.tags["val_accuracy"].endswith("n=12")
    run = founded.get_run(first.run_id)
    assert (run.info.status, run.data.params["hyper.dim"], run.data.metrics["val_n"]) == ("FINISHED", "16", 12)
    files = download(founded, MODEL_NAME, "1", tmp_path / "v").rglob("*")
    carried = {path.relative_to("data/base").as_posix() for path in Path("data/base").rglob("*") if path.is_file()}
    assert carried <= {"/".join(path.parts[-n:]) for path in files for n in (1, 2)}

    again = registered()
    assert (again["version"], again["new"], len(versions.all_versions(founded))) == ("2", False, 2)
    register.main(["promote", "2", "--why", "to try the machine"])
    assert registered()["production"] == "2"
    assert founded.get_model_version(MODEL_NAME, "2").tags["previous_version"] == "1"
    assert checkpoint(f"models:/{MODEL_NAME}/1").name == "training"


def test_a_registry_with_versions_is_never_given_a_base(story):
    registered()
    base.make()
    registered(worse=0, note="second")
    assert [v.tags["language"] for v in versions.all_versions(story)] == ["drawn", "drawn"]
    for version in versions.all_versions(story):
        assert founding.MARK not in version.tags


def test_a_base_that_was_registered_and_not_promoted_is_made_up_for(founded, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(promotion, "promote", refuse)
        with pytest.raises(ConnectionError):
            registered()
    assert marks(founded) == (None, [])
    assert registered()["production"] == "1"
    assert len(versions.all_versions(founded)) == 2


def test_two_that_begin_a_registry_at_once_leave_one_base(founded, mlflow_uri, monkeypatch):
    create, both = versions.create, threading.Barrier(2)

    def after_both_have_looked(*arguments):
        both.wait(120)
        return create(*arguments)

    monkeypatch.setattr(versions, "create", after_both_have_looked)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: founding.found(connect(mlflow_uri)), range(2)))
    (version,) = versions.all_versions(founded)
    assert version.tags[founding.MARK] == "true"
    assert marks(founded) == (str(version.version), [str(version.version)])


def test_an_export_that_another_process_registered_first_keeps_its_registry(founded, monkeypatch):
    """The base that comes too late is taken away again."""
    create = versions.create

    def late(*arguments):
        monkeypatch.setattr(versions, "create", create)
        register.register(founded)
        return create(*arguments)

    monkeypatch.setattr(versions, "create", late)
    assert founding.found(founded) is None
    assert [v.tags["language"] for v in versions.all_versions(founded)] == ["drawn"]


def test_a_base_that_is_not_whole_is_one_sentence(founded):
    Path("data/base/model.tflite").unlink()
    with pytest.raises(SystemExit, match=r"data/base is not whole .*git checkout data/base"):
        register.main([])
    assert versions.all_versions(founded) == []


def test_drawn_movements_never_take_the_place_of_asl_by_themselves(founded):
    """Whatever the limits are, and however good they are on the clips of this data set."""
    project.write_params(register={"gate": {"fewer_glosses": True, "tolerance": 0.9}})
    result = registered()
    assert (result["promoted"], result["gate"]["gate"]) == (False, "failed")
    base.call("ASL")
    assert registered()["promoted"]
