"""The audit trail: each request of both faces is one record, found by the id of its answer."""

import json
import subprocess
import time
from base64 import b64encode
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import Registry

WRITTEN_WITHIN_SECONDS = 20.0


def _audit(server: LiveServer, *arguments: str) -> list[dict[str, Any]]:
    command = [str(PORTSIDE), "audit", "--data", str(server.data), "--format", "json", *arguments]
    ran = subprocess.run(
        command,
        capture_output=True,
        check=True,
        text=True,
        env=clean_environment(**server.env),
        timeout=60,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _record(server: LiveServer, request_id: str) -> dict[str, Any]:
    end = time.monotonic() + WRITTEN_WITHIN_SECONDS
    while time.monotonic() < end:
        found = _audit(server, "--request-id", request_id)
        if found:
            (record,) = found
            return record
        time.sleep(0.3)
    pytest.fail(f"no record of request {request_id}")


def test_a_call_of_the_api(server: LiveServer, ecr: Any) -> None:
    """Who, what, to what, from where; the same id in the answer, the log and the record."""
    name = f"audit/{uuid4().hex}"
    answer = ecr.create_repository(repositoryName=name)
    request_id = answer["ResponseMetadata"]["RequestId"]
    record = _record(server, request_id)
    assert record["eventSource"] == "ecr.amazonaws.com"
    assert record["eventName"] == "CreateRepository"
    assert record["userIdentity"]["type"] == "Root"
    assert record["userIdentity"]["accessKeyId"] == server.access_key_id
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert record["userAgent"].startswith("Boto3/")
    assert record["requestParameters"]["repositoryName"] == name
    assert record["responseElements"]["repository"]["repositoryName"] == name
    assert [one["ARN"].partition("/")[2] for one in record["resources"]] == [name]
    assert record["readOnly"] is False
    assert "errorCode" not in record
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == request_id
    assert request_id in server.log_tail(400)


def test_a_refused_call(server: LiveServer, ecr: Any) -> None:
    with pytest.raises(ClientError) as caught:
        ecr.describe_images(repositoryName="audit/nowhere")
    record = _record(server, caught.value.response["ResponseMetadata"]["RequestId"])
    assert record["errorCode"] == "RepositoryNotFoundException"
    assert "audit/nowhere" in record["errorMessage"]
    assert record["readOnly"] is True


def test_a_wrong_signature(server: LiveServer) -> None:
    """Nobody is proven; the access key that was named is told, and so is the attempt."""
    with pytest.raises(ClientError) as caught:
        server.client("ecr", aws_secret_access_key="x" * 40).describe_repositories()
    record = _record(server, caught.value.response["ResponseMetadata"]["RequestId"])
    assert record["errorCode"] == "InvalidSignatureException"
    assert record["userIdentity"] == {"type": "Unknown", "accessKeyId": server.access_key_id}


def test_no_secret_is_recorded(server: LiveServer, ecr: Any) -> None:
    answer = ecr.get_authorization_token()
    _record(server, answer["ResponseMetadata"]["RequestId"])
    token = answer["authorizationData"][0]["authorizationToken"]
    content = "".join(file.read_text() for file in (server.data / "audit").glob("*.jsonl"))
    assert token not in content
    assert server.secret_access_key not in content


def test_pulls_and_pushes(server: LiveServer, http: httpx.Client, repo: Registry) -> None:
    """What docker does is recorded as the operations of ECR that it amounts to."""
    missing = http.get(f"/v2/{repo.name}/manifests/nothing")
    assert missing.status_code == 404
    record = _record(server, missing.headers["x-request-id"])
    assert record["eventName"] == "BatchGetImage"
    assert record["errorCode"] == "MANIFEST_UNKNOWN"
    assert record["requestParameters"] == {
        "repositoryName": repo.name,
        "imageIds": [{"imageTag": "nothing"}],
    }
    started = http.post(f"/v2/{repo.name}/blobs/uploads/")
    record = _record(server, started.headers["x-request-id"])
    assert (record["eventName"], record["readOnly"]) == ("InitiateLayerUpload", False)
    assert record["userIdentity"]["arn"].endswith(":root")


def test_a_forged_token(server: LiveServer) -> None:
    """It is recorded; asking without credentials, as clients begin, is not."""
    forged = b64encode(b"AWS:forged.token").decode()
    with httpx.Client(base_url=server.url) as client:
        refused = client.get("/v2/", headers={"authorization": f"Basic {forged}"})
        asked = client.get("/v2/")
    assert (refused.status_code, asked.status_code) == (401, 401)
    record = _record(server, refused.headers["x-request-id"])
    assert record["userIdentity"] == {"type": "Unknown"}
    assert record["errorCode"] == "UNAUTHORIZED"
    assert _audit(server, "--request-id", asked.headers["x-request-id"]) == []


def test_a_stop_writes_all() -> None:
    """What was noted just before a stop is in the files after it."""
    with LiveServer("--audit", "changes") as own:
        client = own.client("ecr")
        client.describe_repositories()
        answer = client.create_repository(repositoryName="last")
        own.stop()
        records = _audit(own)
    assert [record["requestID"] for record in records] == [answer["ResponseMetadata"]["RequestId"]]
