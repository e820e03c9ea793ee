"""Simulations over the wire: decisions, the statements that made them, and what was missing."""

import json
from typing import Any

import pytest
from botocore.config import Config
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import READ_ONLY, document, fresh, missing, refused, trust

REPOSITORY = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/app"
PUSH, PULL = "ecr:PutImage", "ecr:BatchGetImage"


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


@pytest.fixture
def user(iam: Any) -> str:
    name = fresh("user")
    iam.create_user(UserName=name)
    return name


def decided(answer: dict[str, Any]) -> list[str]:
    return [result["EvalDecision"] for result in answer["EvaluationResults"]]


def arn(user: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{user}"


def test_policies_that_the_request_gives(iam: Any) -> None:
    allow, deny = document("ecr:*"), document("ecr:Put*").replace("Allow", "Deny")
    answer = iam.simulate_custom_policy(
        PolicyInputList=[allow, deny], ActionNames=[PULL, PUSH, "s3:GetObject"]
    )
    assert decided(answer) == ["allowed", "explicitDeny", "implicitDeny"]
    pulled, pushed, other = answer["EvaluationResults"]
    assert pulled["EvalActionName"] == PULL
    assert pulled["EvalResourceName"] == "*"
    (matched,) = pulled["MatchedStatements"]
    assert matched["SourcePolicyId"] == "PolicyInputList.1"
    start, end = matched["StartPosition"]["Column"], matched["EndPosition"]["Column"]
    statement = json.loads(allow[start - 1 : end - 1])
    assert statement == json.loads(allow)["Statement"][0]
    assert [one["SourcePolicyId"] for one in pushed["MatchedStatements"]] == [
        "PolicyInputList.1",
        "PolicyInputList.2",
    ]
    assert other["MatchedStatements"] == []


def test_boundaries_limit(iam: Any) -> None:
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document("ecr:*")],
        PermissionsBoundaryPolicyInputList=[document(PULL)],
        ActionNames=[PULL, PUSH],
    )
    assert decided(answer) == ["allowed", "implicitDeny"]
    assert [
        result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
        for result in answer["EvaluationResults"]
    ] == [True, False]


def test_conditions_ask_for_context(iam: Any) -> None:
    text = document(PULL, Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    asked = {"PolicyInputList": [text], "ActionNames": [PULL]}
    (result,) = iam.simulate_custom_policy(**asked)["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["aws:ResourceTag/team"]
    entry = {
        "ContextKeyName": "aws:ResourceTag/team",
        "ContextKeyValues": ["a"],
        "ContextKeyType": "string",
    }
    (result,) = iam.simulate_custom_policy(**asked, ContextEntries=[entry])["EvaluationResults"]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"]
    assert keys == ["aws:ResourceTag/team"]


def test_resource_policies_need_a_caller(iam: Any, user: str) -> None:
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": arn(user)}, "Action": PULL},
        }
    )
    asked = {
        "PolicyInputList": [document("s3:*")],
        "ActionNames": [PULL],
        "ResourceArns": [REPOSITORY],
        "ResourcePolicy": policy,
    }
    told = "CallerArn is required where ResourcePolicy is given\\."
    refused("InvalidInput", 400, told, iam.simulate_custom_policy, **asked)
    answer = iam.simulate_custom_policy(**asked, CallerArn=arn(user))
    assert decided(answer) == ["allowed"]
    (matched,) = answer["EvaluationResults"][0]["MatchedStatements"]
    assert matched["SourcePolicyId"] == "ResourcePolicy"
    assert decided(iam.simulate_custom_policy(**asked, CallerArn=arn("other"))) == ["implicitDeny"]
    told = "Invalid Caller Arn: .*"
    refused("InvalidInput", 400, told, iam.simulate_custom_policy, **asked, CallerArn=REPOSITORY)


def test_a_user_with_its_groups(iam: Any, user: str) -> None:
    group = fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=document(PUSH))
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document("ecr:Get*"))
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    asked = {"PolicySourceArn": arn(user), "ActionNames": [PULL, PUSH, "ecr:DeleteRepository"]}
    answer = iam.simulate_principal_policy(**asked, ResourceArns=[REPOSITORY])
    assert decided(answer) == ["allowed", "allowed", "implicitDeny"]
    pulled, pushed, _ = answer["EvaluationResults"]
    assert pulled["MatchedStatements"][0]["SourcePolicyId"] == READ_ONLY.rpartition("/")[2]
    assert pushed["MatchedStatements"][0]["SourcePolicyId"] == f"group_{group}_p"
    more = iam.simulate_principal_policy(**asked, PolicyInputList=[document("ecr:Delete*")])
    assert decided(more) == ["allowed"] * 3
    inline = {"PolicyName": "p", "AttachmentType": "group", "AttachmentName": group}
    for exclusion, expected in (
        ({"PolicyArn": READ_ONLY[:-4] + "*"}, ["implicitDeny", "allowed"]),
        ({"PolicyType": "aws-managed"}, ["implicitDeny", "allowed"]),
        ({"PolicyType": "inline"}, ["allowed", "implicitDeny"]),
        ({"InlinePolicyIdentifier": inline}, ["allowed", "implicitDeny"]),
        ({"PolicyType": "user-managed"}, ["allowed", "allowed"]),
    ):
        less = iam.simulate_principal_policy(**asked, PolicyExclusionList=[exclusion])
        assert decided(less)[:2] == expected, exclusion
    of_group = f"arn:aws:iam::{ACCOUNT}:group/{group}"
    answer = iam.simulate_principal_policy(PolicySourceArn=of_group, ActionNames=[PULL, PUSH])
    assert decided(answer) == ["implicitDeny", "allowed"]


def test_the_boundary_that_is_set_counts(iam: Any, user: str) -> None:
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document("ecr:*"))
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=READ_ONLY)
    asked = {"PolicySourceArn": arn(user), "ActionNames": [PULL, PUSH]}
    assert decided(iam.simulate_principal_policy(**asked)) == ["allowed", "implicitDeny"]
    without = [{"PolicyType": "permission-boundary"}]
    answer = iam.simulate_principal_policy(**asked, PolicyExclusionList=without)
    assert decided(answer) == ["allowed", "allowed"]
    other = iam.simulate_principal_policy(
        **asked, PermissionsBoundaryPolicyInputList=[document(PUSH)]
    )
    assert decided(other) == ["implicitDeny", "allowed"]


def test_a_role(iam: Any) -> None:
    role = fresh("role")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust())
    text = document(PULL, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=text)
    source = {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
    keys = iam.get_context_keys_for_principal_policy(**source)["ContextKeyNames"]
    assert keys == ["aws:SourceIp"]
    entry = {
        "ContextKeyName": "aws:SourceIp",
        "ContextKeyValues": ["10.1.2.3"],
        "ContextKeyType": "ip",
    }
    asked = {**source, "ActionNames": [PULL]}
    assert decided(iam.simulate_principal_policy(**asked, ContextEntries=[entry])) == ["allowed"]
    assert decided(iam.simulate_principal_policy(**asked)) == ["implicitDeny"]


def test_pages(iam: Any) -> None:
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(PULL)],
        ActionNames=[PULL, PUSH],
        ResourceArns=[f"{REPOSITORY}{number}" for number in range(3)],
        PaginationConfig={"PageSize": 4},
    )
    sizes = [len(page["EvaluationResults"]) for page in pages]
    assert sizes == [4, 2]


def test_what_cannot_be_simulated(iam: Any) -> None:
    call = iam.simulate_custom_policy
    wrong: dict[str, Any] = {"PolicyInputList": ["{}"], "ActionNames": [PULL]}
    refused("InvalidInput", 400, "PolicyInputList\\.1: .+", call, **wrong)
    refused(
        "InvalidInput",
        400,
        "PolicyInputList\\.1: .+",
        iam.get_context_keys_for_custom_policy,
        PolicyInputList=["{}"],
    )
    for action in ("ecr", "ecr:", ":Get"):
        wrong = {"PolicyInputList": [document()], "ActionNames": [action]}
        told = f"Invalid Action Name: {action}"
        refused("InvalidInput", 400, told, call, **wrong)
    many = [f"ecr:A{number}" for number in range(400)]
    wrong = {
        "PolicyInputList": [document()],
        "ActionNames": many,
        "ResourceArns": [f"arn:{number}" for number in range(400)],
    }
    refused("InvalidInput", 400, "At most 100000 pairs .*", call, **wrong)
    two = [document(), document()]
    wrong = {
        "PolicyInputList": [document()],
        "ActionNames": [PULL],
        "PermissionsBoundaryPolicyInputList": two,
    }
    refused("InvalidInput", 400, "Only one permissions boundary .*", call, **wrong)
    told = f"The principal with ARN {arn('nobody')} cannot be found."
    nobody = {"PolicySourceArn": arn("nobody")}
    missing(told, iam.simulate_principal_policy, **nobody, ActionNames=[PULL])
    missing(told, iam.get_context_keys_for_principal_policy, **nobody)


def test_an_identifier_of_two_policies(server: LiveServer, user: str) -> None:
    unchecked = server.client("iam", config=Config(parameter_validation=False))
    two: dict[str, Any] = {
        "PolicySourceArn": arn(user),
        "ActionNames": [PULL],
        "PolicyExclusionList": [{"PolicyType": "inline", "PolicyArn": READ_ONLY}],
    }
    told = "A policy identifier holds one of type, ARN and inline policy\\."
    refused("InvalidInput", 400, told, unchecked.simulate_principal_policy, **two)
