"""Audit records: CloudTrail's shape, every kind of caller, and never a secret."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.access.callers import Caller, Session
from portside.aws.protocol.models import load_service
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.services.audit.records import Entry, Renderer, is_read_only
from portside.services.audit.redaction import HIDDEN, SECRETS, TEXT_LENGTH_MAX, redact

NOW = datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)
USER = Caller(
    arn=Arn("arn:aws:iam::123456789012:user/team/ann"),
    account=AccountId("123456789012"),
    unique_id="AIDAANN",
    is_root=False,
    access_key_id="AKIAANN",
)
ROLE = Arn("arn:aws:iam::123456789012:role/ci/builder")
ENTRY = Entry(
    at=NOW,
    request_id="r-1",
    source_ip="10.0.0.1",
    user_agent="docker/29",
    service="ecr",
    event="BatchGetImage",
    region="us-east-1",
    account="123456789012",
    caller=USER,
    resource="arn:aws:ecr:us-east-1:123456789012:repository/a/b",
    parameters={"repositoryName": "a/b"},
)


def _render(entry: Entry) -> dict[str, Any]:
    line = Renderer().render(entry)
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    record: dict[str, Any] = json.loads(line)
    return record


def test_a_record_has_cloudtrails_members() -> None:
    record = _render(ENTRY)
    assert record.pop("eventID")
    assert record == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAANN",
            "arn": USER.arn.text,
            "accountId": "123456789012",
            "accessKeyId": "AKIAANN",
            "userName": "ann",
        },
        "eventTime": "2026-11-24T12:00:01Z",
        "eventSource": "ecr.amazonaws.com",
        "eventName": "BatchGetImage",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "10.0.0.1",
        "userAgent": "docker/29",
        "requestParameters": {"repositoryName": "a/b"},
        "responseElements": None,
        "requestID": "r-1",
        "readOnly": True,
        "resources": [{"accountId": "123456789012", "ARN": ENTRY.resource}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
    }


def test_a_refusal_has_its_code_and_message() -> None:
    record = _render(replace(ENTRY, error=("AccessDenied", 'no "rights"'), resource="*"))
    assert (record["errorCode"], record["errorMessage"]) == ("AccessDenied", 'no "rights"')
    assert record["resources"] == []


def test_sessions_tell_whose_they_are() -> None:
    session = Session(
        name="run-7",
        role_arn=ROLE,
        issued_at=NOW,
        expires_at=NOW,
        source_identity="ann",
        provider="arn:aws:iam::123456789012:oidc-provider/issuer.example",
    )
    arn = Arn("arn:aws:sts::123456789012:assumed-role/builder/run-7")
    caller = replace(USER, arn=arn, unique_id="AROA1", session=session, access_key_id="ASIA1")
    identity = _render(replace(ENTRY, caller=caller))["userIdentity"]
    assert identity == {
        "type": "AssumedRole",
        "principalId": "AROA1:run-7",
        "arn": arn.text,
        "accountId": "123456789012",
        "accessKeyId": "ASIA1",
        "sessionContext": {
            "attributes": {"creationDate": "2026-11-24T12:00:01Z", "mfaAuthenticated": "false"},
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROA1",
                "arn": ROLE.text,
                "accountId": "123456789012",
                "userName": "builder",
            },
            "webIdFederationData": {"federatedProvider": session.provider, "attributes": {}},
            "sourceIdentity": "ann",
        },
    }
    own = replace(session, name="", role_arn=None, provider=None, source_identity=None)
    identity = _render(replace(ENTRY, caller=replace(USER, session=own)))["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("IAMUser", "ann")
    assert list(identity["sessionContext"]) == ["attributes"]


def test_roots_and_strangers() -> None:
    root = replace(USER, is_root=True, access_key_id=None)
    identity = _render(replace(ENTRY, caller=root))["userIdentity"]
    assert (identity["type"], identity["principalId"]) == ("Root", "123456789012")
    claimed = {"accessKeyId": "AKIANOBODY"}
    identity = _render(replace(ENTRY, caller=None, claimed=claimed))["userIdentity"]
    assert identity == {"type": "Unknown", "accessKeyId": "AKIANOBODY"}


@given(st.text(), st.text(), st.text())
def test_whatever_a_client_sends_stays_one_line_of_json(one: str, two: str, three: str) -> None:
    record = _render(
        replace(ENTRY, user_agent=one, error=(two, three), parameters={"x": one, "y": two})
    )
    assert (record["userAgent"], record["errorCode"]) == (one, two)


@pytest.mark.parametrize("service", ["ecr", "iam", "sts"])
def test_every_member_that_a_model_calls_sensitive_is_hidden(service: str) -> None:
    model = load_service(service)
    sensitive = {
        name.lower()
        for shape in map(model.shape_for, model.shape_names)
        if shape.type_name == "structure"
        for name, member in getattr(shape, "members", {}).items()
        if member.metadata.get("sensitive")
    }
    # Whom an identity token names is no secret here, but what the trail is for.
    told = {"issuer", "subject", "subjecttype", "trustedidentitypropagationcontext"}
    assert sensitive - SECRETS - told == set()


def test_secrets_and_bytes_are_not_kept() -> None:
    held = redact(
        {
            "UserName": "ann",
            "Password": "hunter2",
            "layerPartBlob": b"bytes",
            "Credentials": {"SecretAccessKey": "s", "SessionToken": "t", "Expiration": NOW},
            "blobs": [b"bytes", "text"],
            "count": 3,
            "force": True,
        }
    )
    assert held == {
        "userName": "ann",
        "password": HIDDEN,
        "credentials": {
            "secretAccessKey": HIDDEN,
            "sessionToken": HIDDEN,
            "expiration": NOW.isoformat(),
        },
        "blobs": ["text"],
        "count": 3,
        "force": True,
    }


def test_much_is_cut() -> None:
    held = redact({"text": "x" * 10_000, "list": list(range(10_000)), "after": 1})
    assert len(held["text"]) == TEXT_LENGTH_MAX + 1
    assert len(held["list"]) < 500
    assert "after" not in held
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"a": deep}
    assert len(json.dumps(redact(deep))) < 200


def test_reading_and_changing() -> None:
    reading = ("BatchGetImage", "GetDownloadUrlForLayer", "DescribeImages", "AssumeRole")
    changing = ("PutImage", "BatchDeleteImage", "InitiateLayerUpload", "CreateUser")
    assert all(map(is_read_only, reading))
    assert not any(map(is_read_only, changing))
