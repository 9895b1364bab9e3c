"""Whatever happens to an image that is to take over, something serves in the end."""

from itertools import pairwise
from pathlib import Path

import pytest

from bentos.delivery import deploy
from bentos.delivery.deploy import DeployError, Place
from bentos.delivery.smoke import SmokeError

PLACE = Place(env_file=Path("service.env"))


class Docker:
    """A machine's containers, as the `docker` command would change them; fails where it is told to."""

    def __init__(self):
        self.containers: dict[str, dict] = {}
        self.fails: str | None = None
        self.said: list[tuple[str, ...]] = []

    def __call__(self, verb: str, *rest: str) -> str:
        self.said.append((verb, *rest))
        if self.fails == " ".join((verb, rest[-1])):
            self.fails = None
            raise DeployError(f"docker {verb} failed")
        return getattr(self, verb)(*rest) or ""

    def ps(self, *rest):
        wanted = rest[-1].removeprefix("name=")
        return "\n".join(f'{{"Names": "{name}"}}' for name in self.containers if wanted in name)

    def run(self, *rest):
        options = dict(pairwise(rest))
        port = options["--publish"].split(":")[0]
        assert port not in [c["port"] for c in self.containers.values() if c["running"]], "the port is taken"
        assert options["--name"] not in self.containers
        self.containers[options["--name"]] = {"image": rest[-1], "port": port, "running": True}

    def stop(self, name):
        self.containers[name]["running"] = False

    def start(self, name):
        self.containers[name]["running"] = True

    def rename(self, old, new):
        assert new not in self.containers
        self.containers[new] = self.containers.pop(old)

    def rm(self, _, name):
        del self.containers[name]

    def logs(self, *rest):
        return "its last words"

    def serving(self, port=3000):
        """The image that answers on a port."""
        found = [c["image"] for c in self.containers.values() if c["running"] and c["port"] == str(port)]
        return found[0] if found else None


@pytest.fixture
def docker(monkeypatch):
    made = Docker()
    monkeypatch.setattr(deploy, "docker", made)

    def check(url, model, latency_ms, version):
        image = made.serving(url.rpartition(":")[2])
        if image is None or "bad" in image or ("late" in image and url.endswith(":3000")):
            raise SmokeError(f"{image} answers wrongly")
        return f"{image} answers"

    monkeypatch.setattr(deploy, "check", check)
    return made


def put(image):
    return deploy.deploy(image, PLACE, Path("model"), "3", 500)


def test_the_first_and_the_next(docker):
    assert put("islr:v1") == "islr:v1 answers"
    assert put("islr:v2") == "islr:v2 answers"
    assert docker.serving() == "islr:v2"
    assert docker.containers["islr-before"] == {"image": "islr:v1", "port": "3000", "running": False}
    assert "islr-next" not in docker.containers
    put("islr:v3")
    assert docker.containers["islr-before"]["image"] == "islr:v2"
    assert ("--env-file", "service.env") in [(a, b) for call in docker.said for a, b in pairwise(call)]


def test_an_image_that_is_not_fit_never_takes_over(docker):
    put("islr:v1")
    with pytest.raises(DeployError, match="has not been touched"):
        put("islr:bad")
    assert docker.serving() == "islr:v1"
    assert set(docker.containers) == {"islr"}
    assert ("stop", "islr") not in docker.said


def test_one_that_fails_in_its_place_is_rolled_back(docker):
    put("islr:v1")
    with pytest.raises(DeployError, match="what served before serves again"):
        put("islr:late")
    assert docker.serving() == "islr:v1"
    assert set(docker.containers) == {"islr"}


@pytest.mark.parametrize("step", ["stop islr", "rename islr-before", "run islr:v2"])
def test_whichever_step_fails_what_served_serves(docker, step):
    put("islr:v1")
    docker.fails = step
    with pytest.raises(DeployError):
        put("islr:v2")
    assert docker.serving() == "islr:v1"


def test_ctrl_c_in_the_exchange_too(docker, monkeypatch):
    put("islr:v1")
    right = deploy.check

    def interrupted(url, *rest):
        if url.endswith(":3000"):
            raise KeyboardInterrupt
        return right(url, *rest)

    monkeypatch.setattr(deploy, "check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put("islr:v2")
    assert docker.serving() == "islr:v1"


def test_back(docker):
    put("islr:v1")
    with pytest.raises(DeployError, match="no container islr-before"):
        deploy.back(PLACE)
    put("islr:v2")
    deploy.back(PLACE)
    assert docker.serving() == "islr:v1"


def test_a_machine_without_docker_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="there is no `docker` command here"):
        deploy.main(["--back"])


def test_what_docker_says_is_passed_on(monkeypatch, tmp_path):
    (tmp_path / "docker").write_text("#!/bin/sh\necho 'no such container' >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(DeployError, match="docker stop failed: no such container"):
        deploy.docker("stop", "islr")
