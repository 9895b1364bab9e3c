"""Put a container image in the place of the one that serves, and back when it is not fit.

    python -m bentos.delivery.deploy islr:v3 --bento islr:a1b2c3
    python -m bentos.delivery.deploy --back

The image first runs beside the one that serves, on a port of its own, and must pass `bentos.delivery.smoke`; only then
are they exchanged, and asked again. Whatever fails, the container from before serves in the end. It is kept, stopped,
so that `--back` brings it again. Needs the `docker` command; `DOCKER_HOST` names another machine.
"""

import argparse
import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bentos.delivery.smoke import SmokeError, bento_model, check

log = logging.getLogger(__name__)
INSIDE = 3000  # port of the service in its container


class DeployError(Exception):
    """The image does not serve; the message says why and what serves instead."""


@dataclass(frozen=True)
class Place:
    """Where the service runs.

    Attributes:
        name: of the container that serves; `<name>-next` and `<name>-before` stand beside it.
        host: address at which the machine's ports are reached.
        port: of the service.
        trial_port: of an image that has yet to prove itself.
        env_file: environment variables of the service; see `bentos/settings.py`.
    """

    name: str = "islr"
    host: str = "localhost"
    port: int = 3000
    trial_port: int = 3999
    env_file: Path | None = None

    @property
    def next(self) -> str:
        """The container on trial."""
        return f"{self.name}-next"

    @property
    def before(self) -> str:
        """The container that served before."""
        return f"{self.name}-before"


def docker(*arguments: str) -> str:
    """Run a docker command; returns what it printed.

    Raises:
        DeployError: it failed, or there is no docker.
    """
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise DeployError("there is no `docker` command here") from None
    except subprocess.CalledProcessError as error:
        raise DeployError(f"docker {arguments[0]} failed: {error.stderr.strip()[-500:]}") from None
    return done.stdout.strip()


def there(name: str) -> bool:
    """Whether there is a container of that name, running or not."""
    found = docker("ps", "--all", "--format", "json", "--filter", f"name={name}")
    return any(json.loads(line)["Names"] == name for line in found.splitlines())


def start(image: str, name: str, port: int, env_file: Path | None) -> None:
    """Run an image; it comes back after a crash and after the machine starts anew."""
    more = ["--env-file", str(env_file)] if env_file else []
    restart = ["--restart", "unless-stopped"]
    docker("run", "--detach", "--name", name, "--publish", f"{port}:{INSIDE}", *restart, *more, image)


def remove(name: str) -> None:
    """End and remove a container, if there is one."""
    if there(name):
        docker("rm", "--force", name)


def deploy(image: str, place: Place, model: Path, version: str | None, latency_ms: float) -> str:
    """Exchange what serves for an image; returns one sentence about what was seen.

    Args:
        image: as `bentoml containerize` named it.
        place: where.
        model: folder of the model inside, with its golden.npz.
        version: of the model inside.
        latency_ms: highest median time of a prediction, milliseconds.

    Raises:
        DeployError: the image is not fit; what served before serves.
    """
    remove(place.next)
    try:
        start(image, place.next, place.trial_port, place.env_file)
        check(f"http://{place.host}:{place.trial_port}", model, latency_ms, version)
    except (SmokeError, DeployError) as error:
        log.error("%s", _words(place.next))
        raise DeployError(f"{image} is not fit ({error}); what served before has not been touched") from None
    finally:
        remove(place.next)
    replaced = there(place.name)
    remove(place.before)
    try:
        if replaced:
            docker("stop", place.name)
            docker("rename", place.name, place.before)
        start(image, place.name, place.port, place.env_file)
        return check(f"http://{place.host}:{place.port}", model, latency_ms, version)
    except BaseException as error:  # Ctrl-C too must leave something that serves
        log.error("%s", _words(place.name))
        now = _restore(place, replaced)
        if isinstance(error, SmokeError | DeployError):
            raise DeployError(f"{image} failed ({error}); {now}") from None
        raise


def _restore(place: Place, replaced: bool) -> str:
    """Undo an exchange, however far it came; says what serves."""
    if not replaced:
        remove(place.name)
        return "there was nothing before it"
    if there(place.before):
        remove(place.name)
        docker("rename", place.before, place.name)
    docker("start", place.name)
    return "what served before serves again"


def back(place: Place) -> str:
    """Bring again what served before; returns one sentence.

    Raises:
        DeployError: nothing served before.
    """
    if not there(place.before):
        raise DeployError(f"there is no container {place.before} to go back to")
    remove(place.name)
    docker("rename", place.before, place.name)
    docker("start", place.name)
    return f"{place.name} is what it was before"


def _words(name: str) -> str:
    """The last lines that a container logged."""
    try:
        return docker("logs", "--tail", "20", name)
    except DeployError as error:
        return str(error)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m bentos.delivery.deploy", description=__doc__.splitlines()[0])
    p.add_argument("image", nargs="?", help="name of the image")
    p.add_argument("--bento", metavar="TAG", help="the built bento that is in it")
    p.add_argument("--back", action="store_true", help="bring again what served before")
    p.add_argument("--name", default=Place.name, help="of the container that serves (%(default)s)")
    p.add_argument("--host", default=Place.host, help="where the machine's ports are reached (%(default)s)")
    p.add_argument("--port", type=int, default=Place.port, help="of the service (%(default)s)")
    p.add_argument("--trial-port", type=int, default=Place.trial_port, help="of an image on trial (%(default)s)")
    p.add_argument("--env-file", type=Path, help="environment variables of the service")
    p.add_argument("--latency-ms", type=float, default=500.0, help="highest median time of a prediction (%(default)s)")
    return p


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    p = parser()
    given = p.parse_args(arguments)
    place = Place(given.name, given.host, given.port, given.trial_port, given.env_file)
    try:
        if given.back:
            said = back(place)
        elif given.image and given.bento:
            model, version = bento_model(given.bento)
            said = deploy(given.image, place, model, version, given.latency_ms)
        else:
            p.error("give an image and --bento, or --back")
    except DeployError as error:
        raise SystemExit(str(error)) from None
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main()
