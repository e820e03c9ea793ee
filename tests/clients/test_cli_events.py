"""`aws cloudtrail lookup-events` and `aws service-quotas`, as people type them."""

import json
import time
from typing import Any
from uuid import uuid4

import pytest
from tests.clients.shells import Shell

WRITTEN_WITHIN_SECONDS = 20.0


@pytest.fixture(params=["shell", "aws_v2"])
def aws(request: pytest.FixtureRequest) -> Shell:
    """The shell, once with each version of the AWS CLI as `aws`."""
    chosen: Shell = request.getfixturevalue(request.param)
    return chosen


def test_who_made_the_repository(aws: Shell) -> None:
    name = f"cli/{uuid4().hex}"
    aws.run(f"aws ecr create-repository --repository-name {name}")
    command = (
        f"aws cloudtrail lookup-events --lookup-attributes"
        f" AttributeKey=ResourceName,AttributeValue={name}"
        " --start-time 2026-01-01T00:00:00Z --max-items 1 --output json"
    )
    events: list[dict[str, Any]] = []
    end = time.monotonic() + WRITTEN_WITHIN_SECONDS
    while not events and time.monotonic() < end:
        events = json.loads(aws.run(command))["Events"]
    assert [(one["EventName"], one["Username"]) for one in events] == [("CreateRepository", "root")]
    assert json.loads(events[0]["CloudTrailEvent"])["userAgent"].startswith("aws-cli/")
    said = aws.fails(f"{command} --next-token nonsense".replace("--max-items 1 ", ""))
    assert "InvalidNextTokenException" in said


def test_how_many_repositories_there_may_be(aws: Shell) -> None:
    said = aws.run(
        "aws service-quotas list-service-quotas --service-code ecr --output text"
        " --query 'Quotas[?QuotaCode==`L-CFEB8E8D`].Value'"
    )
    assert said == "1000.0"
