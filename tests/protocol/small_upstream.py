"""A tiny upstream registry for tests, with a token server, whose every answer can be made bad."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.protocol.pushing import digest_of

TOKEN = "token-of-the-small-upstream"  # noqa: S105 - made up for tests


@dataclass
class SmallUpstream:
    """What it has, what it wants, and what it was asked."""

    port: int = 0
    manifests: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    credentials: tuple[str, str] | None = None
    """With these it asks for a bearer token, which its own token server gives for them."""
    asked: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    interfere: Callable[[Any, str], bool] = field(default=lambda _handler, _path: False)
    """Answers instead of the upstream where it returns ``True``."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def push(self, repository: str, tag: str, body: bytes, *blobs: bytes) -> str:
        digest = digest_of(body)
        for reference in (tag, digest):
            self.manifests[f"{repository}/manifests/{reference}"] = body
        for blob in blobs:
            self.blobs[f"{repository}/blobs/{digest_of(blob)}"] = blob
        return digest

    def count(self, method: str, part: str) -> int:
        return len([one for one in self.asked if one.startswith(f"{method} ") and part in one])


def answer(handler: Any, status: int, body: bytes = b"", **headers: str) -> None:
    """Send a whole answer; underscores in header names stand for hyphens."""
    handler.send_response(status)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent.setdefault("content-length", str(len(body)))
    for name, value in sent.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def drip(handler: Any, body: bytes, seconds: float) -> None:
    """Send an answer so slowly that nobody should wait for it."""
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    for at in range(len(body)):
        handler.wfile.write(body[at : at + 1])
        handler.wfile.flush()
        time.sleep(seconds)


def _give_token(upstream: SmallUpstream, handler: Any) -> None:
    given = "{}:{}".format(*(upstream.credentials or ("", ""))).encode()
    right = f"Basic {base64.b64encode(given).decode()}"
    query = parse_qs(urlsplit(handler.path).query)
    if handler.headers.get("authorization") != right or query.get("service") != ["small"]:
        answer(handler, 401)
        return
    answer(handler, 200, json.dumps({"token": TOKEN, "expires_in": 300}).encode())


def _give_content(upstream: SmallUpstream, handler: Any, path: str) -> None:
    if path == "":
        answer(handler, 200, b"{}")
    elif path in upstream.manifests:
        body = upstream.manifests[path]
        media_type = json.loads(body).get("mediaType", "application/json")
        digest = digest_of(body)
        answer(handler, 200, body, content_type=media_type, docker_content_digest=digest)
    elif path in upstream.blobs:
        answer(handler, 200, upstream.blobs[path])
    else:
        answer(handler, 404, b"{}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: SmallUpstream

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        upstream = self.upstream
        authorization = self.headers.get("authorization") or ""
        upstream.asked.append(f"{self.command} {self.path}")
        upstream.authorizations.append(authorization)
        if upstream.interfere(self, path):
            return
        if path == "/token":
            _give_token(upstream, self)
        elif upstream.credentials and authorization != f"Bearer {TOKEN}":
            realm = f'Bearer realm="{upstream.url}/token",service="small"'
            answer(self, 401, www_authenticate=realm)
        else:
            _give_content(upstream, self, path.removeprefix("/v2/"))

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def small_upstream() -> Iterator[SmallUpstream]:
    """Serve one on a port of 127.0.0.1."""
    upstream = SmallUpstream()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"upstream": upstream})
    )
    server.daemon_threads = True
    upstream.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
