"""A light load generator: keep-alive connections, bodies serialised beforehand, its own CPU told apart."""

import asyncio
import resource
import time
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """What one run of load gave; times in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p95: float
    p99: float
    failed: int
    own_cpu: float

    def row(self) -> dict[str, float]:
        """For a table."""
        return {key: round(value, 2) for key, value in vars(self).items()}


def request(path: str, content: bytes, media_type: str) -> bytes:
    """A whole HTTP request."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media_type}\r\n"
    return f"{head}content-length: {len(content)}\r\n\r\n".encode() + content


async def _client(port: int, message: bytes, until: float, times: list[float], failures: list[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        body = await reader.readexactly(length)
        if b" 200 " in head[:20]:
            times.append(time.perf_counter() - began)
        else:
            failures.append(body.decode()[:200])
    writer.close()


def load(port: int, message: bytes, clients: int, seconds: float) -> Outcome:
    """Send one request over and over from several clients."""
    times: list[float] = []
    failures: list[str] = []

    async def run() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_client(port, message, until, times, failures) for _ in range(clients)))

    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    asyncio.run(run())
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    p50, p95, p99 = np.percentile(times, [50, 95, 99]) * 1e3 if times else (np.nan,) * 3
    return Outcome(len(times), len(times) / took, p50, p95, p99, len(failures), cpu / took)
