"""What a person reads who starts the service."""

import errno
import socket
import subprocess
import sys
from pathlib import Path

from bentos.logs import explain_used_port

ROOT = Path(__file__).resolve().parents[2]


def test_used_port_is_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [Path(sys.executable).parent / "bentoml", "serve", "--host", "127.0.0.1", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "The port is in use" in done.stderr
    assert "bentoml serve --port 3001" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_other_errors_are_shown_as_ever(monkeypatch):
    shown = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: shown.append(error))
    explain_used_port()
    for error in (OSError(errno.ENOSPC, "no space"), ValueError("wrong")):
        sys.excepthook(type(error), error, None)
    assert [error for _, error, _ in shown][1].args == ("wrong",)
    assert len(shown) == 2
