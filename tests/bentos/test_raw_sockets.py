"""A real service against whatever can be written to a socket. `ISLR_FUZZ_CASES`: how many conversations."""

import asyncio
import base64
import json
import os
import random
import struct
import sys
from collections import Counter

import numpy as np
import pytest

from bentos.http import bodies
from bentos.live import wire
from tests.bentos.live.streams import drawn_sign
from tests.bentos.serving import ROOT, UNLIMITED, serve

CASES = int(os.environ.get("ISLR_FUZZ_CASES", "2000"))
CLIENTS = 8
GROWTH = 50  # MB that a worker's memory may grow once it has seen a third of the cases
SIGN = list(drawn_sign(25, 0.8))
CLIP = json.dumps({"landmarks": np.round(np.nan_to_num(SIGN[:4], nan=0.5), 3).tolist()}).encode()
PATHS = (
    b"/predict",
    b"/embed",
    b"/translate",
    b"/feedback",
    b"/vocabulary",
    b"/metadata",
    b"/live",
    b"/",
    b"/%00",
    b"/web/..%2f",
)
ODD = (b"-1", b"0", b"99999999999", b"1e3", b"\xff", b"", b"chunked", b"gzip", b"text/html", b"http://[", b"x" * 9000)
HEADERS = (
    b"content-length",
    b"transfer-encoding",
    b"content-type",
    b"content-encoding",
    b"host",
    b"origin",
    b"expect",
    b"upgrade",
)


def spoiled(content: bytes, chance: random.Random) -> bytes:
    """Cut, flipped, repeated, or with a pile of brackets in the midst."""
    at = chance.randrange(len(content) + 1)
    how = chance.randrange(5)
    if how == 0:
        return content[:at]
    if how == 1:
        return content[:at] + chance.randbytes(8) + content[at:]
    if how == 2:
        return (
            content[:at]
            + chance.choice((b"[", b'{"a":', b"[],", b"1e9,")) * chance.choice((10, 5_000, 400_000))
            + content[at:]
        )
    return content if how == 3 else content * 2


def request(chance: random.Random) -> bytes:
    """A request, its body, headers or framing mostly wrong."""
    body = spoiled(
        chance.choice((CLIP, b'{"candidates": [[{"gloss": "book", "score": 1}]]}', b"[]", SIGN[0].tobytes())), chance
    )
    headers = {
        b"host": b"localhost",
        b"content-type": chance.choice((b"application/json", *map(str.encode, bodies.MEDIA_TYPES))),
    }
    chunked = chance.random() < 0.3
    headers |= {b"transfer-encoding": b"chunked"} if chunked else {b"content-length": b"%d" % len(body)}
    if chance.random() < 0.4:
        headers[chance.choice(HEADERS)] = chance.choice(ODD)
    head = b"%s %s HTTP/1.1\r\n" % (chance.choice((b"POST", b"POST", b"GET", b"PUT", b"\x00")), chance.choice(PATHS))
    if chunked:
        sizes = (b"%x" % len(body), b"-1", b"fffffffffffffff", b"zz") if chance.random() < 0.3 else (b"%x" % len(body),)
        body = b"%s\r\n%s\r\n0\r\n\r\n" % (chance.choice(sizes), body)
    return head + b"".join(b"%s: %s\r\n" % pair for pair in headers.items()) + b"\r\n" + body


def frame(opcode: int, content: bytes, chance: random.Random) -> bytes:
    """A frame of a WebSocket, now and then without its mask or with a length that is not true."""
    size = len(content) if chance.random() < 0.9 else chance.choice((0, 2**16, 2**40, 2**63))
    masked = 0x80 if chance.random() < 0.95 else 0
    return struct.pack(">BBQ", 0x80 | opcode, masked | 127, size) + (b"\0\0\0\0" if masked else b"") + content


def session(chance: random.Random) -> bytes:
    """A handshake of /live, and what is written after it without waiting for an answer."""
    head = {
        b"host": b"localhost",
        b"upgrade": b"websocket",
        b"connection": b"upgrade",
        b"sec-websocket-version": b"13",
        b"sec-websocket-key": base64.b64encode(chance.randbytes(16)),
    }
    if chance.random() < 0.3:
        head[chance.choice((*head, b"origin", b"sec-websocket-extensions"))] = chance.choice(ODD)
    said = b"GET /live HTTP/1.1\r\n" + b"".join(b"%s: %s\r\n" % pair for pair in head.items()) + b"\r\n"
    for i in range(chance.randrange(12)):
        text = chance.choice(
            (b'{"type": "start", "threshold": 0}', b'{"type": "choose"}', b'{"type": "ping"}', b"{", b"\xff")
        )
        landmarks = wire.encode_frame(i / 25, SIGN[i % len(SIGN)])
        opcode, content = chance.choice(
            ((1, text), (2, landmarks), (2, spoiled(landmarks, chance)), (9, b""), (3, b"x"))
        )
        said += frame(opcode, content, chance)
    return said


async def converse(port: int, chance: random.Random) -> bytes:
    """What the service says to one conversation; b"" where the client does not wait for it."""
    said = chance.choice((request, request, session, lambda c: c.randbytes(c.randrange(300))))(chance)
    if chance.random() < 0.2:
        said = said[: chance.randrange(len(said) + 1)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    heard = b""
    try:
        writer.write(said)
        if chance.random() < 0.8:  # the others hang up at once
            async with asyncio.timeout(chance.choice((0.05, 0.5))):
                await writer.drain()
                heard = await reader.readuntil(b"\r\n\r\n")
                heard += await reader.read(2**16)
    except (TimeoutError, ConnectionError):
        pass
    except asyncio.IncompleteReadError as error:
        heard = error.partial
    writer.transport.abort() if chance.random() < 0.5 else writer.close()
    return heard


async def crowd(port: int, seeds: range, heads: Counter[bytes]) -> list[tuple[int, bytes]]:
    """The conversations that the service answered wrongly, by their seeds; `heads` counts the status codes of all."""
    wrong, waiting = [], iter(seeds)

    async def client() -> None:
        for seed in waiting:
            heard = await converse(port, random.Random(seed))
            heads[heard[9:12]] += 1
            if heard.startswith(b"HTTP/1.1 5") or b"Traceback" in heard:
                wrong.append((seed, heard[:300]))

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return wrong


@pytest.mark.slow
def test_no_answer_fails_no_process_is_lost_and_memory_stays_flat(tmp_path):
    environ = UNLIMITED | {"ISLR_MODEL_DIR": str(ROOT / "data/base")}
    heads: Counter[bytes] = Counter()
    with serve(tmp_path / "log", **environ) as served:
        served.wait("/readyz", 200)
        wrong = asyncio.run(crowd(served.port, range(CASES // 3), heads))
        before = served.memory()  # by now the process that tried the version has ended
        wrong += asyncio.run(crowd(served.port, range(CASES // 3, CASES), heads))
        after = served.memory()
        assert served.wait("/readyz", 200)
    sys.stdout.write(f"{dict(heads)}; MB before: {before}, after: {after}\n")
    assert wrong == []
    assert min(heads[code] for code in (b"101", b"200", b"400", b"413", b"422")) > CASES / 500, heads
    assert set(after) == set(before)
    assert all(after[pid] - before[pid] <= GROWTH for pid in before)
    assert "Traceback" not in (tmp_path / "log").read_text()
