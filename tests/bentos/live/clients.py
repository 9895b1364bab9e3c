"""Clients of /live, and what they send: phrases of drawn signs."""

import asyncio
from pathlib import Path

from starlette.testclient import TestClient

from bentos.http.app import create_app
from bentos.kernel import Kernel
from bentos.live import wire
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.live.streams import drawn_sign, resting, stamped

FPS = 25
FAST = {"live_max_fps": 1e6, "live_threshold": 0.0, "resume_secret": "shared", "live_phrase_pause": 1.0}


def client_for(folder: Path, runner=None, **more) -> TestClient:
    settings = Settings(**(FAST | more))
    app = create_app(settings)
    recogniser = Recogniser(FolderSource(folder), vocabulary=settings.vocabulary)
    app.state.kernel = Kernel(settings, recogniser, runner, runner is not None)
    asyncio.run(app.state.kernel.start())
    return TestClient(app)


def send(socket, frames, dtype="<f2"):
    for now, landmarks in frames:
        socket.send_bytes(wire.encode_frame(now, landmarks, dtype))


def until(socket, kind, also=None):
    """Events up to the first of a kind."""
    seen = []
    for _ in range(400):
        event = socket.receive_json()
        if also is not None:
            also.append(event)
        seen.append(event)
        if event["type"] == kind:
            return event, seen
        assert not (event["type"] == "error" and event["fatal"]), event
    raise AssertionError(f"no {kind} in {[e['type'] for e in seen]}")


def phrase(*xs, start=0.0, rest=1.2):
    """Frames of a phrase: one sign for each x, far enough apart in place to be different glosses."""
    parts = [resting(FPS, 0.6)]
    for x in xs:
        parts += [drawn_sign(FPS, 1.2, x=x), resting(FPS, rest)]
    return stamped(parts, FPS, start)


def said_of_a_sign(client, x=0.2) -> dict[str, float]:
    """The model's probabilities of the sign in `phrase(x)`, best first."""
    loaded = client.app.state.kernel.recogniser.loaded
    probabilities = loaded.predict(drawn_sign(FPS, 1.2, x=x), None, None)
    return {c["gloss"]: c["score"] for c in loaded.best(probabilities, 12, loaded.among(loaded.labels))}
