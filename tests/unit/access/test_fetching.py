"""Fetching from others' URLs: never from inside the network, never much, never for long."""

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portside.access.fetching import BYTES_MAX, Fetcher, FetchFailed

PAGES = {
    "/good?a=b": (200, b'{"a": 1}'),
    "/bad": (200, b"{"),
    "/deep": (200, b"[" * 100_000),
    "/large": (200, b'"' + b"x" * BYTES_MAX + b'"'),
    "/gone": (404, b"{}"),
    "/moved": (302, b"{}"),
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = PAGES[self.path]
        self.send_response(status)
        self.send_header("location", "/good?a=b")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_operators_urls_may_be_inside(url: str) -> None:
    assert Fetcher(trusting=True).fetch_json(f"{url}/good?a=b") == {"a": 1}


@pytest.mark.parametrize("page", ["bad", "deep", "large", "gone", "moved"])
def test_what_is_no_json_of_bounded_size(url: str, page: str) -> None:
    """Redirects are not followed: they could lead inside."""
    with pytest.raises(FetchFailed):
        Fetcher(trusting=True).fetch_json(f"{url}/{page}")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "100.64.0.1",
        "192.168.1.1",
        "::ffff:127.0.0.1",
    ],
)
def test_names_that_lead_inside(address: str) -> None:
    """One such address among public ones is enough to refuse."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["8.8.8.8", address]

    with pytest.raises(FetchFailed, match="not an address of the public Internet"):
        Fetcher(find_addresses=resolve).fetch_json("https://issuer.example/x")


def test_names_without_address() -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError

    for find in (unknown, lambda _host, _port: ()):
        with pytest.raises(FetchFailed):
            Fetcher(find_addresses=find).fetch_json("https://issuer.example/x")


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/x",
        "ftp://issuer.example/x",
        "file:///etc/passwd",
        "https://",
        "https://user:password@issuer.example/",
        "https://issuer.example/" + "x" * 3000,
        "junk",
        "",
        "https://[::1",
        "https://issuer.example:99999999/",
    ],
)
def test_urls_that_are_not_fetched(url: str) -> None:
    def never(_host: str, _port: int) -> Sequence[str]:
        pytest.fail("it must not even be looked up")

    with pytest.raises(FetchFailed):
        Fetcher(find_addresses=never).fetch_json(url)
