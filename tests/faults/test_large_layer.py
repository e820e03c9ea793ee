"""A layer of 5 GiB goes in and out while the worker's memory hardly grows."""

import hashlib
import threading
from collections.abc import Iterator
from typing import Self

import httpx
import psutil
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry

GIB = 1024**3
SIZE = 5 * GIB
GROWTH_MAX = 64 * 1024**2
NAME = "faults/large"
PIECE = bytes(range(256)) * 4096


def pieces(size: int = SIZE) -> Iterator[bytes]:
    for n in range(size // len(PIECE)):
        yield n.to_bytes(8, "big") + PIECE[8:]


class MemoryWatch:
    """The largest growth of any process of the server while it is held."""

    def __init__(self, live: LiveServer) -> None:
        tree = psutil.Process(live.pid)
        self.processes = [tree, *tree.children(recursive=True)]
        self.before = {process.pid: process.memory_info().rss for process in self.processes}
        self.growth = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self) -> None:
        while not self.done.wait(0.05):
            for process in self.processes:
                now = process.memory_info().rss
                self.growth = max(self.growth, now - self.before[process.pid])

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()


@pytest.mark.slow
def test_five_gibibytes_in_constant_memory() -> None:
    hasher = hashlib.sha256()
    for piece in pieces():
        hasher.update(piece)
    digest = f"sha256:{hasher.hexdigest()}"
    with LiveServer() as live:
        live.client("ecr").create_repository(repositoryName=NAME)
        with httpx.Client(base_url=live.url, auth=live.auth(), timeout=600) as http:
            repo = Registry(http, NAME)
            repo.put_blob(b"warm")
            location = repo.start()
            with MemoryWatch(live) as memory:
                assert http.patch(location, content=pieces()).status_code == 202
                assert http.put(f"{location}?digest={digest}").status_code == 201
                pulled = hashlib.sha256()
                with http.stream("GET", f"/v2/{NAME}/blobs/{digest}") as answer:
                    for piece in answer.iter_bytes(1024 * 1024):
                        pulled.update(piece)
                headers = {"range": f"bytes=1-{SIZE - 2}"}
                size = 0
                with http.stream("GET", f"/v2/{NAME}/blobs/{digest}", headers=headers) as answer:
                    for piece in answer.iter_bytes(1024 * 1024):
                        size += len(piece)
    assert f"sha256:{pulled.hexdigest()}" == digest
    assert size == SIZE - 2
    assert memory.growth < GROWTH_MAX, f"grew by {memory.growth / 1024**2:.0f} MiB"
    print(f"memory grew by {memory.growth / 1024**2:.1f} MiB at most")
