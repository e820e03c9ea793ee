"""HTTP requests to upstream registries: bounded in time, size and redirects, to checked addresses.

Everything here blocks; it runs in threads of its own.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from portside.registry.upstreams import Endpoint, UpstreamUnavailable, parse_endpoint
from portside.services.upstreams.addresses import (
    AddressRefused,
    Resolve,
    choose_address,
    look_up,
)

REDIRECTS_MAX: Final = 5
PIECE_BYTES: Final = 256 * 1024
CONNECT_SECONDS: Final = 10.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AGENT: Final = "portside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask for. ``is_trusted``: of a registry that the operator of this server named."""

    method: str
    url: str
    headers: Mapping[str, str]
    is_trusted: bool
    seconds_max: float
    body: bytes | None = None


class Answered:
    """An answer whose body is still to be read; whoever got it closes it."""

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        pool: urllib3.HTTPConnectionPool,
        deadline: float,
        upstream: str,
    ) -> None:
        self._response = response
        self._pool = pool
        self._deadline = deadline
        self._upstream = upstream
        self.status = response.status

    def header(self, name: str) -> str | None:
        """A header's value, or ``None``."""
        return self._response.headers.get(name)

    def headers(self, name: str) -> list[str]:
        """All values of a header."""
        return list(self._response.headers.getlist(name))

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes.

        Raises:
            UpstreamUnavailable: it takes too long, or ends early.
        """
        while True:
            if monotonic() > self._deadline:
                raise UpstreamUnavailable(self._upstream, "it takes too long")
            try:
                piece = self._response.read1(PIECE_BYTES)
            except (HTTPError, OSError) as error:
                raise UpstreamUnavailable(self._upstream, _reason(error)) from error
            if not piece:
                return
            yield piece

    def read(self, limit_bytes: int) -> bytes:
        """The whole body.

        Raises:
            UpstreamUnavailable: it is larger than the limit, or as :meth:`pieces`.
        """
        pieces: list[bytes] = []
        size = 0
        for piece in self.pieces():
            size += len(piece)
            if size > limit_bytes:
                raise UpstreamUnavailable(
                    self._upstream, f"it answers with more than {limit_bytes} bytes"
                )
            pieces.append(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()
        self._pool.close()


class Exchanges:
    """Sends requests. ``allowed`` are the endpoints that the operator of this server named."""

    def __init__(
        self,
        allowed: Collection[Endpoint],
        *,
        ca_file: Path | None,
        read_seconds: float,
        resolve: Resolve = look_up,
    ) -> None:
        self._allowed = frozenset(allowed)
        self._tls = ssl.create_default_context()
        if ca_file is not None:
            self._tls.load_verify_locations(cafile=ca_file)
        self._read_seconds = read_seconds
        self._resolve = resolve

    def send(self, request: Request) -> Answered:
        """The answer to a request, after redirects; credentials do not follow to other hosts.

        Raises:
            UpstreamUnavailable: the host cannot be reached or may not be, or redirects too often.
        """
        deadline = monotonic() + request.seconds_max
        url, headers = request.url, dict(request.headers)
        for _ in range(REDIRECTS_MAX + 1):
            endpoint = _endpoint(url)
            answered = self._send_once(request, url, endpoint, headers, deadline)
            location = answered.header("location")
            follows = answered.status in _REDIRECTS and request.body is None
            if not follows or not location:
                return answered
            answered.close()
            url = urljoin(url, location)
            if _endpoint(url) != endpoint:
                headers.pop("authorization", None)
        raise UpstreamUnavailable(str(_endpoint(request.url)), "it redirects too often")

    def _send_once(
        self,
        request: Request,
        url: str,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Answered:
        upstream = str(endpoint)
        left = deadline - monotonic()
        if left <= 0:
            raise UpstreamUnavailable(upstream, "it takes too long")
        parts = urlsplit(url)
        target = parts.path or "/"
        if parts.query:
            target = f"{target}?{parts.query}"
        try:
            pool = self._pool(endpoint, request.is_trusted, left)
            response = pool.urlopen(
                request.method,
                target,
                body=request.body,
                headers={
                    "host": upstream.partition("://")[2],
                    "user-agent": _AGENT,
                    "accept-encoding": "identity",
                    **headers,
                },
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
        except AddressRefused as error:
            raise UpstreamUnavailable(upstream, str(error)) from error
        except (HTTPError, OSError, UnicodeError) as error:
            raise UpstreamUnavailable(upstream, _reason(error)) from error
        return Answered(response, pool, deadline, upstream)

    def _pool(
        self, endpoint: Endpoint, is_trusted: bool, left: float
    ) -> urllib3.HTTPConnectionPool:
        address = choose_address(
            endpoint, allowed=self._allowed, is_trusted=is_trusted, resolve=self._resolve
        )
        timeout = urllib3.Timeout(
            connect=min(CONNECT_SECONDS, left), read=min(self._read_seconds, left)
        )
        if endpoint.scheme == "http":
            return urllib3.HTTPConnectionPool(address, endpoint.port, timeout=timeout)
        # Connected by the address that was checked, verified by the name that was meant.
        name = endpoint.host.strip("[]")
        return urllib3.HTTPSConnectionPool(
            address,
            endpoint.port,
            timeout=timeout,
            ssl_context=self._tls,
            server_hostname=name,
            assert_hostname=name,
        )


def _endpoint(url: str) -> Endpoint:
    try:
        parts = urlsplit(url)
        # A name with credentials, or of another kind of URL, is no endpoint's either.
        return parse_endpoint(f"{parts.scheme}://{parts.netloc}")[1]
    except ValueError as error:
        raise UpstreamUnavailable(url[:200], "it redirects to what is no web address") from error


def _reason(error: BaseException) -> str:
    """What went wrong, without what only this server's operator should see (addresses, paths)."""
    text = f"{type(error).__name__} {error}".lower()
    for word, said in (
        ("certificate", "its certificate cannot be verified"),
        ("timeout", "it takes too long"),
        ("timed out", "it takes too long"),
        ("incomplete", "it ends early"),
        ("refused", "it refuses the connection"),
        ("resol", "its name cannot be resolved"),
        ("name or service", "its name cannot be resolved"),
        ("ssl", "no secure connection can be made"),
    ):
        if word in text:
            return said
    return "it cannot be reached"
