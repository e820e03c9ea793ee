"""kill -9 at random moments of pushes: nothing acknowledged is lost, nothing half-written shows."""

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import OCI_MANIFEST, digest_of, manifest_of

KILLS = int(os.environ.get("PORTSIDE_KILLS", "200"))
PUSHERS = 3
REPOSITORY = "faults/kill"


@dataclass
class Ledger:
    """What the server acknowledged, and what was on its way when it died."""

    tags: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    uncertain: dict[str, bytes] = field(default_factory=dict)


class Pusher:
    """Pushes images one after another until the server is gone, and keeps the ledger."""

    def __init__(self, http: httpx.Client, name: str, seed: int) -> None:
        self.http = http
        self.name = name
        self.random = random.Random(seed)
        self.ledger = Ledger()
        self.count = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.push_one()
            except httpx.TransportError:
                return

    def push_one(self) -> None:
        self.count += 1
        layers = [self.random.randbytes(self.random.choice([10, 4_000, 300_000])) for _ in range(2)]
        for blob in (b"{}", *layers):
            self.put_blob(blob)
        tag = f"{self.name}-{self.count % 7}"
        body = manifest_of(b"{}", *layers, annotations={"n": str(self.count)})
        self.ledger.uncertain[tag] = body
        path = f"/v2/{REPOSITORY}/manifests/{tag}"
        answer = self.http.put(path, content=body, headers={"content-type": OCI_MANIFEST})
        assert answer.status_code == 201, answer.text
        self.ledger.tags[tag] = self.ledger.uncertain.pop(tag)

    def put_blob(self, blob: bytes) -> None:
        digest = digest_of(blob)
        uploads = f"/v2/{REPOSITORY}/blobs/uploads/"
        if self.random.random() < 0.5:
            answer = self.http.post(f"{uploads}?digest={digest}", content=blob)
        else:
            location = self.http.post(uploads).headers["location"]
            middle = len(blob) // 2
            assert self.http.patch(location, content=blob[:middle]).status_code == 202
            answer = self.http.put(f"{location}?digest={digest}", content=blob[middle:])
        assert answer.status_code == 201, answer.text
        self.ledger.blobs[digest] = blob


def check_whole(http: httpx.Client, ledger: Ledger) -> None:
    """Every acknowledged image pulls bit for bit; a tag shows what was acknowledged or asked."""
    for tag, body in ledger.tags.items():
        pulled = http.get(f"/v2/{REPOSITORY}/manifests/{tag}")
        assert pulled.status_code == 200, (tag, pulled.text)
        assert pulled.content in (body, ledger.uncertain.get(tag)), tag
        for layer in json.loads(pulled.content)["layers"]:
            answer = http.get(f"/v2/{REPOSITORY}/blobs/{layer['digest']}")
            assert answer.status_code == 200, (tag, layer)
            assert digest_of(answer.content) == layer["digest"]
    for digest, blob in ledger.blobs.items():
        answer = http.get(f"/v2/{REPOSITORY}/blobs/{digest}")
        assert answer.content == blob, digest


def check_nothing_half_written(live: LiveServer, http: httpx.Client) -> None:
    """Whatever is listed can be pulled whole, and each file is what its name says."""
    listed = http.get(f"/v2/{REPOSITORY}/tags/list").json()["tags"]
    for tag in listed:
        body = http.get(f"/v2/{REPOSITORY}/manifests/{tag}").content
        for blob in (json.loads(body)["config"], *json.loads(body)["layers"]):
            held = http.head(f"/v2/{REPOSITORY}/blobs/{blob['digest']}")
            assert held.headers["content-length"] == str(blob["size"]), (tag, blob)
    for path in (live.data / "blobs" / "sha256").rglob("*"):
        if path.is_file():
            assert digest_of(path.read_bytes()) == f"sha256:{path.name}"


@pytest.fixture
def live() -> Iterator[LiveServer]:
    with LiveServer("--workers", "2") as server:
        server.client("ecr").create_repository(repositoryName=REPOSITORY)
        yield server


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_kill_at_random_points(live: LiveServer) -> None:
    """As many kills as PORTSIDE_KILLS says, 200 by default, under three pushing clients."""
    chance = random.Random(20_261_124)
    auth = live.auth()
    acknowledged = 0
    for round_number in range(KILLS):
        clients = [httpx.Client(base_url=live.url, auth=auth, timeout=30) for _ in range(PUSHERS)]
        pushers = [
            Pusher(client, f"r{round_number % 5}-p{n}", round_number * 10 + n)
            for n, client in enumerate(clients)
        ]
        stop = threading.Event()
        with ThreadPoolExecutor(PUSHERS) as pool:
            running = [pool.submit(pusher.run, stop) for pusher in pushers]
            time.sleep(chance.uniform(0.005, 0.15))
            live.kill()
            stop.set()
            for future in running:
                future.result(timeout=60)
        for client in clients:
            client.close()
        live.start()
        with httpx.Client(base_url=live.url, auth=auth, timeout=30) as http:
            for pusher in pushers:
                check_whole(http, pusher.ledger)
                acknowledged += len(pusher.ledger.blobs) + len(pusher.ledger.tags)
            if round_number % 50 == 49:
                check_nothing_half_written(live, http)
    with httpx.Client(base_url=live.url, auth=auth, timeout=30) as http:
        check_nothing_half_written(live, http)
    assert acknowledged > KILLS, "the kills came before anything was pushed"
    print(f"{KILLS} kills, {acknowledged} acknowledged blobs and tags all whole")
