"""How a stage begins and ends."""

import logging
import os
import re
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
        "import logging\nfrom stages.start import *\nwith command():\n"
        " logging.getLogger('distributed').info('nothing')\n"
        " logging.getLogger('stages.fetch').info('one')\n raise StageError('two')"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "one\ntwo\n")


NOISY = """
import os, sys
os.write(2, b"E0000 cuda_dnn.cc] Unable to register cuDNN factory\\nthe processor is too old\\n")
sys.stdout.write("imported by " + __spec__.name)
"""


def test_tensorflow_is_imported_without_its_noise(tmp_path):
    """What else it says, and that it is found, stays."""
    (tmp_path / "tensorflow.py").write_text(NOISY)
    script = "from stages.start import quiet\nquiet()\nquiet()\nimport tensorflow\nimport os\nos.write(2, b'after')"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "imported by tensorflow")
    assert done.stderr == "the processor is too old\nafter"


def test_real_tensorflow_says_nothing():
    script = "from stages.start import quiet\nquiet()\nimport tensorflow as tf\ntf.config.list_physical_devices()"
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_stage_begins_by_it():
    late = {
        "preset",
        "corpus.taught",
        "delivery.comment",
        "delivery.lock",
    }  # a command line each, which sets nothing up
    modules = [path for path in (ROOT / "stages").rglob("*.py") if 'if __name__ == "__main__"' in path.read_text()]
    without = {
        ".".join(path.relative_to(ROOT / "stages").with_suffix("").parts)
        for path in modules
        if "from stages.start import" not in path.read_text()
    }
    assert without == late


def test_dask_tells_only_of_what_goes_wrong():
    script = (
        "import logging\nfrom stages.start import quiet\nquiet()\nimport distributed\n"
        "print(logging.getLogger('distributed.core').getEffectiveLevel())"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DASK_")}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == [str(logging.WARNING)]


@pytest.mark.parametrize("file", sorted((ROOT / "stages").glob("*.py")), ids=lambda file: file.stem)
def test_what_a_stage_logs_is_shown(file):
    """A logger that is not below one of OURS tells warnings only."""
    made = re.findall(r"getLogger\((.*?)\)", file.read_text(encoding="utf-8"))
    assert set(made) <= {"__name__", "name"}
