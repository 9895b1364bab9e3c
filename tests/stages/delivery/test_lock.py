"""A change that no run belongs to is stopped."""

import pytest
import yaml

from stages.delivery import lock


@pytest.fixture(scope="module")
def clone(small_clone, tmp_path_factory):
    return small_clone.copy(tmp_path_factory.mktemp("lock"))


@pytest.fixture(autouse=True)
def there(clone, monkeypatch):
    monkeypatch.chdir(clone.root)
    yield
    clone.run("git", "checkout", "-q", "--", ".")


def test_the_code_that_was_run_passes_without_any_data(clone, capsys):
    clone.run("rm", "-rf", "reports", ".dvc/cache")  # as in a bare clone
    lock.main()
    assert "exactly this code" in capsys.readouterr().out


def test_a_changed_parameter_is_named(clone):
    clone.params(6)
    assert lock.stale() == {"train": ["parameters have changed: train"]}


def test_changed_code_ends_with_what_to_do(clone, capsys):
    with (clone.root / "stages" / "train.py").open("a") as file:
        file.write("# another\n")
    with pytest.raises(SystemExit, match=r"run `dvc repro` and commit dvc\.lock"):
        lock.main()
    assert "train: stages/train.py has changed" in capsys.readouterr().out


def test_a_changed_command_and_a_stage_without_run(clone):
    pipeline = (clone.root / "dvc.yaml").read_text()
    (clone.root / "dvc.yaml").write_text(pipeline.replace("cp reports/metrics.json", "cp -f reports/metrics.json"))
    assert lock.stale() == {"report": ["its command has changed"]}
    (clone.root / "dvc.yaml").write_text(pipeline.replace('"report"', '"summary"'))
    assert lock.stale() == {"summary": ["dvc.lock has no run of it"]}


def test_a_stage_that_always_runs_leaves_no_trace(clone):
    pipeline = yaml.safe_load((clone.root / "dvc.yaml").read_text())
    pipeline["stages"]["register"] = {"cmd": "true", "always_changed": True, "deps": ["stages/train.py"]}
    (clone.root / "dvc.yaml").write_text(yaml.safe_dump(pipeline))
    assert lock.stale() == {}


def test_a_lock_put_together_from_two_runs(clone):
    file = clone.root / "dvc.lock"
    locked = yaml.safe_load(file.read_text())
    locked["stages"]["report"]["deps"][0]["md5"] = "0" * 32
    file.write_text(yaml.safe_dump(locked))
    assert lock.stale() == {"report": ["reports/metrics.json comes from another run"]}
