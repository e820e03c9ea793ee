"""Delivering events to where the operator wants them: webhooks, AWS-compatible endpoints, a file.

Each target is a reaction of its own: ordered for each repository, repeated until it succeeds or is
given up, never in the way of another target. The operator names the targets, so their addresses
are trusted: they may lie in the operator's own network.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import urllib3
from urllib3.exceptions import HTTPError

from portside.registry.events import Occurrence
from portside.registry.notifications import Notification, notify

SIGNATURE_HEADER: Final = "Portside-Signature"
EVENT_ID_HEADER: Final = "Portside-Event-Id"
PREFIX: Final = "deliver-"
"""How the names of delivering reactions begin; what they gave up are dead letters."""

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=10)


class DeliveryFailed(Exception):  # noqa: N818 - named for what it tells
    """A target did not take a notification; the message says why."""


class Target(Protocol):
    """Where notifications go."""

    @property
    def name(self) -> str:
        """The target's name, which never changes while it is the same target."""
        ...

    def deliver(self, notification: Notification) -> None:
        """Hand over a notification; when this returns the target has it.

        Raises:
            DeliveryFailed: the target did not take it.
            OSError: as that, of a file.
        """
        ...


class Delivery:
    """A reaction that tells one target of every event of which anybody is told."""

    def __init__(self, target: Target, source: str) -> None:
        self._target = target
        self._source = source
        self.name = PREFIX + target.name

    def react(self, occurrence: Occurrence) -> None:
        """Deliver an event's notifications.

        Raises:
            DeliveryFailed, OSError: as :meth:`Target.deliver`.
        """
        for notification in notify(occurrence, self._source):
            self._target.deliver(notification)


def sign(secret: str, moment: int, body: bytes) -> str:
    """The value of the signature header: ``t=SECONDS,v1=HEX``.

    HEX is HMAC-SHA256, under the secret, of the seconds, a full stop, and the body. The receiver
    computes the same, compares in constant time, and refuses old seconds.
    """
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


class Webhook:
    """Posts each notification as JSON; 2xx is success, redirects are not followed."""

    def __init__(self, url: str, secret: str | None, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self.name = "webhook-" + hashlib.sha256(url.encode()).hexdigest()[:8]
        self._pool = urllib3.PoolManager(num_pools=1, timeout=_TIMEOUT, retries=False)

    def deliver(self, notification: Notification) -> None:
        """See :meth:`Target.deliver`."""
        body = json.dumps(notification, separators=(",", ":")).encode()
        headers = {"content-type": "application/json", EVENT_ID_HEADER: notification["id"]}
        if self._secret is not None:
            moment = int(self._clock().timestamp())
            headers[SIGNATURE_HEADER] = sign(self._secret, moment, body)
        try:
            answer = self._pool.request(
                "POST", self._url, body=body, headers=headers, preload_content=False
            )
        except HTTPError as error:
            raise DeliveryFailed(f"{self._url}: {error}") from error
        status = answer.status
        # Nobody needs what it says, however long that is.
        answer.close()
        if not 200 <= status < 300:
            raise DeliveryFailed(f"{self._url} answered {status}")


class JSONLines:
    """Appends each notification to a file as one line, flushed to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = "file-" + hashlib.sha256(str(path).encode()).hexdigest()[:8]

    def deliver(self, notification: Notification) -> None:
        """See :meth:`Target.deliver`."""
        line = json.dumps(notification, separators=(",", ":")).encode() + b"\n"
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            end = os.fstat(file).st_size
            # A line that a crash cut short must not swallow the next one.
            if end and os.pread(file, 1, end - 1) != b"\n":
                line = b"\n" + line
            left = memoryview(line)
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        finally:
            os.close(file)


class AWSEndpoint:
    """An SQS queue or an EventBridge bus, at AWS or at an endpoint that speaks like it.

    Credentials come from where AWS's SDKs look for them: the environment, files, the instance.
    """

    def __init__(self, service: str, address: str, region: str, endpoint: str | None) -> None:
        self._service = service
        self._address = address
        self._region = region
        self._endpoint = endpoint
        self.name = f"{service}-" + hashlib.sha256(address.encode()).hexdigest()[:8]
        self._client: Any = None

    def deliver(self, notification: Notification) -> None:
        """See :meth:`Target.deliver`."""
        # Costs memory that only those pay who deliver to AWS.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            if self._client is None:
                self._client = self._connect()
            send = self._send_message if self._service == "sqs" else self._put_event
            send(notification)
        except (BotoCoreError, ClientError) as error:
            raise DeliveryFailed(str(error)) from error

    def _connect(self) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - as above
        from botocore.session import Session  # noqa: PLC0415 - as above

        config = Config(
            connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2}, proxies={}
        )
        return Session().create_client(
            self._service, region_name=self._region, endpoint_url=self._endpoint, config=config
        )

    def _send_message(self, notification: Notification) -> None:
        message = {"QueueUrl": self._address, "MessageBody": json.dumps(notification)}
        if self._address.endswith(".fifo"):
            message["MessageGroupId"] = str(notification["detail"]["repository-name"])[:128]
            message["MessageDeduplicationId"] = notification["id"]
        self._client.send_message(**message)

    def _put_event(self, notification: Notification) -> None:
        entry = {
            "Time": notification["time"],
            "Source": notification["source"],
            "Resources": notification["resources"],
            "DetailType": notification["detail-type"],
            "Detail": json.dumps(notification["detail"]),
            "EventBusName": self._address,
        }
        answer = self._client.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            failed = answer["Entries"][0]
            raise DeliveryFailed(f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")
