"""Both ways through botocore: what its clients write is read, what is written they read."""

from typing import Any, Final

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.aws.shapes import TEXT, operations, values

from portside.aws.protocol import json11, query
from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.models import find_operation, load_service

some = settings(
    max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
fewer = settings(some, max_examples=8)
REQUEST_ID: Final = "0a1b2c3d-0000-4000-8000-000000000000"


def operation_of(service: str, name: str) -> Any:
    found = find_operation(service, name)
    assert found is not None
    return found


def written_by_botocore(operation: Any, params: dict[str, Any]) -> dict[str, Any]:
    protocol = operation.service_model.metadata["protocol"]
    serializer = create_serializer(protocol, include_validation=False)
    return dict(serializer.serialize_to_request(params, operation))


def read_by_botocore(operation: Any, status: int, body: bytes) -> dict[str, Any]:
    parser = create_parser(operation.service_model.metadata["protocol"])
    answer = {"status_code": status, "headers": {}, "body": body}
    parsed = dict(parser.parse(answer, operation.output_shape))
    parsed.pop("ResponseMetadata")
    return parsed


@pytest.mark.parametrize(("service", "name"), operations("ecr"))
def test_json_requests(service: str, name: str) -> None:
    operation = operation_of(service, name)

    @some
    @given(values(service, operation.input_shape))
    def round_trip(params: dict[str, Any]) -> None:
        written = written_by_botocore(operation, params)
        assert json11.parse_request(operation, written["body"]) == params

    round_trip()


@pytest.mark.parametrize(("service", "name"), operations("ecr"))
def test_json_answers(service: str, name: str) -> None:
    operation = operation_of(service, name)

    @some
    @given(values(service, operation.output_shape))
    def round_trip(result: dict[str, Any]) -> None:
        written = json11.render_response(operation, result)
        assert read_by_botocore(operation, 200, written) == result

    round_trip()


@pytest.mark.parametrize(("service", "name"), operations("sts", "iam"))
def test_query_requests(service: str, name: str) -> None:
    operation = operation_of(service, name)

    @fewer
    @given(values(service, operation.input_shape))
    def round_trip(params: dict[str, Any]) -> None:
        written = written_by_botocore(operation, params)["body"]
        assert written["Action"] == name
        form = {field: str(value) for field, value in written.items()}
        assert query.parse_request(operation, form) == params
        assert query.parse_request(operation, list(form.items())) == params

    round_trip()


@pytest.mark.parametrize(("service", "name"), operations("sts", "iam"))
def test_query_answers(service: str, name: str) -> None:
    operation = operation_of(service, name)

    @fewer
    @given(values(service, operation.output_shape))
    def round_trip(result: dict[str, Any]) -> None:
        written = query.render_response(operation, result, REQUEST_ID)
        assert read_by_botocore(operation, 200, written) == result

    round_trip()


@settings(some, max_examples=50)
@given(TEXT, st.sampled_from([400, 403, 500]))
def test_errors(message: str, status: int) -> None:
    error = AWSError("TheCode", message, status=status, fields={"RegistryId": "12", "Absent": None})
    for service, body in (
        ("ecr", json11.render_error(error)),
        ("iam", query.render_error(error, REQUEST_ID)),
    ):
        parser: Any = create_parser(load_service(service).metadata["protocol"])
        answer = {"status_code": status, "headers": {}, "body": body}
        parsed = dict(parser.parse(answer, None))
        assert parsed["Error"]["Code"] == "TheCode"
        assert (parsed["Error"]["Message"] or "") == message
        assert parsed["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize("service", ["sts", "iam"])
def test_query_answers_name_their_request(service: str) -> None:
    operation = operation_of(service, load_service(service).operation_names[0])
    body = query.render_response(operation, {}, REQUEST_ID)
    parser = create_parser("query")
    parsed = parser.parse({"status_code": 200, "headers": {}, "body": body}, operation.output_shape)
    assert parsed["ResponseMetadata"]["RequestId"] == REQUEST_ID
    namespace = operation.service_model.metadata["xmlNamespace"]
    assert body.startswith(f'<{operation.name}Response xmlns="{namespace}">'.encode())
