"""A version is tried in a process of its own, which alone is hurt by what its code does."""

import os
import resource
import shutil
import time
from pathlib import Path

import pytest

from bentos.contract import trial
from bentos.contract.loading import ModelError
from tests.bentos.tiny_model import broken

LASTS = "import time\nwhile True: time.sleep(1)"
HELPER = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {LASTS!r}])\nopen(FILE, 'w').write('x')\n"
IN_PREDICT = "\n\ndef _predict(self, landmarks, fps=None, aspect=None):\n    BODY\n\n\nPose2Gloss.predict = _predict\n"


def code(tiny_model: Path, body: str) -> str:
    """The code of a model whose prediction does something else."""
    return (tiny_model / "pose2gloss.py").read_text() + IN_PREDICT.replace("BODY", body)


def test_a_version_that_answers_as_recorded_passes(tiny_model):
    assert trial.run(tiny_model) == 2


def test_what_has_passed_is_not_tried_again_until_a_file_differs(tiny_model, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    assert trial.run(folder) == 2
    monkeypatch.setattr(trial.subprocess, "Popen", lambda *_, **__: pytest.fail("it was tried again"))
    assert trial.run(folder) == 2
    monkeypatch.undo()
    shutil.rmtree(folder)
    broken(tiny_model, folder, pose2gloss__py="raise ValueError('another')")
    with pytest.raises(ModelError, match="another"):
        trial.run(folder)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise ValueError('not today')", "clip 0 of golden.npz gives no probabilities: ValueError: not today"),
        ("raise BaseException('ever')", "BaseException: ever"),
        ("import sys; sys.exit(0)", "SystemExit: 0"),
        ("import os; os._exit(0)", "ended the process with exit status 0"),
        ("import os; os._exit(7)", "ended the process with exit status 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended the process by SIGSEGV"),
        ("import os, signal; os.killpg(0, signal.SIGKILL)", "its code was killed"),
        ("return bytearray(2**40)", "MemoryError"),
        ('print(\'{"clips": 9, "error": null}\', flush=True); import os; os._exit(0)', "exit status 0"),
        ("return [0.1] * 12", "gives probabilities that differ by"),
        ("return [0.1]", "gives probabilities that differ by inf"),
    ],
)
def test_whatever_its_code_does_the_version_is_refused(tiny_model, tmp_path, body, says):
    with pytest.raises(ModelError) as refused:
        trial.run(broken(tiny_model, tmp_path / "model", pose2gloss__py=code(tiny_model, body)))
    assert says in str(refused.value)


def test_a_version_that_hangs_is_refused_and_its_process_killed(tiny_model, tmp_path):
    model = broken(tiny_model, tmp_path / "model", pose2gloss__py=code(tiny_model, "import time; time.sleep(3600)"))
    with pytest.raises(trial.SlowError, match="its code was not done after 3 seconds"):
        trial.run(model, 3)


def test_a_version_that_works_without_end_is_killed_before_it_takes_a_core_for_long(tiny_model, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_CPU)
    less = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (2, 2))"  # as trial does, with less patience
    model = broken(tiny_model, tmp_path / "model", pose2gloss__py=f"{less}\nwhile True: pass")
    with pytest.raises(ModelError, match="its code was killed: it worked for"):
        trial.run(model)
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


def test_what_it_started_ends_with_it(tiny_model, tmp_path):
    """A helper that holds on to the output neither delays the verdict nor outlives it."""
    started = tmp_path / "started"
    helper = HELPER.replace("FILE", repr(str(started))).replace("LASTS", LASTS)
    text = helper + (tiny_model / "pose2gloss.py").read_text().replace('"""', '"""', 1)
    assert trial.run(broken(tiny_model, tmp_path / "model", pose2gloss__py=text)) == 2
    assert started.is_file()
    until = time.monotonic() + 60
    while _running(LASTS) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _running(LASTS)


def _running(argument: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode().split("\0")
            owner = process.stat().st_uid
        except OSError:
            continue
        if argument in command and owner == os.getuid():
            found.append(process.name)
    return found


def test_only_what_is_needed_is_imported_there(tiny_model, tmp_path):
    """Start-up time and memory of every change of versions."""
    heavy = "{'tensorflow', 'mlflow', 'bentoml', 'pandas', 'mediapipe', 'fastapi'}"
    body = f"import sys; raise ValueError(sorted({heavy} & set(sys.modules)))"
    with pytest.raises(ModelError, match=r"ValueError: \[\]"):
        trial.run(broken(tiny_model, tmp_path / "model", pose2gloss__py=code(tiny_model, body)))
