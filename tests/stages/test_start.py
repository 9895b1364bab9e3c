"""How a stage begins and ends."""

import subprocess
import sys

import pytest

from stages.params import Section
from stages.start import StageError, command, stage
from tests.conftest import ROOT


class Params(Section):
    size: int = 3


@pytest.fixture
def params(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("fetch: {}\n")


def test_the_stage_gets_its_parameters(params):
    with stage("start", Params) as given:
        assert given == Params()


@pytest.mark.parametrize("error", [StageError("do this"), FileNotFoundError("do this"), OSError("do this")])
def test_what_cannot_be_done_is_a_sentence(params, error):
    with pytest.raises(SystemExit, match=r"^do this$"), stage("start", Params):
        raise error


def test_a_defect_keeps_its_trace(params):
    with pytest.raises(KeyError), stage("start", Params):
        raise KeyError("name")


def test_ctrl_c_is_a_sentence_where_there_is_one(caplog):
    with pytest.raises(SystemExit) as ended, command(stopped="all is kept"):
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert "all is kept" in caplog.text
    with pytest.raises(KeyboardInterrupt), command():
        raise KeyboardInterrupt


def test_exit_status_and_log_of_a_process():
    script = (
        "import logging\nfrom stages.start import *\nwith command():\n logging.info('one')\n raise StageError('two')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "one\ntwo\n")


def test_every_stage_begins_by_it():
    late = {"preset", "delivery.comment", "delivery.lock"}  # a command line each, which sets nothing up
    modules = [path for path in (ROOT / "stages").rglob("*.py") if 'if __name__ == "__main__"' in path.read_text()]
    without = {
        ".".join(path.relative_to(ROOT / "stages").with_suffix("").parts)
        for path in modules
        if "from stages.start import" not in path.read_text()
    }
    assert without == late
