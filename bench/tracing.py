"""What tracing costs a manifest GET from memory: processor time a request, off, unsampled and on.

Run with ``python -m bench.tracing``. The application is called in this process, without a network,
so that nothing but its own work is measured; rounds of the three alternate.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from typing import Any

import httpx
from tests.live import LiveServer
from tests.protocol.pushing import Registry

from portside.server.application import Application
from portside.settings import resolve
from portside.web.board import Board
from portside.web.logs import configure_logs

REQUESTS = 3000
ROUNDS = 5
NOWHERE = "http://127.0.0.1:9"
WAYS: dict[str, dict[str, str]] = {
    "off": {},
    "on, none sampled": {"OTEL_TRACES_SAMPLER": "always_off", "PORTSIDE_OTLP_ENDPOINT": NOWHERE},
    "on, all sampled": {"OTEL_TRACES_SAMPLER": "always_on", "PORTSIDE_OTLP_ENDPOINT": NOWHERE},
}


async def measure(data: str, token: str) -> float:
    """Microseconds of processor time for each request of one process."""
    configure_logs("info", "text")
    application = Application(resolve({"data": data}).settings, Board(1))
    incoming: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outgoing: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    task = asyncio.create_task(application({"type": "lifespan"}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    await outgoing.get()
    scope = _scope(token)
    for _ in range(200):
        await application(scope, _receive, _send)
    began = time.process_time()
    for _ in range(REQUESTS):
        await application(scope, _receive, _send)
    spent = time.process_time() - began
    task.cancel()
    return spent / REQUESTS * 1e6


def _scope(token: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": "/v2/traced/manifests/latest",
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 4711),
        "headers": [(b"host", b"localhost"), (b"authorization", b"Basic " + token.encode())],
    }


async def _receive() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def _send(_message: dict[str, Any]) -> None:
    pass


def main() -> None:
    with LiveServer("--workers=1") as server:
        server.client("ecr").create_repository(repositoryName="traced")
        with httpx.Client(base_url=server.url, auth=server.auth()) as client:
            Registry(client, "traced").push("latest", b"layer")
        token = b64encode(":".join(server.auth()).encode()).decode()
        server.stop()
        found: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way, environment in WAYS.items():
                command = [sys.executable, "-m", "bench.tracing", str(server.data), token]
                done = subprocess.run(
                    command, env=os.environ | environment, capture_output=True, check=True
                )
                found[way].append(float(done.stdout))
    for way, times in found.items():
        print(f"{way}: {statistics.median(times):.1f} µs ({min(times):.1f} to {max(times):.1f})")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(asyncio.run(measure(*sys.argv[1:])))
        sys.stdout.flush()
        os._exit(0)  # what waits to be sent to nowhere is not waited for
    main()
