"""What a layer of 256 MiB costs in a folder and in a bucket: push, pull by redirect and by proxy.

Run with ``python -m bench.buckets``. The S3 server is Versity's gateway on the same machine and
disk, so only the ratios tell something; the ways alternate. Server processor time is that of
Portside alone.
"""

import hashlib
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
from tests.live import LiveServer
from tests.stores.s3 import S3Server

SIZE = 256 * 1024 * 1024
ROUNDS = 3
NAME = "buckets"


def processor_seconds(live: LiveServer) -> float:
    tree = psutil.Process(live.pid)
    times = [process.cpu_times() for process in (tree, *tree.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 1024 * 1024):
        yield content[start : start + 1024 * 1024]


def measure(live: LiveServer, http: httpx.Client) -> dict[str, tuple[float, float]]:
    """Seconds, and processor seconds of the server, of one push and one pull."""
    content = os.urandom(SIZE)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    found = {}
    before, began = processor_seconds(live), time.perf_counter()
    location = http.post(f"/v2/{NAME}/blobs/uploads/").headers["location"]
    length = {"content-length": str(SIZE)}
    http.patch(location, content=pieces(content), headers=length).raise_for_status()
    http.put(f"{location}?digest={digest}").raise_for_status()
    found["push"] = (time.perf_counter() - began, processor_seconds(live) - before)
    before, began = processor_seconds(live), time.perf_counter()
    size = 0
    path = f"/v2/{NAME}/blobs/{digest}"
    with http.stream("GET", path, follow_redirects=True) as answer:
        for piece in answer.iter_raw(1024 * 1024):
            size += len(piece)
    if size != SIZE:
        raise RuntimeError(f"{size} bytes came")
    found["pull"] = (time.perf_counter() - began, processor_seconds(live) - before)
    return found


def main() -> None:
    with ExitStack() as stack:
        bucket = S3Server()
        stack.callback(bucket.close)
        bucket.start()
        ways: dict[str, dict[str, str]] = {"folder": {}} | {
            f"bucket, {delivery}": bucket.settings(PORTSIDE_BLOB_DELIVERY=delivery)
            for delivery in ("redirect", "proxy")
        }
        servers = {
            way: stack.enter_context(LiveServer("--workers=1", env=settings))
            for way, settings in ways.items()
        }
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for live in servers.values():
            live.client("ecr").create_repository(repositoryName=NAME)
        for _ in range(ROUNDS):
            for way, live in servers.items():
                with httpx.Client(base_url=live.url, auth=live.auth(), timeout=600) as http:
                    for what, seconds in measure(live, http).items():
                        found.setdefault((way, what), []).append(seconds)
    for (way, what), times in found.items():
        took, worked = (statistics.median(one) for one in zip(*times, strict=True))
        print(f"{way}, {what}: {took:.2f} s, {worked:.2f} s of the server's processor")


if __name__ == "__main__":
    main()
