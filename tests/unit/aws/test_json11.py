"""AWS JSON 1.1 at its edges: what botocore's clients would never send."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from portside.aws.protocol import json11
from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.models import find_operation


def operation_of(name: str) -> Any:
    found = find_operation("ecr", name)
    assert found is not None
    return found


def parse(name: str, document: Any) -> dict[str, Any]:
    return json11.parse_request(operation_of(name), json.dumps(document).encode())


def refused(name: str, body: bytes) -> str:
    with pytest.raises(AWSError) as caught:
        json11.parse_request(operation_of(name), body)
    assert caught.value.code == "SerializationException"
    assert caught.value.status == 400
    return caught.value.message


@pytest.mark.parametrize(
    "body", [b"", b"  \r\n", b"{}", b'{"unknown": [1]}', b'{"maxResults":null}']
)
def test_what_is_not_there(body: bytes) -> None:
    assert json11.parse_request(operation_of("DescribeRepositories"), body) == {}


def test_nulls_and_unknown_members_within() -> None:
    document: dict[str, Any] = {
        "imageIds": [{"imageTag": "a", "imageDigest": None, "x": {}}],
        "x": None,
    }
    assert parse("BatchGetImage", document) == {"imageIds": [{"imageTag": "a"}]}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "the value is not an object"),
        (None, "the value is not an object"),
        ({"repositoryName": 1}, "the value at 'repositoryName' is not a string"),
        ({"repositoryName": {}}, "the value at 'repositoryName' is not a string"),
        ({"repositoryName": "\ud800"}, "is not a string of Unicode characters"),
        ({"tags": {}}, "the value at 'tags' is not a list"),
        ({"tags": [None]}, "the value at 'tags.1.member' is not an object"),
        ({"tags": [{"Key": "k"}, {"Key": 2}]}, "the value at 'tags.2.member.Key' is not a string"),
        ({"imageScanningConfiguration": {"scanOnPush": "true"}}, "is not true or false"),
        ({"imageScanningConfiguration": {"scanOnPush": 1}}, "is not true or false"),
        ({"imageScanningConfiguration": "x"}, "is not an object"),
    ],
)
def test_wrong_types(document: Any, where: str) -> None:
    assert where in refused("CreateRepository", json.dumps(document).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        '{"repositoryName": "a"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"a":' + b"[" * 100_000,
        b'{"maxResults":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json(body: bytes) -> None:
    assert refused("DescribeRepositories", body) == "the request is not valid JSON"


@pytest.mark.parametrize("number", ["1.5", "true", '"1"', "2147483648", "-2147483649", "1e999"])
def test_what_is_no_integer(number: str) -> None:
    refused("DescribeRepositories", f'{{"maxResults": {number}}}'.encode())


def test_numbers() -> None:
    assert parse("DescribeRepositories", {"maxResults": 2147483647})["maxResults"] == 2147483647
    assert parse("DescribeRepositories", {"maxResults": 5.0}) == {"maxResults": 5}
    assert parse("UploadLayerPart", {"partLastByte": 2**63 - 1}) == {"partLastByte": 2**63 - 1}
    refused("UploadLayerPart", f'{{"partLastByte": {2**63}}}'.encode())


@pytest.mark.parametrize("blob", ['"a"', '"YQ"', '"YQ==\\n"', '"é"', "1", "[]"])
def test_what_is_no_base64(blob: str) -> None:
    assert "base64" in refused("UploadLayerPart", f'{{"layerPartBlob": {blob}}}'.encode())


def test_timestamps_are_numbers_with_milliseconds() -> None:
    moment = datetime(2026, 11, 24, 0, 0, 0, 123_456, tzinfo=UTC)
    result = {"repository": {"repositoryName": "a", "registryId": None, "createdAt": moment}}
    rendered = json11.render_response(operation_of("CreateRepository"), result)
    assert rendered == b'{"repository":{"repositoryName":"a","createdAt":1795478400.123}}'


@pytest.mark.parametrize(
    "result",
    [
        {"nothingKnown": 1},
        {"nothingKnown": None},
        {"repository": {"name": "a"}},
        {"repository": {"repositoryName": b"a"}},
        {"repository": {"repositoryName": 7}},
        {"repository": {"createdAt": 1.5}},
        {"repository": {"createdAt": datetime(2026, 1, 1)}},  # noqa: DTZ001 - that is the fault
        {"repository": {"imageScanningConfiguration": {"scanOnPush": 1}}},
        {"repository": "a"},
    ],
)
def test_faults_of_ours_are_not_sent(result: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError)):
        json11.render_response(operation_of("CreateRepository"), result)


def test_errors_with_further_members() -> None:
    error = AWSError(
        "InvalidLayerPartException",
        "\ud800 é",
        fields={"lastValidByteReceived": 4, "uploadId": None},
    )
    assert json.loads(json11.render_error(error)) == {
        "__type": "InvalidLayerPartException",
        "message": "\ud800 é",
        "lastValidByteReceived": 4,
    }
