"""Deliveries: what goes over the wire, and what counts as delivered."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.live import free_port

from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.events import Occurrence
from portside.services.deliveries import (
    AWSEndpoint,
    Delivery,
    DeliveryFailed,
    JSONLines,
    Webhook,
    sign,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "a secret that nobody knows"  # noqa: S105 - made up for tests
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))


def push(*tags: str) -> Occurrence:
    document = {
        "repository": "app",
        "digest": "sha256:" + "ab" * 32,
        "tags": list(tags),
        "media_type": "m",
    }
    return Occurrence(
        id=1, registry=REGISTRY, kind="ImagePushed", document=document, occurred_at=NOW
    )


class Receiver:
    """An HTTP server that remembers what it got and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.answer: dict[str, Any] = {}
        self.location: str | None = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((headers, body))
                content = json.dumps(receiver.answer).encode()
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("location", receiver.location)
                self.send_header("content-type", "application/x-amz-json-1.0")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_webhook_gets_each_notification_signed(receiver: Receiver) -> None:
    delivery = Delivery(Webhook(receiver.url + "/hook", SECRET, lambda: NOW), "aws.ecr")
    delivery.react(push("a", "b"))
    assert len(receiver.requests) == 2
    headers, body = receiver.requests[0]
    notification = json.loads(body)
    assert notification["detail"]["image-tag"] == "a"
    assert headers["portside-event-id"] == notification["id"]
    moment = int(NOW.timestamp())
    digest = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["portside-signature"] == f"t={moment},v1={digest}" == sign(SECRET, moment, body)


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    Delivery(Webhook(receiver.url, None, lambda: NOW), "aws.ecr").react(push("a"))
    assert "portside-signature" not in receiver.requests[0][0]


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_only_success_is_success(receiver: Receiver, status: int) -> None:
    """A redirect is not followed: who can answer the webhook cannot send the server elsewhere."""
    receiver.status, receiver.location = status, receiver.url + "/elsewhere"
    delivery = Delivery(Webhook(receiver.url, SECRET, lambda: NOW), "aws.ecr")
    with pytest.raises(DeliveryFailed, match=f"answered {status}"):
        delivery.react(push("a"))
    assert len(receiver.requests) == 1


def test_nobody_listens() -> None:
    delivery = Delivery(Webhook(f"http://127.0.0.1:{free_port()}/", None, lambda: NOW), "aws.ecr")
    with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1"):
        delivery.react(push("a"))


def test_a_file_gets_a_line_each(tmp_path: Path) -> None:
    """What a crash left of a line does not swallow the next one."""
    path = tmp_path / "events.jsonl"
    delivery = Delivery(JSONLines(path), "aws.ecr")
    delivery.react(push("a"))
    with path.open("ab") as file:
        file.write(b'{"torn')
    delivery.react(push("b"))
    lines = path.read_bytes().split(b"\n")
    assert [json.loads(lines[at])["detail"]["image-tag"] for at in (0, 2)] == ["a", "b"]
    assert (lines[1], lines[3]) == (b'{"torn', b"")


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Delivery(JSONLines(tmp_path / "none" / "events"), "aws.ecr").react(push("a"))


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")


@pytest.mark.usefixtures("_credentials")
@pytest.mark.parametrize("queue", ["events", "events.fifo"])
def test_a_queue_gets_messages(receiver: Receiver, queue: str) -> None:
    address = f"{receiver.url}/123456789012/{queue}"
    receiver.answer = {"MessageId": "1"}
    Delivery(AWSEndpoint("sqs", address, "us-east-1", receiver.url), "aws.ecr").react(push("a"))
    headers, body = receiver.requests[0]
    assert headers["x-amz-target"] == "AmazonSQS.SendMessage"
    message = json.loads(body)
    notification = json.loads(message["MessageBody"])
    assert (message["QueueUrl"], notification["detail"]["image-tag"]) == (address, "a")
    if queue.endswith(".fifo"):
        assert message["MessageGroupId"] == "app"
        assert message["MessageDeduplicationId"] == notification["id"]


@pytest.mark.usefixtures("_credentials")
def test_a_bus_gets_events(receiver: Receiver) -> None:
    receiver.answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    delivery = Delivery(AWSEndpoint("events", "bus", "us-east-1", receiver.url), "example")
    delivery.react(push("a"))
    headers, body = receiver.requests[0]
    assert headers["x-amz-target"] == "AWSEvents.PutEvents"
    (entry,) = json.loads(body)["Entries"]
    assert (entry["Source"], entry["DetailType"]) == ("example", "ECR Image Action")
    assert (entry["EventBusName"], json.loads(entry["Detail"])["image-tag"]) == ("bus", "a")


@pytest.mark.usefixtures("_credentials")
def test_a_bus_that_refuses(receiver: Receiver) -> None:
    receiver.answer = {
        "FailedEntryCount": 1,
        "Entries": [{"ErrorCode": "NotAuthorized", "ErrorMessage": "no"}],
    }
    delivery = Delivery(AWSEndpoint("events", "bus", "us-east-1", receiver.url), "aws.ecr")
    with pytest.raises(DeliveryFailed, match="NotAuthorized: no"):
        delivery.react(push("a"))
    receiver.status, receiver.answer = 400, {"__type": "ResourceNotFoundException"}
    with pytest.raises(DeliveryFailed, match="ResourceNotFoundException"):
        delivery.react(push("a"))


def test_targets_have_names_that_stay(tmp_path: Path) -> None:
    """Rows of deliveries carry the name: the same target has it after a restart, others do not."""
    names = [
        Delivery(Webhook("http://a/", None, lambda: NOW), "s").name,
        Delivery(Webhook("http://b/", None, lambda: NOW), "s").name,
        Delivery(JSONLines(tmp_path), "s").name,
        Delivery(AWSEndpoint("sqs", "http://a/", "r", None), "s").name,
    ]
    assert len(set(names)) == 4
    assert names[0] == Delivery(Webhook("http://a/", "secret", lambda: NOW), "s").name
    assert all(name.startswith("deliver-") for name in names)
