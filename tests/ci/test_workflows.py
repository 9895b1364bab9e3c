"""The workflows are sound, ask for few rights, and do nothing that cannot be done on a laptop."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
FILES = sorted((ROOT / ".github").rglob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FILES if path.parent.name == "workflows"}
WRITERS = {("train", "publish"), ("retrain", "propose")}  # jobs that write to the repository; none runs a change's code
USES = re.compile(r"uses: (\S+)(?: # (\S+))?")


def jobs():
    return [(name, job, body) for name, flow in WORKFLOWS.items() for job, body in flow["jobs"].items()]


def test_all_five_are_there():
    assert set(WORKFLOWS) == {"ci", "train", "promote", "deploy", "retrain"}


@pytest.mark.parametrize("command", [["actionlint"], ["zizmor", "--offline", "--quiet", "--min-severity", "medium"]])
def test_linters_have_nothing_to_say(command):
    what = [str(p) for p in FILES if p.parent.name == "workflows"] if command[0] == "actionlint" else [".github"]
    done = subprocess.run([BIN / command[0], *command[1:], *what], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_finds_what_is_wrong(tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ github.evnt.x }}'}]}}\n")
    done = subprocess.run([BIN / "actionlint", str(bad)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "evnt" in done.stdout


def test_actions_are_pinned_to_one_commit_each():
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for target, version in USES.findall(path.read_text()):
            if target.startswith("./"):
                assert (ROOT / target).exists(), target
                continue
            action, _, commit = target.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit), f"{path.name}: {target} is no commit"
            assert re.fullmatch(r"v\d+\.\d+\.\d+", version), f"{path.name}: {action} does not say its release"
            pins.setdefault(action, set()).add(commit)
    assert pins
    assert {action: len(commits) for action, commits in pins.items()} == dict.fromkeys(pins, 1)


def test_rights_are_the_least():
    for name, flow in WORKFLOWS.items():
        assert flow["permissions"] in ({}, {"contents": "read"}), name
    for name, job, body in jobs():
        rights = body.get("permissions", WORKFLOWS[name]["permissions"])
        writes = {right for right, level in rights.items() if level == "write"}
        assert not writes or (name, job) in WRITERS, f"{name}/{job} writes {writes}"


def test_what_may_write_runs_no_code_of_the_change():
    for name, job in WRITERS:
        body = WORKFLOWS[name]["jobs"][job]
        runs = " ".join(step.get("run", "") for step in body["steps"])
        assert "python" not in runs
        assert "dvc" not in runs
        (checkout,) = [step for step in body["steps"] if step.get("uses", "").startswith("actions/checkout")]
        assert checkout["with"].get("ref", "") in ("", "${{ github.event.repository.default_branch }}")
    triggers = {name: set(flow[True]) for name, flow in WORKFLOWS.items()}  # YAML reads `on` as true
    assert not any("pull_request_target" in t for t in triggers.values())


def test_without_secrets_everything_stays_green():
    """A fork has no variables: what needs them is skipped, never failed; ci needs none."""
    assert "secrets." not in (ROOT / ".github/workflows/ci.yml").read_text()
    assert "vars." not in (ROOT / ".github/workflows/ci.yml").read_text()
    for name, job, body in jobs():
        if "secrets." not in yaml.safe_dump(body):
            continue
        needed = [body, *(WORKFLOWS[name]["jobs"][n] for n in _before(WORKFLOWS[name]["jobs"], job))]
        assert any("vars." in b.get("if", "") for b in needed), f"{name}/{job} needs secrets and is not skipped"
    assert "head.repo.full_name == github.repository" in WORKFLOWS["train"]["jobs"]["train"]["if"]


def _before(found: dict, job: str) -> list[str]:
    """Jobs that must have run before this one."""
    needs = found[job].get("needs", [])
    needs = [needs] if isinstance(needs, str) else needs
    return [*needs, *(more for need in needs for more in _before(found, need))]


def test_caches_are_keyed_on_the_lock():
    keys = [
        step["with"]["key"]
        for path in FILES
        for step in _steps(yaml.safe_load(path.read_text()))
        if step.get("uses", "").startswith("actions/cache") and "uv" not in step["with"]["path"]
    ]
    assert len(keys) == 2
    assert all("hashFiles('dvc.lock')" in key for key in keys)


def _steps(document: dict) -> list[dict]:
    bodies = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for body in bodies for step in body.get("steps", ())]


def test_only_a_person_lets_a_version_reach_production():
    assert WORKFLOWS["promote"]["jobs"]["promote"]["environment"] == "production"
    assert WORKFLOWS["promote"]["jobs"]["promote"]["needs"] == "gate"
    assert WORKFLOWS["deploy"]["jobs"]["deploy"]["environment"] == "production"


def test_what_they_run_is_here():
    """Scripts and modules that a laptop runs the same."""
    for path in FILES:
        text = path.read_text()
        for script in re.findall(r"\.ci/\w+", text):
            assert (ROOT / script).stat().st_mode & 0o111, f"{script} cannot be run"
        for module in re.findall(r"python -m ([\w.]+)", text):
            assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module
