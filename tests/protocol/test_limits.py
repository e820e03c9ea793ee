"""Limits of headers, time, requests and rates, at a server that has small ones."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import LiveServer
from tests.protocol.principals import allow, make_user, root
from tests.protocol.pushing import Registry, digest_of, error_codes

HEADER_SECONDS = 2
BODY_SECONDS = 2


@pytest.fixture(scope="module")
def limited() -> Iterator[LiveServer]:
    """One worker that answers two requests at a time."""
    with LiveServer(
        *("--workers=1", "--requests-max=2", "--header-bytes-max=8192"),
        *(f"--header-seconds-max={HEADER_SECONDS}", f"--body-seconds-max={BODY_SECONDS}"),
        "--throttle-principal=ecr:DescribeRegistry=0.01:1,ecr:ListImages=0.01:2",
    ) as live:
        live.client("ecr").create_repository(repositoryName="limited")
        yield live


def connect(server: LiveServer) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.settimeout(15)
    return connection


def begin_upload(server: LiveServer, path: str, announced: int, sent: bytes) -> socket.socket:
    """A PATCH that stops in its body."""
    connection = connect(server)
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: {announced}\r\n"
        f"Authorization: Basic {server.authorization_token()}\r\n\r\n"
    )
    connection.sendall(head.encode() + sent)
    return connection


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content of the one answer on a connection that is closed after it."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    head, _, content = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, content


@pytest.fixture
def upload(limited: LiveServer) -> Iterator[str]:
    with httpx.Client(base_url=limited.url, auth=limited.auth()) as client:
        yield Registry(client, "limited").start()


@pytest.mark.parametrize("sent", [b"", b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX-Slow: "])
def test_headers_that_do_not_come(limited: LiveServer, sent: bytes) -> None:
    """The connection ends, whether nothing came or half."""
    with closing(connect(limited)) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        assert connection.recv(1) == b""
        assert HEADER_SECONDS - 0.5 < time.monotonic() - began < HEADER_SECONDS + 5


def test_a_body_that_stops(limited: LiveServer, upload: str) -> None:
    """408 in the face's form; the connection ends, and the upload is as it was before."""
    with closing(begin_upload(limited, upload, 100_000, b"x" * 5000)) as connection:
        began = time.monotonic()
        status, _, content = answer_of(connection)
        assert BODY_SECONDS - 0.5 < time.monotonic() - began < BODY_SECONDS + 5
    assert status == 408
    assert json.loads(content)["errors"][0]["code"] == "BLOB_UPLOAD_INVALID"
    with httpx.Client(base_url=limited.url, auth=limited.auth()) as client:
        assert "range" not in client.get(upload).headers or (
            client.get(upload).headers["range"] == "0-0"
        )
        body = b"whole"
        done = client.put(upload, content=body, params={"digest": digest_of(body)})
        assert done.status_code == 201


def test_an_api_call_whose_body_stops(limited: LiveServer) -> None:
    with closing(connect(limited)) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
            b"Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: "
            b"AmazonEC2ContainerRegistry_V20150921.DescribeRepositories\r\n\r\n{"
        )
        status, _, content = answer_of(connection)
    assert (status, json.loads(content)["__type"]) == (408, "RequestTimeout")


def test_a_presigned_call_with_a_body_that_does_not_come(limited: LiveServer) -> None:
    """A GET is read to its end, too, where it announces a body."""
    with closing(connect(limited)) as connection:
        connection.sendall(b"GET /?Action=X HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        status, _, content = answer_of(connection)
    assert status == 408
    assert b"<Code>RequestTimeout</Code>" in content


def test_large_headers(limited: LiveServer) -> None:
    """Each face refuses them in its own form."""
    large = {"x-large": "x" * 9000}
    answer = httpx.get(f"{limited.url}/v2/", headers=large)
    assert (answer.status_code, error_codes(answer)) == (431, ["UNSUPPORTED"])
    target = {"x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRegistry"}
    answer = httpx.post(f"{limited.url}/", headers=large | target, content=b"{}")
    assert (answer.status_code, answer.json()["__type"]) == (431, "RequestHeaderSectionTooLarge")
    answer = httpx.get(f"{limited.url}/console/session", headers=large)
    assert (answer.status_code, answer.json()["code"]) == (431, "RequestHeaderSectionTooLarge")


def test_many_headers(limited: LiveServer) -> None:
    many = {f"x-{number}": "1" for number in range(150)}
    assert httpx.get(f"{limited.url}/v2/", headers=many).status_code == 431


def test_more_requests_than_are_answered_at_a_time(limited: LiveServer) -> None:
    """503 with Retry-After, in each face's form; health is told; then all is as before."""
    auth = limited.auth()
    with httpx.Client(base_url=limited.url, auth=auth) as client:
        registry = Registry(client, "limited")
        paths = [registry.start() for _ in range(2)]
    held = [begin_upload(limited, path, 2048, b"x" * 1024) for path in paths]
    try:
        answer = httpx.get(f"{limited.url}/v2/limited/tags/list", auth=auth)
        for _ in range(100):
            if answer.status_code == 503:
                break
            # The server has not begun with both of them yet.
            time.sleep(0.1)
            answer = httpx.get(f"{limited.url}/v2/limited/tags/list", auth=auth)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert error_codes(answer) == ["UNAVAILABLE"]
        with pytest.raises(ClientError) as refused:
            limited.client("ecr").describe_repositories()
        response: Any = refused.value.response
        assert response["Error"]["Code"] == "ServiceUnavailable"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
        answer = httpx.get(f"{limited.url}/console/session")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        for path in ("/healthz", "/readyz", "/metrics"):
            assert httpx.get(limited.url + path).status_code == 200
        for connection in held:
            connection.sendall(b"x" * 1024)
            assert connection.recv(12) == b"HTTP/1.1 202"
    finally:
        for connection in held:
            connection.close()
    assert httpx.get(f"{limited.url}/v2/limited/tags/list", auth=auth).status_code == 200


def test_rates_of_principals(limited: LiveServer) -> None:
    """One user's excess is no other's, nor its account's."""
    owner = root(limited)
    one = make_user(owner, "busy", allow("ecr:*"))
    other = make_user(owner, "quiet", allow("ecr:*"))
    one.client().describe_registry()
    with pytest.raises(ClientError) as refused:
        one.client().describe_registry()
    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    other.client().describe_registry()
    path = "/v2/limited/tags/list"
    with one.http() as client:
        statuses = [client.get(path) for _ in range(3)]
        assert [answer.status_code for answer in statuses] == [200, 200, 429]
        assert error_codes(statuses[2]) == ["TOOMANYREQUESTS"]
        assert int(statuses[2].headers["retry-after"]) > 1
    with other.http() as client:
        assert client.get(path).status_code == 200


def test_a_role_has_one_rate_for_all_its_sessions(limited: LiveServer) -> None:
    owner = root(limited)
    iam = owner.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    }
    role = iam.create_role(RoleName="shared", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    document = {"Version": "2012-10-17", "Statement": allow("ecr:*")}
    iam.put_role_policy(RoleName="shared", PolicyName="p", PolicyDocument=json.dumps(document))
    user = make_user(owner, "assumer", allow("sts:AssumeRole"))
    codes = []
    for name in ("first", "second"):
        assumed = user.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=name)
        session = assumed["Credentials"]
        ecr = limited.client(
            "ecr",
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        try:
            ecr.describe_registry()
            codes.append("")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes == ["", "ThrottlingException"]
