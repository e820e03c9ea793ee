"""Signatures over the wire: who is let in, and in which words the others are turned away."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.live import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LiveServer

TARGET = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"


def signed(
    server: LiveServer, *, key: str = ACCESS_KEY_ID, secret: str = SECRET_ACCESS_KEY, **headers: str
) -> AWSRequest:
    request = AWSRequest(
        method="POST",
        url=f"{server.url}/",
        data=b"{}",
        headers={
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": TARGET,
            "host": server.host,
            **headers,
        },
    )
    SigV4Auth(Credentials(key, secret), "ecr", "us-east-1").add_auth(request)
    return request


def send(request: AWSRequest, **changed: str) -> httpx.Response:
    headers = {name.lower(): value for name, value in request.headers.items()} | changed
    return httpx.post(str(request.url), content=request.data, headers=headers)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-requestid"]
    return answer.status_code, json.loads(answer.content)["__type"]


def test_a_good_signature(server: LiveServer) -> None:
    answer = send(signed(server))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"


def test_without_a_signature(server: LiveServer) -> None:
    answer = httpx.post(server.url, content=b"{}", headers={"x-amz-target": TARGET})
    assert refusal(answer) == (400, "MissingAuthenticationTokenException")
    assert answer.json()["message"] == "Missing Authentication Token"


def test_an_unknown_key(server: LiveServer) -> None:
    answer = send(signed(server, key="AKIAUNKNOWNUNKNOWN00"))
    assert refusal(answer) == (400, "UnrecognizedClientException")
    assert answer.json()["message"] == "The security token included in the request is invalid."


def test_a_wrong_secret(server: LiveServer) -> None:
    answer = send(signed(server, secret="x" * 40))
    assert refusal(answer) == (400, "InvalidSignatureException")
    assert answer.json()["message"].startswith("The request signature we calculated does not match")


@pytest.mark.parametrize(
    "change",
    [
        lambda request: setattr(request, "data", b'{"maxResults": 5}'),
        lambda request: request.headers.replace_header("x-amz-target", TARGET + "X"),
        lambda request: setattr(request, "url", request.url + "?a=b"),
    ],
)
def test_a_changed_request(server: LiveServer, change: Callable[[AWSRequest], Any]) -> None:
    request = signed(server)
    change(request)
    assert refusal(send(request)) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_clock_skew(server: LiveServer, minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.now(tz=UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr(
        "botocore.auth.get_current_datetime", lambda **_: moment.replace(tzinfo=None)
    )
    answer = send(signed(server))
    assert refusal(answer) == (400, "InvalidSignatureException")
    words = "Signature expired: " if minutes < 0 else "Signature not yet current: "
    assert answer.json()["message"].startswith(words)


def test_incomplete_headers(server: LiveServer) -> None:
    request = signed(server)
    authorization = request.headers["Authorization"]
    for broken in (
        authorization.replace("Signature=", "Sig="),
        authorization.replace("Credential=", "Cred="),
        authorization.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5"),
        authorization.replace("/aws4_request", ""),
        authorization.replace("SignedHeaders=", "SignedHeaders=x-none;").replace("host;", ""),
    ):
        assert refusal(send(request, authorization=broken))[1] == "IncompleteSignatureException"
    answer = send(request, **{"x-amz-extra": "not signed"})
    assert refusal(answer)[1] == "IncompleteSignatureException"


def test_the_body_hash_must_be_true(server: LiveServer) -> None:
    for announced in ("UNSIGNED-PAYLOAD", "0" * 64):
        request = signed(server, **{"X-Amz-Content-SHA256": announced})
        assert refusal(send(request)) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_presigned_queries(server: LiveServer, method: str) -> None:
    sts = server.client("sts")
    url = sts.generate_presigned_url("get_caller_identity", HttpMethod=method)
    answer = httpx.request(method, url)
    assert answer.status_code == 200, answer.text
    assert "<Arn>arn:aws:iam::123456789012:root</Arn>" in answer.text
    spoiled = httpx.request(method, url.replace("X-Amz-Expires=", "X-Amz-Expires=1"))
    assert spoiled.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in spoiled.text


def test_query_protocol_errors(server: LiveServer) -> None:
    answer = httpx.post(server.url, data={"Action": "GetCallerIdentity"})
    assert answer.status_code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in answer.text
