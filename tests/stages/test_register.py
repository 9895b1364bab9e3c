"""What serves, through everything that pipeline, experiments and people do to the registry."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bentos.contract.registry import MODEL_NAME, download, resolve_production
from stages import register
from stages.dataset.spec import TensorSpec
from stages.start import StageError
from stages.tracking import founding, promotion, runs, versions
from stages.tracking.connect import connect, experiment_id
from stages.tracking.gate import Limits, Verdict
from stages.training.warm import checkpoint
from tests.stages import base, project
from tests.stages import versions as other


@pytest.fixture
def tracked(in_project, mlflow_uri, monkeypatch, tmp_path):
    """A finished project with an MLflow database of its own."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return connect()


def registered(worse: int | None = None, note: str = "") -> dict:
    """Run the stage on the project's export, changed if asked; returns reports/registration.json."""
    if worse is not None:
        shutil.rmtree("data/export")
        shutil.copytree("data/export-good", "data/export")
        other.make(worse, note)
    register.main([])
    return json.loads(Path("reports/registration.json").read_text())


@pytest.fixture
def story(tracked):
    """Versions can be made from the good export that lies beside."""
    shutil.copytree("data/export", "data/export-good")
    return tracked


def marks(client) -> tuple[str | None, list[str]]:
    """Alias and all versions in stage Production."""
    alias = client.get_registered_model(MODEL_NAME).aliases.get("production")
    staged = [str(v.version) for v in versions.all_versions(client) if v.current_stage == "Production"]
    return str(alias) if alias is not None else None, staged


def rest(address: str, route: str, body: dict) -> dict:
    """The call that MLflow's own page makes."""
    request = urllib.request.Request(  # noqa: S310
        f"{address}/api/2.0/mlflow/{route}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def at_once(uri: str, *chosen: str) -> None:
    """One person for each version promotes it, all at the same time."""
    threads = [
        threading.Thread(
            target=promotion.promote, args=(connect(uri), version, "mine"), kwargs={"by": f"person {version}"}
        )
        for version in chosen
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def server(mlflow_uri, tmp_path):
    """`mlflow server` over HTTP, with the test's database; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", mlflow_uri, "--artifacts-destination", str(tmp_path / "served")]
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/health", timeout=1)  # noqa: S310
                break
            time.sleep(0.25)
        else:
            pytest.fail((tmp_path / "server.log").read_text()[-2000:])
        yield address
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def test_the_story_of_a_registry(story, server, monkeypatch, capsys):
    """A promoted; worse B only registered; better C promoted; back to A; people move marks as MLflow's page does."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    client = connect()

    a = registered(worse=40, note="A")
    assert (a["version"], a["promoted"]) == ("1", True)

    b = registered(worse=95, note="B")
    assert (b["version"], b["promoted"], b["production"]) == ("2", False, "1")
    assert "worse than Production" in b["reason"]
    tags = client.get_model_version(MODEL_NAME, "2").tags
    assert (tags["gate"], tags["gate_against"]) == ("failed", "1")
    assert tags["gate_reason"] == b["reason"]

    c = registered(worse=0, note="C")
    assert (c["version"], c["promoted"]) == ("3", True)
    assert marks(client) == ("3", ["3"])
    assert client.get_model_version(MODEL_NAME, "1").current_stage == "Archived"

    register.main(["rollback", "--why", "confuses wave and up"])
    assert marks(client) == ("1", ["1"])
    assert "version 1 is Production again" in capsys.readouterr().out
    again = registered()
    assert (again["version"], again["promoted"], again["production"]) == ("3", False, "1")
    assert "confuses wave and up" in again["reason"]

    rest(server, "registered-models/alias", {"name": MODEL_NAME, "alias": "production", "version": "2"})
    assert resolve_production(client, MODEL_NAME).version == "2"
    assert marks(client) == ("2", ["2"])

    stage = {"name": MODEL_NAME, "version": "3", "stage": "Production", "archive_existing_versions": False}
    rest(server, "model-versions/transition-stage", stage)
    assert resolve_production(client, MODEL_NAME).version == "3"
    assert marks(client) == ("3", ["3"])

    rest(server, "registered-models/alias", {"name": MODEL_NAME, "alias": "production", "version": "1"})
    rest(server, "model-versions/transition-stage", stage | {"version": "2"})
    resolution = resolve_production(client, MODEL_NAME)
    assert resolution.version == "3"
    assert "alias production names version 1, stage Production names version 2" in resolution.disagreement
    register.main(["list"])
    assert "which both last agreed on, stays" in capsys.readouterr().out

    at_once(server, "1", "2")
    assert resolve_production(client, MODEL_NAME).disagreement is None
    assert marks(client) in (("1", ["1"]), ("2", ["2"]))


def test_same_outputs_never_make_a_second_version(tracked, caplog):
    first = registered()
    with caplog.at_level("INFO"):
        second = registered()
    assert (first["new"], second["new"]) == (True, False)
    assert "is registered already" in caplog.text
    assert len(versions.all_versions(tracked)) == 1
    assert len(tracked.search_runs([experiment_id(tracked)])) == 2  # the training and the pipeline


def test_version_carries_all_that_tells_where_it_comes_from(tracked, tmp_path):
    made = registered()
    version = tracked.get_model_version(MODEL_NAME, made["version"])
    assert version.tags["network"] == "gislr"
    assert version.tags["skeleton_version"] == "1"
    assert "n=12" in version.tags["test_accuracy"]
    assert version.tags["data_version"]
    assert version.tags["language"] == "drawn"
    assert "Drawn trial movements that are no ASL" in version.description
    training = tracked.get_run(version.tags["training_run"])
    assert training.data.params["hyper.dim"] == "16"
    assert len(tracked.get_metric_history(training.info.run_id, "val_loss")) == 12
    pipeline = tracked.get_run(version.run_id)
    assert pipeline.data.metrics["test_accuracy_ci_low"] < pipeline.data.metrics["test_accuracy"]
    assert "confusion.png" in {Path(f.path).name for f in tracked.list_artifacts(version.run_id, "reports/evaluate")}
    folder = download(tracked, MODEL_NAME, made["version"], tmp_path / "v")
    names = {p.name for p in folder.rglob("*")}
    assert {"MODEL_CARD.md", "labels.json", "metrics.json", "clips.json", "requirements-training.txt"} <= names
    metadata = json.loads(next(folder.rglob("metadata.json")).read_text())
    assert metadata["run_id"] == version.run_id
    assert not {p.suffix for p in folder.rglob("*")} & {".pkl", ".pickle"}
    assert not list(folder.rglob("uv.lock"))


def test_training_can_go_on_from_a_registered_version(tracked):
    made = registered()
    for which in (f"/{made['version']}", "@production"):
        folder = checkpoint(f"models:/{MODEL_NAME}{which}")
        assert (folder / "model.keras").read_bytes() == Path("data/models/tuned/model.keras").read_bytes()
        assert TensorSpec.read(folder / "spec.json") == TensorSpec.read("data/tensors/spec.json")
    with pytest.raises(FileNotFoundError, match="no weights"):
        checkpoint(f"models:/{MODEL_NAME}/99")


def test_logged_model_answers_as_pyfunc(tracked):
    import mlflow
    import numpy as np

    from stages.dataset.ragged import RaggedClips
    from stages.serving_model.pose2gloss import Pose2Gloss

    registered()
    clip = np.asarray(RaggedClips.open("data/tensors/test")[0], np.float32)
    model = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}/1")
    expected = Pose2Gloss("data/export").predict(clip, 30, 1.5)
    np.testing.assert_allclose(model.predict(clip, params={"fps": 30.0, "aspect": 1.5}), expected, atol=1e-6)


def test_experiments_register_and_never_promote(story, monkeypatch):
    registered(worse=60, note="first")
    monkeypatch.setenv("DVC_EXP_NAME", "dorty-hask")
    result = registered(worse=0, note="better")
    assert (result["new"], result["promoted"], result["production"]) == (True, False, "1")
    assert "dorty-hask" in result["reason"]
    monkeypatch.delenv("DVC_EXP_NAME")
    assert registered()["promoted"]  # the same outputs, applied to the workspace and reproduced


def test_auto_promote_off_leaves_it_to_a_person(tracked):
    project.write_params(register={"auto_promote": False})
    result = registered()
    assert not result["promoted"]
    assert "auto_promote is off" in result["reason"]
    register.main(["promote", "1", "--why", "looked at it"])
    assert tracked.get_model_version(MODEL_NAME, "1").tags["promoted_why"] == "looked at it"
    assert registered()["production"] == "1"


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
        "gate_limits": limits.model_dump_json(),
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


def test_empty_registry_is_filled_from_outputs_alone(story, mlflow_uri, empty_mlflow, monkeypatch, tmp_path):
    """As after `dvc repro` on a new machine with a full cache: no stage but this one has run."""
    scores = {"scores": {"glosses": {"bleu": 5.0}}}
    Path("reports/translation.json").write_text(json.dumps(scores))
    first = registered()
    shutil.copy(empty_mlflow, tmp_path / "new.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'new.db'}")
    second = registered()
    assert second["fingerprint"] == first["fingerprint"]
    assert second["promoted"]
    client = connect()
    version = client.get_model_version(MODEL_NAME, "1")
    assert client.get_run(version.tags["training_run"]).info.status == "FINISHED"
    stages = {r.data.tags.get("stage"): r for r in client.search_runs([experiment_id(client)])}
    assert {"train", "translate_eval", "register"} <= set(stages)
    assert stages["translate_eval"].data.metrics == {"glosses.bleu": 5.0}


def test_server_that_dies_in_mid_training_costs_nothing(tracked, monkeypatch, caplog):
    """The curves stop, the training goes on, and `register` writes what is missing."""
    from stages.tracking import live

    report = json.loads(Path("data/models/candidates/gislr/report.json").read_text())
    curves = live.curves(report["run_key"], "train gislr", report["recipe"])
    for row in report["history"][:5]:
        curves.log(int(row["epoch"]), {"loss": row["loss"]})
    with caplog.at_level("WARNING"), monkeypatch.context() as gone:
        gone.setattr(curves._client._tracking_client.store, "log_batch", _refuse)
        for row in report["history"][5:]:
            curves.log(int(row["epoch"]), {"loss": row["loss"]})
        curves.close()
    assert caplog.text.count("MLflow does not answer") == 1
    run_id = runs.find(tracked, report["run_key"])
    assert len(tracked.get_metric_history(run_id, "loss")) == 5
    registered()
    history = tracked.get_metric_history(run_id, "loss")
    assert [m.value for m in history] == pytest.approx([row["loss"] for row in report["history"]])
    assert tracked.get_run(run_id).info.status == "FINISHED"


def _refuse(*_, **__):
    raise ConnectionError("connection refused")


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
        killed.setattr(promotion, "promote", _refuse)
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


def test_server_that_is_gone_is_one_sentence(tracked, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(SystemExit, match=r"^MLflow at http://127\.0\.0\.1:9 says: API request"):
        register.main([])


def test_missing_outputs_are_named(tracked):
    Path("reports/metrics.json").unlink()
    with pytest.raises(SystemExit, match=r"reports/metrics\.json missing: run `dvc repro`"):
        register.main([])
