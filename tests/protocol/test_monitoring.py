"""Metrics and readiness of a real server with two workers."""

import shutil
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live import LiveServer
from tests.protocol.pushing import Registry, manifest_of

NETWORKS = "127.0.0.0/8,192.0.2.0/24"


@pytest.fixture(scope="module")
def watched() -> Iterator[LiveServer]:
    """Two workers; proxies on 127.0.0.2 are trusted, those on 127.0.0.1 are not."""
    with LiveServer(
        *("--workers", "2", "--metrics-allow", NETWORKS, "--trusted-proxies", "127.0.0.2/32")
    ) as live:
        yield live


def scrape(server: LiveServer, query: str = "") -> dict[Any, float]:
    answer = httpx.get(f"{server.url}/metrics{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert server.secret_access_key not in answer.text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def scrape_again(server: LiveServer) -> dict[Any, float]:
    """As `scrape`, where a worker that has just died may have had the connection."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return scrape(server)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def workers(server: LiveServer) -> list[psutil.Process]:
    """The processes that answer requests: those children that listen."""
    return [
        child
        for child in psutil.Process(server.pid).children()
        if child.status() != psutil.STATUS_ZOMBIE
        and any(one.status == psutil.CONN_LISTEN for one in child.net_connections("inet"))
    ]


def ask_through(server: LiveServer, proxy: str, *forwarded: str, path: str = "/metrics") -> int:
    """The status of a request that comes from this address of the machine."""
    headers = [("x-forwarded-for", hop) for hop in forwarded]
    with httpx.Client(transport=httpx.HTTPTransport(local_address=proxy)) as client:
        return client.get(server.url + path, headers=headers).status_code


def test_counts_add_up_over_workers(watched: LiveServer) -> None:
    """Each connection may meet another worker; whichever is scraped tells all that both did."""
    repository = f"protocol/{uuid4().hex}"
    watched.client("ecr").create_repository(repositoryName=repository)
    auth = watched.auth()
    with httpx.Client(base_url=watched.url, auth=auth) as client:
        registry = Registry(client, repository)
        config = b"{}"
        registry.put_blob(config)
        body = manifest_of(config)
        pushed = registry.request(
            "PUT",
            "manifests/one",
            content=body,
            headers={"content-type": "application/vnd.oci.image.manifest.v1+json"},
        )
        assert pushed.status_code == 201
    before = scrape(watched)
    url = f"{watched.url}/v2/{repository}/manifests/one"
    met = set()
    for _ in range(40):
        # The first half of a request id is its worker's own.
        answer = httpx.get(url, auth=auth)
        met.add(answer.headers["x-request-id"].rpartition("-")[0])
        assert answer.content == body
    assert len(met) == 2
    after: dict[Any, float] = {}
    for _ in range(6):
        after = scrape(watched)
        key = ("portside_requests_total", "200", "GET manifest", "distribution")
        assert after[key] - before.get(key, 0) == 40
        sent = ("portside_response_bytes_total", "GET manifest", "distribution")
        assert after[sent] - before.get(sent, 0) == 40 * len(body)
    got = ("portside_request_bytes_total", "PUT manifest", "distribution")
    assert after[got] >= len(body)
    assert after[("portside_images", "123456789012", "us-east-1")] >= 0


def test_a_worker_that_dies_leaves_its_counts(watched: LiveServer) -> None:
    """Counters never fall while the server lives."""
    key = ("portside_requests_total", "/healthz", "200", "monitoring")
    for _ in range(20):
        httpx.get(f"{watched.url}/healthz")
    before = scrape(watched)[key]
    first, *_ = workers(watched)
    first.kill()
    first.wait(30)
    deadline = time.monotonic() + 30
    while len(workers(watched)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert scrape_again(watched)[key] >= before


def test_refusals_and_strangers_are_counted_under_bounded_names(watched: LiveServer) -> None:
    """What names no route or operation of ours makes no metric of its own."""
    httpx.get(f"{watched.url}/v2/{uuid4().hex}/nothing/at/all")
    httpx.get(f"{watched.url}/{uuid4().hex}")
    httpx.post(watched.url, headers={"x-amz-target": f"Made.{uuid4().hex}"}, content=b"{}")
    samples = scrape(watched)
    assert samples["portside_requests_total", "401", "distribution", "other"] >= 1
    assert samples["portside_requests_total", "404", "other", "other"] >= 1
    assert samples["portside_requests_total", "400", "aws", "other"] >= 1


def test_usage_of_repositories_on_request(watched: LiveServer) -> None:
    name = f"protocol/{uuid4().hex}"
    watched.client("ecr").create_repository(repositoryName=name)
    with httpx.Client(base_url=watched.url, auth=watched.auth()) as client:
        Registry(client, name).put_blob(b"x" * 1000)
    key = ("portside_repository_unique_bytes", "123456789012", name, "us-east-1")
    assert key not in scrape(watched)
    assert scrape(watched, "?usage=repositories")[key] == 1000


@pytest.mark.parametrize(
    ("proxy", "forwarded", "status"),
    [
        ("127.0.0.1", [], 200),
        ("127.0.0.1", ["192.0.2.1"], 403),
        ("127.0.0.1", ["127.0.0.1"], 403),
        ("127.0.0.2", ["203.0.113.7"], 403),
        ("127.0.0.2", ["127.0.0.1, 203.0.113.7"], 403),
        ("127.0.0.2", ["nonsense"], 403),
        ("127.0.0.2", ["203.0.113.7, 192.0.2.1"], 200),
        ("127.0.0.2", [], 200),
    ],
)
def test_metrics_are_for_named_networks(
    watched: LiveServer, proxy: str, forwarded: list[str], status: int
) -> None:
    """The client counts, not the proxy; a proxy that nobody trusts vouches for nobody."""
    assert ask_through(watched, proxy, *forwarded) == status


def test_by_default_metrics_are_for_this_machine_only(server: LiveServer) -> None:
    """Credentials change nothing; readiness and health are for everybody."""
    assert ask_through(server, "127.0.0.1") == 200
    assert ask_through(server, "127.0.0.1", "203.0.113.7") == 403
    assert ask_through(server, "127.0.0.1", "203.0.113.7", path="/readyz") == 200
    assert ask_through(server, "127.0.0.1", "203.0.113.7", path="/healthz") == 200


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz"])
def test_nothing_is_written_here(server: LiveServer, path: str) -> None:
    refused = httpx.post(server.url + path)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    looked = httpx.head(server.url + path)
    assert (looked.status_code, looked.content) == (200, b"")


def test_ready_while_the_stores_are() -> None:
    """A lost blob folder is told with its name alone; when it is back, so is the server."""
    with LiveServer("--workers", "1") as live:
        answer = httpx.get(f"{live.url}/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
        uploads = live.data / "blobs" / "uploads"
        shutil.rmtree(uploads)
        time.sleep(1.1)
        answer = httpx.get(f"{live.url}/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"status": "unavailable", "unusable": ["blobs"]}
        assert httpx.get(f"{live.url}/healthz").status_code == 200
        assert "not ready" in live.log_tail()
        uploads.mkdir()
        time.sleep(1.1)
        assert httpx.get(f"{live.url}/readyz").status_code == 200
