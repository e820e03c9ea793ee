"""CloudTrail's LookupEvents over the audit trail, as boto3 asks it."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, REGION, LiveServer
from tests.protocol.identity import client_of
from tests.protocol.pushing import Registry
from tests.protocol.test_lifecycle_run import run

WRITTEN_WITHIN_SECONDS = 20.0


@pytest.fixture(scope="module")
def cloudtrail(server: LiveServer) -> Any:
    return server.client("cloudtrail")


def lookup(cloudtrail: Any, key: str, value: str, **more: Any) -> list[dict[str, Any]]:
    attribute = {"AttributeKey": key, "AttributeValue": value}
    found: list[dict[str, Any]] = cloudtrail.lookup_events(LookupAttributes=[attribute], **more)[
        "Events"
    ]
    return found


def within(ask: Callable[[], list[Any]]) -> list[Any]:
    """The answer once there is one: records are written within a second."""
    end = time.monotonic() + WRITTEN_WITHIN_SECONDS
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail("no event was found")


def refused(cloudtrail: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        cloudtrail.lookup_events(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_event_is_told_whole(cloudtrail: Any, ecr: Any, server: LiveServer) -> None:
    name = f"lookup/{uuid4().hex}"
    answer = ecr.create_repository(repositoryName=name)
    arn = answer["repository"]["repositoryArn"]
    (event,) = within(lambda: lookup(cloudtrail, "ResourceName", name))
    assert event["EventName"] == "CreateRepository"
    assert event["EventSource"] == "ecr.amazonaws.com"
    assert event["ReadOnly"] == "false"
    assert event["Username"] == "root"
    assert event["AccessKeyId"] == server.access_key_id
    assert event["Resources"] == [
        {"ResourceType": "AWS::ECR::Repository", "ResourceName": arn},
    ]
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert record["eventID"] == event["EventId"]
    assert record["requestParameters"]["repositoryName"] == name
    assert datetime.fromisoformat(record["eventTime"]) == event["EventTime"]
    assert lookup(cloudtrail, "EventId", event["EventId"]) == [event]
    assert lookup(cloudtrail, "ResourceName", arn) == [event]


def test_pages_go_on_where_the_last_one_ended(cloudtrail: Any, ecr: Any) -> None:
    name = f"lookup/{uuid4().hex}"
    ecr.create_repository(repositoryName=name)
    for _ in range(6):
        ecr.describe_images(repositoryName=name)
    attribute = {"AttributeKey": "ResourceName", "AttributeValue": name}
    within(lambda: lookup(cloudtrail, "ResourceName", name)[6:])
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[attribute], PaginationConfig={"PageSize": 3}
    )
    sizes, events = [], []
    for page in pages:
        sizes.append(len(page["Events"]))
        events += page["Events"]
    assert sizes == [3, 3, 1]
    assert len({event["EventId"] for event in events}) == 7
    moments = [event["EventTime"] for event in events]
    assert moments == sorted(moments, reverse=True)
    assert events[-1]["EventName"] == "CreateRepository"


def test_times_bound_what_is_found(cloudtrail: Any, ecr: Any) -> None:
    name = f"lookup/{uuid4().hex}"
    ecr.create_repository(repositoryName=name)
    (event,) = within(lambda: lookup(cloudtrail, "ResourceName", name))
    at, second = event["EventTime"], timedelta(seconds=1)
    assert lookup(cloudtrail, "ResourceName", name, StartTime=at, EndTime=at) == [event]
    assert lookup(cloudtrail, "ResourceName", name, StartTime=at + second) == []
    assert lookup(cloudtrail, "ResourceName", name, EndTime=at - second) == []


def test_another_region_has_events_of_its_own(server: LiveServer, ecr: Any) -> None:
    name = f"lookup/{uuid4().hex}"
    ecr.create_repository(repositoryName=name)
    within(lambda: lookup(server.client("cloudtrail"), "ResourceName", name))
    elsewhere = server.client("cloudtrail", region_name="eu-west-1")
    assert lookup(elsewhere, "ResourceName", name) == []


def test_a_user_sees_them_only_where_a_policy_says_so(server: LiveServer) -> None:
    iam, user = server.client("iam"), f"reader-{uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = client_of(server, key, "cloudtrail")
    assert refused(own)[0] == "AccessDeniedException"
    statement = {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName=user, PolicyName="look", PolicyDocument=policy)
    event = within(lambda: lookup(own, "Username", user))[-1]
    assert event["AccessKeyId"] == key["AccessKeyId"]
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "AccessDenied"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        (
            {"LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "red"}]},
            "InvalidLookupAttributesException",
        ),
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2},
            "InvalidLookupAttributesException",
        ),
        ({"EventCategory": "gossip"}, "InvalidEventCategoryException"),
        ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
        (
            {
                "StartTime": datetime(2026, 2, 1, tzinfo=UTC),
                "EndTime": datetime(2026, 1, 1, tzinfo=UTC),
            },
            "InvalidTimeRangeException",
        ),
    ],
)
def test_refusals_have_cloudtrails_codes(cloudtrail: Any, params: Any, code: str) -> None:
    assert refused(cloudtrail, **params)[0] == code


def test_a_token_goes_with_its_own_question(cloudtrail: Any, ecr: Any) -> None:
    for _ in range(2):
        ecr.describe_repositories()
    within(lambda: lookup(cloudtrail, "EventName", "DescribeRepositories")[1:])
    token = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "DescribeRepositories"}],
        MaxResults=1,
    )["NextToken"]
    assert refused(cloudtrail, NextToken=token)[0] == "InvalidNextTokenException"


def test_nothing_here_is_an_insight(cloudtrail: Any) -> None:
    assert cloudtrail.lookup_events(EventCategory="insight")["Events"] == []


def test_an_operation_that_is_not_offered(cloudtrail: Any) -> None:
    with pytest.raises(ClientError) as caught:
        cloudtrail.list_trails()
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


def test_what_a_lifecycle_policy_did(
    server: LiveServer, cloudtrail: Any, ecr: Any, repo: Registry
) -> None:
    """Found under its repository, whoever applied the policy: the schedule or a command."""
    for number in range(3):
        repo.push(f"build-{number}", f"{number}".encode())
    rule = {
        "rulePriority": 7,
        "description": "keep one",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
        "action": {"type": "expire"},
    }
    text = json.dumps({"rules": [rule]})
    ecr.put_lifecycle_policy(repositoryName=repo.name, lifecyclePolicyText=text)

    run(server, repo)

    def executions() -> list[Any]:
        found = lookup(cloudtrail, "ResourceName", repo.name)
        return [one for one in found if one["EventName"] == "PolicyExecutionEvent"]

    (event,) = within(executions)
    assert "Username" not in event
    assert "AccessKeyId" not in event
    assert event["ReadOnly"] == "true"
    record = json.loads(event["CloudTrailEvent"])
    assert record["userIdentity"] == {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}
    assert record["eventType"] == "AwsServiceEvent"
    assert record["resources"] == [
        {
            "accountId": ACCOUNT,
            "type": "AWS::ECR::Repository",
            "ARN": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{repo.name}",
        }
    ]
    details = record["serviceEventDetails"]
    assert details["repositoryName"] == repo.name
    assert details["lifecycleEventPolicy"]["policyVersion"] == 1
    assert details["lifecycleEventPolicy"]["lifecycleEventRules"] == [
        {
            "rulePriority": 7,
            "description": "keep one",
            "lifecycleEventSelection": {
                "tagStatus": "Any",
                "tagPrefixList": [],
                "countType": "Image count more than",
                "countNumber": 1,
            },
            "action": "expire",
        }
    ]
    gone = {
        one["lifecycleEventImage"]["digest"]: one["lifecycleEventImage"]["tagList"]
        for one in details["lifecycleEventImageActions"]
    }
    assert sorted(gone.values()) == [["build-0"], ["build-1"]]
