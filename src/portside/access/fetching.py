"""Fetching a small document from a URL that somebody else chose: bounded, and never from inside.

A URL that a user of the registry chose must not make the server knock at its own network (SSRF):
only ``https`` to addresses of the public Internet. The name is resolved once, and the connection
goes to the address that was checked. Redirects are not followed.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry, Timeout
from urllib3.exceptions import HTTPError

from portside.names.addresses import is_public

BYTES_MAX: Final = 256 * 1024
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
_URL_LENGTH_MAX: Final = 2048
_PIECE_BYTES: Final = 16_384


class FetchFailed(Exception):  # noqa: N818 - named for what it tells
    """The document could not be had; the message says why."""


Resolve = Callable[[str, int], Sequence[str]]
"""From a host and a port to its addresses; raises ``OSError`` where there is none."""


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine's resolver knows."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches JSON documents.

    One that is ``trusting`` takes URLs of the operator's: of any address, and plain ``http`` too.
    """

    trusting: bool = False
    find_addresses: Resolve = resolve

    def fetch_json(self, url: str) -> Any:
        """The document at this URL.

        Raises:
            FetchFailed: the URL is refused, or what it gives is no JSON of bounded size in time.
        """
        try:
            return json.loads(self._fetch(url))
        except (HTTPError, OSError) as error:
            raise FetchFailed(f"{url} cannot be fetched: {type(error).__name__}") from error
        except (ValueError, RecursionError) as error:
            raise FetchFailed(f"{url} is no JSON") from error

    def _fetch(self, url: str) -> bytes:
        parts = urlsplit(url)
        allowed = ("https", "http") if self.trusting else ("https",)
        if len(url) > _URL_LENGTH_MAX or parts.scheme not in allowed or not parts.hostname:
            raise FetchFailed(f"{url[:200]} is no URL that is fetched")
        if parts.username is not None or parts.password is not None:
            raise FetchFailed("a URL with a user in it is not fetched")
        host, tls = parts.hostname, parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        address = self._choose(host, port)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with _pool(host, address, port, tls=tls) as pool:
            return _read(pool, target, parts.netloc)

    def _choose(self, host: str, port: int) -> str:
        addresses = self.find_addresses(host, port)
        # One inside is enough to refuse: whoever rules the name could answer differently next.
        if not self.trusting and not all(map(is_public, addresses)):
            raise FetchFailed(f"{host} is not an address of the public Internet")
        if not addresses:
            raise FetchFailed(f"{host} has no address")
        return addresses[0]


def _pool(host: str, address: str, port: int, *, tls: bool) -> HTTPConnectionPool:
    timeout = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    if not tls:
        return HTTPConnectionPool(address, port, timeout=timeout, maxsize=1)
    return HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        maxsize=1,
        server_hostname=host,
        assert_hostname=host,
        cert_reqs="CERT_REQUIRED",
    )


def _read(pool: HTTPConnectionPool, target: str, host: str) -> bytes:
    response = pool.urlopen(
        "GET",
        target,
        headers={"host": host, "accept": "application/json"},
        retries=Retry(total=False),
        redirect=False,
        preload_content=False,
    )
    with response:
        if response.status != 200:
            raise FetchFailed(f"answered {response.status}")
        # Piece by piece as they come: a drip of bytes would keep a read's own limit at bay.
        end = time.monotonic() + TOTAL_SECONDS
        body = bytearray()
        while piece := response.read1(_PIECE_BYTES):
            body += piece
            if len(body) > BYTES_MAX:
                raise FetchFailed(f"is larger than {BYTES_MAX} bytes")
            if time.monotonic() > end:
                raise FetchFailed(f"takes longer than {TOTAL_SECONDS} seconds")
        return bytes(body)
