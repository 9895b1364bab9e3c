"""The scripts behind the workflows, as on a laptop: a small clone, a bare repository as GitHub, a stand-in for gh."""

import os
import shutil
import subprocess

import pytest

from tests.stages.delivery import clones

GH = '#!/bin/sh\necho "$@" >> "$HOME/gh.log"\n'


@pytest.fixture
def clone(small_clone, tmp_path):
    clone = small_clone.copy(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    clone.env |= {"HOME": str(tmp_path), "ISLR_DVC_REMOTE": str(clone.remote)}
    shutil.copytree(clones.ROOT / ".ci", clone.root / ".ci")
    clone.commit("Scripts")
    clone.run("git", "push", "-q", "origin", "main")
    clone.run("git", "checkout", "-q", "-b", "better")
    clone.params(9)
    clone.head = clone.commit("Recognise more")
    clone.run("git", "push", "-q", "origin", "better")
    return clone


def test_train_then_publish(clone, tmp_path):
    """A branch is run, its lock committed on it, its figures kept apart, its pull request told."""
    clone.run("rm", "-rf", ".dvc/cache", "reports")  # as on a fresh machine
    link = "https://example.org/blob/reports/c/{}?raw=true"
    out = clone.run(".ci/train", "origin/main", "run", ISLR_FIGURES=link).stdout
    assert "+41.7" in out
    assert link.format("training.png") in (clone.root / "run" / "comment.md").read_text()
    clone.run("git", "checkout", "-q", "--", "dvc.lock")
    clone.run("git", "checkout", "-q", "main")  # publishing runs what main has, not the change
    clone.run(".ci/publish", "run", "better", "7")
    clone.run("git", "fetch", "-q", "origin")
    log = clone.run("git", "log", "--format=%s|%P", "-1", "origin/better").stdout.strip()
    assert log == f"Lock the pipeline's run|{clone.head}"
    changed = clone.run("git", "diff", "--name-only", clone.head, "origin/better").stdout.split()
    assert changed == ["dvc.lock"]
    kept = clone.run("git", "ls-tree", "-r", "--name-only", "origin/reports").stdout.split()
    assert kept == [f"{clone.head}/training.png"]
    told = (tmp_path / "gh.log").read_text().splitlines()
    assert told[0] == "workflow run ci.yml --ref better"
    assert told[1].startswith("pr comment 7 --body-file run/comment.md")
    clone.run("git", "checkout", "-q", "better")
    clone.run("git", "pull", "-q", "origin", "better")
    assert "exactly this code" in clone.run("python", "-m", "stages.delivery.lock").stdout

    clone.run("git", "checkout", "-q", "main")
    done = clone.run(".ci/publish", "run", "better", "7", ok=False)  # the branch is not what was run any more
    assert done.returncode == 1
    assert "moved on" in done.stderr


def test_retrain_runs_only_for_a_reason(clone):
    """One look with nothing new, and one with new data."""
    clone.run("git", "checkout", "-q", "main")
    assert "no new run" in clone.run(".ci/retrain", "HEAD", "run", ISLR_DVC_REMOTE="").stdout
    assert not (clone.root / "run").exists()
    (clone.root / "data" / "incoming" / "second.npz").write_bytes(b"second")
    for path in (clone.root / "data" / "incoming").glob("*.npz"):
        os.utime(path, (0, 0))  # nobody writes to it any more
    clone.run(".ci/retrain", "HEAD", "run", ISLR_DVC_REMOTE="")
    assert "second.npz" in (clone.root / "reports" / "raw.txt").read_text()
    assert "both are right on the same" in (clone.root / "run" / "comment.md").read_text()


LOG = '#!/bin/sh\necho "$(basename "$0") $*" >> "$HOME/log"\n'


@pytest.fixture
def stand_ins(tmp_path):
    """A folder with the scripts, and stand-ins for all they call; gives a function that runs one and its log."""
    shutil.copytree(clones.ROOT / ".ci", tmp_path / ".ci")
    home = tmp_path / "bin"
    home.mkdir()
    bodies = {
        "bentoml": "case $1 in build) echo __tag__:islr:abc;; serve) exec sleep 60;; esac\n",
        # smoke asks what was served, so it comes second here however slowly the other starts
        "python": 'case "$*" in *smoke*http*) until grep -q serve "$HOME/log"; do sleep 0.05; done;; esac\n'
        'case "$*" in *"$FAILS"*) [ -z "$FAILS" ] || exit 1;; esac\n',
        "dvc": "",
    }
    for name, body in bodies.items():
        (home / name).write_text(LOG + body)
        (home / name).chmod(0o755)

    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "registration.json").write_text('{\n "version": "2",\n "new": true\n}\n')

    def run(*command, fails=""):
        (tmp_path / "log").write_text("")
        env = {"PATH": f"{home}:/usr/bin:/bin", "HOME": str(tmp_path), "FAILS": fails}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
        return done.returncode, (tmp_path / "log").read_text().splitlines()

    return run


def test_deploy_builds_asks_packs_and_exchanges(stand_ins):
    status, log = stand_ins(".ci/deploy", "3")
    assert status == 0
    assert log == [
        "bentoml build --arg model_version=3 --output tag",
        "python -m bentos.delivery.smoke --bento islr:abc --latency-ms 500",
        "bentoml containerize islr:abc --image-tag islr:v3",
        "python -m bentos.delivery.deploy islr:v3 --bento islr:abc",
    ]


def test_a_bento_that_is_not_fit_never_becomes_an_image(stand_ins):
    status, log = stand_ins(".ci/deploy", "3", fails="bentos.delivery.smoke")
    assert status == 1
    assert not [line for line in log if "containerize" in line or "deploy" in line]


def test_the_gate_decides_how_its_script_ends(stand_ins):
    assert stand_ins(".ci/gate", "3") == (0, ["python -m stages.register gate 3"])
    assert stand_ins(".ci/gate", "3", fails="gate")[0] == 1


@pytest.mark.parametrize("fails", ["", "bentos.delivery.smoke"])
def test_sample_leaves_no_server_behind(stand_ins, fails):
    status, log = stand_ins(".ci/sample", fails=fails)
    assert status == bool(fails)
    assert log[0] == "dvc repro"
    assert log[1].startswith("python -m stages.register promote 2 --why ")  # the base is what serves without a person
    assert {line.split()[1] for line in log[2:]} == {"serve", "-m"}
