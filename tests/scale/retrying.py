"""A client that tries again, as docker, containerd and the AWS SDKs do, and keeps a ledger."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import httpx
from tests.protocol.pushing import OCI_MANIFEST, digest_of, manifest_of

TRIES_MAX = 100
PAUSE_SECONDS = 0.25
T = TypeVar("T")
_LATER = frozenset({429, 502, 503, 504})


class Again(Exception):  # noqa: N818 - named for what it tells
    """Something stood in the way that another try may not meet."""


@dataclass
class Ledger:
    """What was acknowledged, and how often it took another try."""

    tags: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    tries_again: int = 0
    pulls: int = 0


class RetryingClient:
    """Pushes and pulls through a proxy until it is told to stop; fails only after many tries."""

    def __init__(self, url: str, auth: tuple[str, str], name: str, seed: int) -> None:
        self._http = httpx.Client(base_url=url, auth=auth, timeout=30)
        self._name = name
        self._random = random.Random(seed)
        self._count = 0
        self.ledger = Ledger()

    def run(self, stop: threading.Event) -> Ledger:
        """Push an image and pull it, again and again."""
        with self._http:
            while not stop.is_set():
                self.push_and_pull()
                # The nodes that start meanwhile want the processor, too.
                time.sleep(PAUSE_SECONDS)
        return self.ledger

    def push_and_pull(self) -> None:
        """One image: two layers, in one and in several requests, then its manifest by tag."""
        self._count += 1
        layers = [self._random.randbytes(self._random.choice((20, 5_000, 200_000))) for _ in "ab"]
        for blob in (b"{}", *layers):
            self._try(partial(self._push_blob, blob))
        tag = f"t{self._random.randrange(10**9)}"
        body = manifest_of(b"{}", *layers, annotations={"n": str(self._count)})
        self._try(lambda: self._push_manifest(tag, body))
        assert self._try(lambda: self._get(f"manifests/{tag}")) == body
        assert self._try(lambda: self._get(f"blobs/{digest_of(layers[0])}")) == layers[0]
        self.ledger.pulls += 2

    def _try(self, step: Callable[[], T]) -> T:
        for _ in range(TRIES_MAX):
            try:
                return step()
            except (Again, httpx.TransportError):
                self.ledger.tries_again += 1
                time.sleep(PAUSE_SECONDS)
        return step()

    def _push_blob(self, blob: bytes) -> None:
        # From the beginning each time, as docker does with a layer.
        digest = digest_of(blob)
        answer = self._ask("POST", "blobs/uploads/", 202)
        location = answer.headers["location"]
        middle = len(blob) // 2
        answer = self._ask("PATCH", location, 202, content=blob[:middle])
        path = f"{location}?digest={digest}"
        self._ask("PUT", path, 201, content=blob[middle:])
        self.ledger.blobs[digest] = blob

    def _push_manifest(self, tag: str, body: bytes) -> None:
        headers = {"content-type": OCI_MANIFEST}
        self._ask("PUT", f"manifests/{tag}", 201, content=body, headers=headers)
        self.ledger.tags[tag] = body

    def _get(self, path: str) -> bytes:
        return self._ask("GET", path, 200).content

    def _ask(self, method: str, path: str, expected: int, **options: object) -> httpx.Response:
        path = path if path.startswith("/") else f"/v2/{self._name}/{path}"
        answer = self._http.request(method, path, **options)  # type: ignore[arg-type]  # httpx's own
        if answer.status_code in _LATER:
            raise Again(f"{method} {path}: {answer.status_code}")
        assert answer.status_code == expected, (method, path, answer.status_code, answer.text)
        return answer


def check_nothing_lost(http: httpx.Client, name: str, ledger: Ledger) -> None:
    """Every acknowledged image and blob is there, bit for bit."""
    needed = set(ledger.blobs)
    for tag, body in ledger.tags.items():
        answer = http.get(f"/v2/{name}/manifests/{tag}")
        assert answer.content == body, (tag, answer.status_code)
        needed.update(layer["digest"] for layer in json.loads(body)["layers"])
    for digest in needed:
        assert digest_of(http.get(f"/v2/{name}/blobs/{digest}").content) == digest
