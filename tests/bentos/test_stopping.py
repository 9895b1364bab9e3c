"""The end of a service, whatever its clients do."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bentos.live import wire
from tests.bentos.live.streams import drawn_sign, resting
from tests.bentos.serving import ROOT, UNLIMITED, Served, serve

SESSIONS, HUNG = 50, 5
HALF = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
SHAKE = (
    b"GET /live HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: %s\r\n"
)
ORIGINS = (b"http://xn--\xff", b"http://[", b"http://\xc2\xad", b"http://a..b", b"\xff://x:99999999")


def raw(served: Served, content: bytes) -> socket.socket:
    """A connection over which this was sent, and nothing more is."""
    made = socket.create_connection(("127.0.0.1", served.port), timeout=60)
    made.sendall(content)
    return made


async def signer(served: Served, signed: asyncio.Event) -> tuple[int, str | None]:
    """Signs once, waits for the end; the code with which it came, and the last token."""
    token, committed = None, False
    async with connect(served.url.replace("http", "ws") + "/live", open_timeout=60, close_timeout=60) as session:
        await session.send(json.dumps({"type": "start", "threshold": 0}))
        for i, landmarks in enumerate([*resting(25, 0.3), *drawn_sign(25, 0.8), *resting(25, 0.6)]):
            await session.send(wire.encode_frame(i / 25, landmarks))
            await asyncio.sleep(0.02)  # more than 70 a second are dropped
        try:
            while True:
                event = json.loads(await session.recv())
                token = event.get("token", token)
                committed = committed or event["type"] in ("committed", "none")
                if committed:
                    signed.set()
        except ConnectionClosed:
            return session.close_code, token


async def crowd(served: Served) -> tuple[list[tuple[int, str | None]], float]:
    """Many live sessions, half-sent bodies and hung handshakes; then the service is told to end."""
    all_signed = [asyncio.Event() for _ in range(SESSIONS)]
    signers = [asyncio.create_task(signer(served, signed)) for signed in all_signed]
    async with asyncio.timeout(180):
        await asyncio.gather(*(signed.wait() for signed in all_signed))
    held = [raw(served, HALF) for _ in range(HUNG)]
    held += [raw(served, SHAKE % origin + b"\r\n") for origin in ORIGINS]
    held += [raw(served, SHAKE % b"http://localhost") for _ in range(HUNG)]  # the head has no end
    await asyncio.sleep(0.5)
    began = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(served.process.wait, 60)
    seconds = time.monotonic() - began
    ended = await asyncio.wait_for(asyncio.gather(*signers), 60)
    for connection in held:
        connection.close()
    return ended, seconds


async def resumed(served: Served, token: str) -> dict:
    """What a session hears that begins with a token."""
    async with connect(served.url.replace("http", "ws") + "/live", open_timeout=60) as session:
        await session.send(json.dumps({"type": "start", "token": token}))
        return json.loads(await session.recv())


@pytest.mark.slow
def test_sigterm_ends_it_within_ten_seconds_and_live_clients_take_their_phrase_along(tiny_model, tmp_path):
    environ = UNLIMITED | {
        "ISLR_MODEL_DIR": str(tiny_model),
        "ISLR_LIVE_THRESHOLD": "0",
        "ISLR_LIVE_PHRASE_PAUSE": "600",
        "ISLR_RESUME_SECRET": "shared",
        "ISLR_RESUME_SECONDS": "600",
    }
    with serve(tmp_path / "log", **environ) as served:
        served.wait("/readyz", 200)
        ended, seconds = asyncio.run(crowd(served))
    assert seconds < 10, served.tail()
    assert {code for code, _ in ended} == {1001}
    assert all(token for _, token in ended)
    assert "Traceback" not in (tmp_path / "log").read_text()
    with serve(tmp_path / "log2", **environ) as served:
        served.wait("/readyz", 200)
        ready = asyncio.run(resumed(served, ended[0][1]))
    assert (ready["type"], ready["resumed"]) == ("ready", True)


STUBBORN = """
import asyncio, signal
from bentos import stopping
async def main():
    signal.signal(signal.SIGTERM, lambda *_: print("server", flush=True))  # a server that waits for ever
    async def leave():
        print("leave", flush=True)
    stopping.before_the_server(leave, seconds=1.0)
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_a_process_that_does_not_end_is_ended():
    with subprocess.Popen([sys.executable, "-c", STUBBORN], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGTERM)
            assert process.stdout.read() == "leave\nserver\n"  # in this order, and then it is gone
            assert process.wait(60) == 1
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
