"""Collecting beside a server that is pushed to, and dying while collecting."""

import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import OCI_MANIFEST, Registry, digest_of, manifest_of

from portside.server.beside import beside
from portside.services.leases import LeaseHeld
from portside.settings import resolve

SECONDS = float(os.environ.get("PORTSIDE_COLLECT_SECONDS", "8"))
GRACE = timedelta(seconds=0.2)
REPOSITORY = "faults/collect"
LAYERS = [f"shared layer {number} ".encode() * 1000 for number in range(6)]


def gc(server: LiveServer, *options: str) -> str:
    command = [str(PORTSIDE), "gc", "--data", str(server.data), *options]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=clean_environment(**server.env)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def connect(server: LiveServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, auth=server.auth(), timeout=30)


class Pusher:
    """Pushes and deletes images of shared layers; knows what was acknowledged."""

    def __init__(self, http: httpx.Client, name: str) -> None:
        self.registry = Registry(http, REPOSITORY)
        self.random = random.Random(name)
        self.name = name
        self.images: dict[str, list[bytes]] = {}
        self.tried = self.pushed = self.lost = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if self.images and self.random.random() < 0.5:
                self.delete()
            else:
                self.push()

    def push(self) -> None:
        self.tried += 1
        own = f"{self.name} {self.tried}".encode()
        layers = [*self.random.sample(LAYERS, 2), own]
        # As clients do: what is there is not uploaded again.
        for layer in (b"{}", *layers):
            if self.registry.request("HEAD", f"blobs/{digest_of(layer)}").status_code != 200:
                self.registry.put_blob(layer)
        body = manifest_of(b"{}", *layers, annotations={"of": own.decode()})
        answer = self.registry.put_manifest(digest_of(body), body)
        if answer.status_code == 201:
            self.pushed += 1
            self.images[digest_of(body)] = layers
        else:
            # Collected between the question and the manifest, as there is nearly no grace.
            assert answer.status_code == 400, answer.text
            assert answer.json()["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN"
            self.lost += 1

    def delete(self) -> None:
        digest = self.random.choice(sorted(self.images))
        assert self.registry.request("DELETE", f"manifests/{digest}").status_code == 202
        del self.images[digest]

    def check(self) -> None:
        for digest, layers in self.images.items():
            answer = self.registry.request(
                "GET", f"manifests/{digest}", headers={"accept": OCI_MANIFEST}
            )
            assert digest_of(answer.content) == digest
            for layer in layers:
                assert self.registry.request("GET", f"blobs/{digest_of(layer)}").content == layer


def files(data: Path) -> set[str]:
    return {path.name for path in (data / "blobs" / "sha256").rglob("*") if path.is_file()}


def test_collecting_beside_pushes() -> None:
    """With nearly no grace: what was acknowledged can be pulled bit for bit, the rest goes."""
    with LiveServer() as server, contextlib.ExitStack() as clients:
        server.client("ecr").create_repository(repositoryName=REPOSITORY)
        pushers = [Pusher(clients.enter_context(connect(server)), f"p{n}") for n in range(3)]
        stop = threading.Event()
        threads = [threading.Thread(target=pusher.run, args=(stop,)) for pusher in pushers]
        for thread in threads:
            thread.start()
        end = time.monotonic() + SECONDS
        collections = freed = 0
        settings = resolve({"data": str(server.data)}, {}).settings
        with beside(settings) as services:
            while time.monotonic() < end:
                with contextlib.suppress(LeaseHeld):
                    freed += services.collection.collect(GRACE).blobs
                    collections += 1
        stop.set()
        for thread in threads:
            thread.join()
        assert collections > 10
        assert freed > 0
        assert sum(pusher.pushed for pusher in pushers) > 10
        for pusher in pushers:
            pusher.check()
        told = gc(server, "--grace", "0")
        assert re.match(r"freed [0-9.]+ [KMG]?i?B \(\d+ bytes\) in \d+ blobs", told)
        needed = {
            digest_of(layer).removeprefix("sha256:")
            for pusher in pushers
            for layers in pusher.images.values()
            for layer in (b"{}", *layers)
        }
        assert files(server.data) == needed


@pytest.mark.parametrize("seed", range(3))
def test_kill_while_collecting(seed: int) -> None:
    """kill -9 during a collection: no image loses a blob, and the next collection ends the work."""
    with LiveServer() as server, connect(server) as http:
        server.client("ecr").create_repository(repositoryName=REPOSITORY)
        registry = Registry(http, REPOSITORY)
        kept = registry.push("kept", b"needed")
        for number in range(150):
            registry.put_blob(f"garbage {number}".encode())
        command = [str(PORTSIDE), "gc", "--data", str(server.data), "--grace", "0"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean_environment(**server.env),
        )
        while process.poll() is None and len(files(server.data)) > 140 - seed * 40:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        gc(server, "--grace", "0")
        assert len(files(server.data)) == 2
        assert registry.request("GET", "manifests/kept").content == kept
        assert registry.request("GET", f"blobs/{digest_of(b'needed')}").content == b"needed"
