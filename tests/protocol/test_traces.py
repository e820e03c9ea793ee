"""Traces, as a collector receives them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.collector import Collector
from tests.live import ACCOUNT, LiveServer
from tests.live_worker import LiveWorker
from tests.protocol.pushing import Registry, digest_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TOLD = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as made:
        yield made


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Iterator[LiveServer]:
    """A server that is told of the collector by the standard's own variables."""
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=portside",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with LiveServer("--workers=1", "--no-tasks", env=environment) as live:
        live.client("ecr").create_repository(repositoryName="traced")
        yield live


@pytest.fixture
def client(traced: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=traced.url, auth=traced.auth()) as made:
        yield made


def test_a_request_is_a_span_of_the_client_s_trace(
    traced: LiveServer, collector: Collector, client: httpx.Client
) -> None:
    """With route, status, request id and account; what it did below it; nothing secret in it."""
    body = b"traced bytes"
    answer = client.post("/v2/traced/blobs/uploads/")
    answer = client.put(
        answer.headers["location"], params={"digest": digest_of(body)}, content=body, headers=TOLD
    )
    assert answer.status_code == 201
    request_id = answer.headers["x-request-id"]
    span = collector.wait_for(lambda one: one.attributes.get("portside.request_id") == request_id)
    assert (span.service, span.name) == ("portside", "distribution PUT upload")
    assert (span.trace_id, span.parent_id) == (TRACE, PARENT)
    assert span.attributes["http.route"] == "PUT upload"
    assert span.attributes["http.response.status_code"] == 201
    assert span.attributes["portside.account"] == ACCOUNT
    below = collector.of_trace(TRACE)
    assert {"database read", "database write", "blobs upload", "blobs commit"} <= set(below)
    assert below["database write"].attributes["db.system.name"] in ("sqlite", "postgresql")
    assert below["blobs upload"].attributes["portside.bytes"] == len(body)
    assert all(one.parent_id for one in below.values())
    assert collector.headers[-1]["x-tenant"] == "portside"
    shown = repr(collector.spans)
    assert traced.secret_access_key not in shown


def test_a_call_is_a_span_of_its_own(traced: LiveServer, collector: Collector) -> None:
    """Without traceparent a trace begins here."""
    answer = traced.client("ecr").describe_repositories()
    request_id = answer["ResponseMetadata"]["RequestId"]
    span = collector.wait_for(lambda one: one.attributes.get("portside.request_id") == request_id)
    assert (span.name, span.parent_id) == ("aws ecr:DescribeRepositories", "")
    assert span.attributes["portside.account"] == ACCOUNT


@pytest.mark.parametrize("told", ["nonsense", f"00-{'0' * 32}-{PARENT}-01", "00-" + "g" * 52])
def test_a_traceparent_that_is_none(collector: Collector, client: httpx.Client, told: str) -> None:
    """It begins a trace of its own, as the standard asks."""
    answer = client.get("/v2/", headers={"traceparent": told})
    request_id = answer.headers["x-request-id"]
    span = collector.wait_for(lambda one: one.attributes.get("portside.request_id") == request_id)
    assert span.parent_id == ""


def test_a_trace_that_is_not_sampled(collector: Collector, client: httpx.Client) -> None:
    """The caller's decision holds: nothing is sent of it."""
    other = TRACE.replace("0af7", "1af7")
    client.get("/v2/", headers={"traceparent": f"00-{other}-{PARENT}-00"})
    later = client.get("/v2/").headers["x-request-id"]
    collector.wait_for(lambda one: one.attributes.get("portside.request_id") == later)
    assert collector.of_trace(other) == {}
    assert "monitoring /healthz" not in {span.name for span in collector.spans}


def test_tasks_are_spans(
    traced: LiveServer, collector: Collector, client: httpx.Client, tmp_path: Path
) -> None:
    """Of a worker: each reaction and schedule, with its transactions below it."""
    told = tmp_path / "events.jsonl"
    arguments = ("--otlp-endpoint", collector.url, "--event-file", str(told))
    Registry(client, "traced").push("told")
    with LiveWorker(traced, *arguments) as worker:
        worker.wait_until_ready()
        span = collector.wait_for(lambda one: one.name.startswith("task deliver-"))
        assert span.attributes["portside.account"] == ACCOUNT
        assert span.attributes["portside.lane"].endswith("/traced")
        collector.wait_for(lambda one: one.name == "task renew-scans")
        assert worker.stop() == 0


def test_a_collector_that_is_away_holds_nothing_up() -> None:
    """Requests are answered, and the server ends in time with 0."""
    with LiveServer("--workers=1", env={"PORTSIDE_OTLP_ENDPOINT": "http://127.0.0.1:9"}) as live:
        assert live.client("ecr").describe_repositories()["repositories"] == []
        assert live.stop() == 0
