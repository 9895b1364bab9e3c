"""Known vulnerabilities stop the build; where nobody can look, it says so."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITE = 'while [ $# -gt 1 ]; do [ "$1" = --output ] && out=$2; shift; done\n'


@pytest.fixture
def audit(tmp_path):
    """Run .ci/audit with a stand-in for pip-audit, given as the body of a shell script."""

    def run(body: str) -> subprocess.CompletedProcess:
        program = tmp_path / "pip-audit"
        program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n{WRITE}{body}\n')
        program.chmod(0o755)
        environ = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run([ROOT / ".ci" / "audit"], env=environ, capture_output=True, text=True, check=False)

    return run


def test_what_the_image_installs_is_looked_up(audit, tmp_path):
    done = audit('echo "{}" > "$out"')
    assert (done.returncode, "no vulnerability is known" in done.stdout) == (0, True)
    assert "--requirement bentos/requirements.txt --require-hashes" in (tmp_path / "asked").read_text()


def test_a_known_vulnerability_stops_the_build(audit):
    done = audit('echo "Found 1 known vulnerability" >&2; echo \'{"id": "GHSA-1"}\' > "$out"; exit 1')
    assert done.returncode == 1
    assert "GHSA-1" in done.stderr


def test_without_network_it_says_that_nobody_has_looked(audit):
    done = audit("echo 'requests.exceptions.ConnectionError: Max retries exceeded' >&2; exit 1")
    assert (done.returncode, "NOBODY HAS LOOKED" in done.stdout) == (0, True)


def test_any_other_failure_is_one(audit):
    done = audit("echo 'requirement nonsense is not pinned' >&2; exit 1")
    assert (done.returncode, "nonsense" in done.stderr) == (1, True)
