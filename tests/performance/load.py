"""Loads an address on the loopback interface with one request over and over, and measures."""
# SPDX-License-Identifier: Apache-2.0

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

PATH = "/v1/decisions"
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_SCRIPT = """
wrk.method = "POST"
local file = io.open("{body}", "rb"); wrk.body = file:read("*a"); file:close()
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: answers per second, the 99th percentile in milliseconds, refusals."""

    rps: float
    p99_ms: float
    refused: int


def generator() -> str:
    """Return which generator there is."""
    return "wrk" if shutil.which("wrk") else "asyncio"


def load(port: int, body: bytes, key: str, *, seconds: float, connections: int) -> Load:
    """Post `body` to the decision point from `connections` connections for `seconds`."""
    measure = _wrk if generator() == "wrk" else _own
    return measure(port, body, key, seconds=seconds, connections=connections)


def _wrk(port: int, body: bytes, key: str, *, seconds: float, connections: int) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "body").write_bytes(body)
        script = Path(folder) / "post.lua"
        script.write_text(_SCRIPT.format(body=Path(folder) / "body", key=key), encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency"]
        command += ["-s", str(script), f"http://127.0.0.1:{port}{PATH}"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rps = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+)", text)
    if rps is None or p99 is None:
        raise RuntimeError(f"wrk said something else:\n{text}")
    failures = int(refused[1]) if refused else 0
    failures += sum(map(int, broken.groups())) if broken else 0
    return Load(float(rps[1]), float(p99[1]) * _UNITS_MS[p99[2]], failures)


def _own(port: int, body: bytes, key: str, *, seconds: float, connections: int) -> Load:
    """Do without wrk: less load, since Python makes it, so the figures are lower bounds."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    counted = _Counted(head.encode() + body, time.monotonic() + seconds)
    started = time.monotonic()
    asyncio.run(_connections(port, counted, connections))
    elapsed = time.monotonic() - started
    times = sorted(counted.times) or [0.0]
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    return Load(len(counted.times) / elapsed, p99 * 1000, counted.refused)


@dataclass(slots=True)
class _Counted:
    request: bytes
    until: float
    times: list[float] = field(default_factory=list)
    refused: int = 0


async def _connections(port: int, counted: _Counted, count: int) -> None:
    await asyncio.gather(*(_connection(port, counted) for _ in range(count)))


async def _connection(port: int, counted: _Counted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (sent := time.monotonic()) < counted.until:
        writer.write(counted.request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        counted.times.append(time.monotonic() - sent)
        counted.refused += not head.startswith(b"HTTP/1.1 2")
    writer.close()
    await writer.wait_closed()
