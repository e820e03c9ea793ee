"""Every operation of the service model against the server: what the model forbids is refused.

For each operation of the ECR API: each required member left out, each member of another type, too
short, too long, too small, too large, against its pattern or of a name that its set does not have;
and then what it says of members and tokens that it does not know.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.live import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LiveServer
from tests.protocol.model_cases import Fault, faults, sample

from portside.aws.ecr.operations import OPERATIONS
from portside.aws.protocol.models import find_operation, load_service

NAMES = sorted(operation.name for operation in OPERATIONS)
PREFIX = "AmazonEC2ContainerRegistry_V20150921."

Ask = Callable[[str, Any], httpx.Response]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Send any JSON to an operation, with a good signature."""
    with LiveServer("--log-level=error") as server, httpx.Client(timeout=60) as http:
        signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "ecr", "us-east-1")

        def send(name: str, params: Any) -> httpx.Response:
            body = params if isinstance(params, bytes) else json.dumps(params).encode()
            headers = {
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": PREFIX + name,
                "host": server.host,
            }
            request = AWSRequest("POST", f"{server.url}/", headers, body)
            signer.add_auth(request)
            return http.post(server.url, content=body, headers=dict(request.headers.items()))

        yield send


def model(name: str) -> Any:
    found = find_operation("ecr", name)
    assert found is not None
    return found


def declared(name: str) -> set[str]:
    """The errors that the model declares, and those that every operation may end in."""
    return {shape.name for shape in model(name).error_shapes} | {"AccessDeniedException"}


def complaint(fault: Fault, answer: httpx.Response) -> str | None:
    """What is wrong with the answer to a request with a fault, or `None`."""
    document = answer.json()
    got = (answer.status_code, document.get("__type"))
    if got != (400, fault.code) or "x-amzn-requestid" not in answer.headers:
        return f"{fault}: {got}, {document.get('message', '')[:200]}"
    missing = [words for words in fault.said if words not in document["message"]]
    return f"{fault}: {document['message'][:200]} lacks {missing}" if missing else None


@pytest.mark.parametrize("name", NAMES)
def test_what_the_model_forbids_is_refused(ask: Ask, name: str) -> None:
    wrong = [
        said
        for fault in faults(model(name))
        if (said := complaint(fault, ask(name, fault.params))) is not None
    ]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_a_request_without_faults_ends_as_the_model_declares(ask: Ask, name: str) -> None:
    """The least request that the model takes is served, or refused with a declared error."""
    answer = ask(name, sample(model(name).input_shape))
    if answer.status_code != 200:
        assert answer.status_code == 400, answer.text
        assert answer.json()["__type"] in declared(name), answer.text


@pytest.mark.parametrize("name", NAMES)
def test_members_that_the_model_does_not_know_are_passed_over(ask: Ask, name: str) -> None:
    shape = model(name).input_shape
    answer = ask(name, sample(shape) | {"noSuchMember": {"deeply": ["nested"]}})
    assert answer.status_code == 200 or answer.json()["__type"] in declared(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"not json", b'{"repositoryName": "a', b"\xff\xfe", b"null"])
def test_documents_that_are_no_requests(ask: Ask, name: str, body: bytes) -> None:
    answer = ask(name, body)
    if answer.status_code != 200:
        assert answer.status_code == 400
        codes = declared(name) | {"SerializationException"}
        assert answer.json()["__type"] in codes


@pytest.mark.parametrize(
    "token",
    ["junk", "!", "W10=", "WyJpbWFnZXMiLCJ4Il0=", "WyJpbWFnZXMiLDldCg==", "e30=", "a" * 5000],
)
@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if "nextToken" in model(name).input_shape.members],
)
def test_tokens_that_were_not_given_out(ask: Ask, name: str, token: str) -> None:
    """A token of any making is refused, or begins some page; it is no fault of the server's."""
    answer = ask(name, sample(model(name).input_shape) | {"nextToken": token})
    if answer.status_code != 200:
        assert answer.status_code == 400, answer.text
        assert answer.json()["__type"] in declared(name)


def test_operations_that_the_model_does_not_know(ask: Ask) -> None:
    for name in ("NoSuchOperation", "describerepositories", "", "X" * 5000):
        answer = ask(name, {})
        assert (answer.status_code, answer.json()["__type"]) == (400, "UnknownOperationException")


def test_nothing_of_the_model_is_missing() -> None:
    """The operations that are judged above are those of the service model."""
    assert set(NAMES) <= set(load_service("ecr").operation_names)
