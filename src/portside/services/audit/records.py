"""What one request leaves in the audit trail, and how it is written down.

An entry is made on the request's own way and must cost little: facts are kept as they are, and
rendered later, many at once. What never changes for a caller is rendered once.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import count
from secrets import randbits, token_hex
from typing import Any, Final

from portside.access.callers import Caller, Session

EVENT_VERSION: Final = "1.11"
CALLERS_REMEMBERED_MAX: Final = 1024
SERVICE_ITSELF: Final = "AWS Internal"
"""Who acts, and from where, in events that no request made."""
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_text: Final = json.encoder.encode_basestring
_MESSAGE_LENGTH_MAX: Final = 1024
_READING: Final = (
    "Get",
    "Describe",
    "List",
    "BatchGet",
    "BatchCheck",
    "Validate",
    "Simulate",
    "AssumeRole",
    "Decode",
    "Generate",
    "Lookup",
    "PolicyExecutionEvent",
)
"""CloudTrail takes the making of sessions for reading, too."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request, allowed or refused. Not frozen: one is made for each pull, and must be cheap.

    ``caller`` is ``None`` where nobody was proven; ``claimed`` is then whom the request named.
    ``parameters`` and ``answer`` hold no secrets (:mod:`portside.services.audit.redaction`).
    """

    at: datetime
    request_id: str
    source_ip: str
    user_agent: str
    service: str
    event: str
    region: str
    account: str
    caller: Caller | None
    claimed: Mapping[str, str] | None = None
    resource: str | None = None
    parameters: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = None
    error: tuple[str, str] | None = None
    """Code and message of a refusal."""
    details: Mapping[str, Any] | None = None
    """Of what the service did by itself, without any request (CloudTrail serviceEventDetails)."""


@lru_cache(maxsize=1024)
def is_read_only(event: str) -> bool:
    """Whether an operation only reads."""
    return event.startswith(_READING)


class Renderer:
    """Renders entries as lines. Belongs to one thread at a time."""

    def __init__(self) -> None:
        # By identity, as callers are remembered too; the caller is held, so that its id stays its.
        self._identities: OrderedDict[int, tuple[Caller, str]] = OrderedDict()
        self._second = (0.0, "")
        half = token_hex(10)
        self._id_prefix = f"{half[:8]}-{half[8:12]}-4{half[12:15]}-8{half[15:18]}-"
        self._ids = count(randbits(40))

    def render(self, entry: Entry) -> str:
        """One record of CloudTrail's form, in one line."""
        if entry.details is not None:
            return self._render_service_event(entry)
        if entry.caller is None:
            identity = json.dumps({"type": "Unknown", **(entry.claimed or {})})
        else:
            identity = self._identity(entry.caller)
        error = ""
        if entry.error is not None:
            code, message = entry.error
            shown = _text(message[:_MESSAGE_LENGTH_MAX])
            error = f'"errorCode":{_text(code)},"errorMessage":{shown},'
        return (
            f'{{"eventVersion":"{EVENT_VERSION}","userIdentity":{identity},'
            f'"eventTime":"{self._moment(entry.at)}",'
            f'"eventSource":"{entry.service}.amazonaws.com","eventName":{_text(entry.event)},'
            f'"awsRegion":{_text(entry.region)},"sourceIPAddress":{_text(entry.source_ip)},'
            f'"userAgent":{_text(entry.user_agent)},{error}'
            f'"requestParameters":{_document(entry.parameters)},'
            f'"responseElements":{_document(entry.answer)},'
            f'"requestID":"{entry.request_id}","eventID":"{self._id_prefix}{next(self._ids):012x}",'
            f'"readOnly":{"true" if is_read_only(entry.event) else "false"},'
            f'"resources":{_resources(entry)},"eventType":"{_event_type(entry)}",'
            f'"managementEvent":true,'
            f'"recipientAccountId":"{entry.account}","eventCategory":"Management"}}\n'
        )

    def _render_service_event(self, entry: Entry) -> str:
        record = {
            "eventVersion": EVENT_VERSION,
            "userIdentity": {"accountId": entry.account, "invokedBy": SERVICE_ITSELF},
            "eventTime": self._moment(entry.at),
            "eventSource": f"{entry.service}.amazonaws.com",
            "eventName": entry.event,
            "awsRegion": entry.region,
            "sourceIPAddress": SERVICE_ITSELF,
            "userAgent": SERVICE_ITSELF,
            "requestParameters": None,
            "responseElements": None,
            "eventID": f"{self._id_prefix}{next(self._ids):012x}",
            "readOnly": is_read_only(entry.event),
            "resources": [
                {
                    "accountId": entry.account,
                    "type": "AWS::ECR::Repository",
                    "ARN": entry.resource,
                }
            ],
            "eventType": "AwsServiceEvent",
            "managementEvent": True,
            "recipientAccountId": entry.account,
            "serviceEventDetails": entry.details,
            "eventCategory": "Management",
        }
        return f"{_encode(record)}\n"

    def _moment(self, at: datetime) -> str:
        second = at.timestamp() // 1
        if self._second[0] != second:
            self._second = (second, f"{at:%Y-%m-%dT%H:%M:%SZ}")
        return self._second[1]

    def _identity(self, caller: Caller) -> str:
        held = self._identities.get(id(caller))
        if held is not None:
            return held[1]
        rendered = json.dumps(user_identity(caller), separators=(",", ":"))
        self._identities[id(caller)] = (caller, rendered)
        if len(self._identities) > CALLERS_REMEMBERED_MAX:
            self._identities.popitem(last=False)
        return rendered


def user_identity(caller: Caller) -> dict[str, Any]:
    """The ``userIdentity`` element of a caller."""
    session = caller.session
    identity: dict[str, Any] = {
        "type": "Root" if caller.is_root else "IAMUser",
        "principalId": caller.user_id,
        "arn": caller.arn.text,
        "accountId": caller.account.text,
    }
    if caller.access_key_id is not None:
        identity["accessKeyId"] = caller.access_key_id
    if session is not None and session.role_arn is not None:
        identity["type"] = "AssumedRole"
    elif not caller.is_root:
        identity["userName"] = _name(caller.arn.text)
    if session is not None:
        identity["sessionContext"] = _session_context(caller, session)
    return identity


def _session_context(caller: Caller, session: Session) -> dict[str, Any]:
    context: dict[str, Any] = {
        "attributes": {
            "creationDate": f"{session.issued_at:%Y-%m-%dT%H:%M:%SZ}",
            "mfaAuthenticated": "false",
        }
    }
    if session.role_arn is not None:
        context["sessionIssuer"] = {
            "type": "Role",
            "principalId": caller.unique_id,
            "arn": session.role_arn.text,
            "accountId": session.role_arn.account,
            "userName": _name(session.role_arn.text),
        }
    if session.provider is not None:
        context["webIdFederationData"] = {"federatedProvider": session.provider, "attributes": {}}
    if session.source_identity is not None:
        context["sourceIdentity"] = session.source_identity
    return context


def _event_type(entry: Entry) -> str:
    return "AwsConsoleSignIn" if entry.service == "signin" else "AwsApiCall"


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _document(held: Mapping[str, Any] | None) -> str:
    if not held:
        return "null"
    return _encode(held)


def _resources(entry: Entry) -> str:
    if entry.resource is None or not entry.resource.startswith("arn:"):
        return "[]"
    account = entry.resource.split(":", 5)[4]
    arn = _text(entry.resource)
    return f'[{{"accountId":"{account}","ARN":{arn}}}]'
