"""Managed and inline policies over the wire."""

import json
import re
from typing import Any

import pytest
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import (
    POWER_USER,
    READ_ONLY,
    document,
    fresh,
    missing,
    refused,
    trust,
)

GONE = f"arn:aws:iam::{ACCOUNT}:policy/gone"


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


@pytest.fixture
def policy(iam: Any) -> str:
    made = iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=document())
    return str(made["Policy"]["Arn"])


@pytest.fixture(params=["user", "group", "role"])
def holder(request: pytest.FixtureRequest, iam: Any) -> tuple[str, dict[str, str]]:
    kind = request.param
    name = fresh(kind)
    extra = {"AssumeRolePolicyDocument": trust()} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{f"{kind.capitalize()}Name": name}, **extra)
    return kind, {f"{kind.capitalize()}Name": name}


def test_a_policy_is_made_and_shown(iam: Any) -> None:
    name = fresh("policy")
    made = iam.create_policy(
        PolicyName=name, Path="/teams/", PolicyDocument=document(), Description="what it is for"
    )["Policy"]
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:policy/teams/{name}"
    assert made["CreateDate"] == made["UpdateDate"]
    assert made.keys() == {
        "PolicyName",
        "PolicyId",
        "Arn",
        "Path",
        "DefaultVersionId",
        "AttachmentCount",
        "PermissionsBoundaryUsageCount",
        "IsAttachable",
        "CreateDate",
        "UpdateDate",
    }
    assert (made["DefaultVersionId"], made["AttachmentCount"]) == ("v1", 0)
    shown = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
    assert shown == made | {"Description": "what it is for", "Tags": []}
    for other in (name, name.upper()):
        told = f"A policy called {other} already exists\\. Duplicate names are not allowed\\."
        refused(
            "EntityAlreadyExists",
            409,
            told,
            iam.create_policy,
            PolicyName=other,
            PolicyDocument=document(),
        )


def test_versions(iam: Any, policy: str) -> None:
    """Five at most; numbers are not given twice; the one in force stays."""
    texts = [document(f"ecr:Get{letter}") for letter in "ABCD"]
    for text in texts:
        made = iam.create_policy_version(PolicyArn=policy, PolicyDocument=text)["PolicyVersion"]
        assert made["IsDefaultVersion"] is False
    told = (
        "A managed policy can have up to 5 versions\\. Before you create a new version, you must "
        "delete an existing version\\."
    )
    full = {"PolicyArn": policy, "PolicyDocument": document()}
    refused("LimitExceeded", 409, told, iam.create_policy_version, **full)
    listed = iam.list_policy_versions(PolicyArn=policy, MaxItems=3)
    assert [one["VersionId"] for one in listed["Versions"]] == ["v5", "v4", "v3"]
    rest = iam.list_policy_versions(PolicyArn=policy, Marker=listed["Marker"])
    assert [one["VersionId"] for one in rest["Versions"]] == ["v2", "v1"]
    assert "Document" not in listed["Versions"][0]
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v3")
    shown = iam.get_policy_version(PolicyArn=policy, VersionId="v3")["PolicyVersion"]
    assert shown["Document"] == json.loads(texts[1])
    assert shown["IsDefaultVersion"] is True
    told = "Cannot delete the default version of a policy\\."
    version = {"PolicyArn": policy, "VersionId": "v3"}
    refused("DeleteConflict", 409, told, iam.delete_policy_version, **version)
    iam.delete_policy_version(PolicyArn=policy, VersionId="v5")
    made = iam.create_policy_version(**full, SetAsDefault=True)["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", True)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v6"
    told = "Policy version v9 does not exist or is not attachable."
    for call in (
        iam.get_policy_version,
        iam.delete_policy_version,
        iam.set_default_policy_version,
    ):
        missing(told, call, PolicyArn=policy, VersionId="v9")


def test_a_policy_is_deleted_when_nobody_has_it(iam: Any, policy: str) -> None:
    user = fresh("user")
    iam.create_user(UserName=user, PermissionsBoundary=policy)
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document())
    counts = iam.get_policy(PolicyArn=policy)["Policy"]
    assert (counts["AttachmentCount"], counts["PermissionsBoundaryUsageCount"]) == (1, 1)
    told = "Cannot delete a policy attached to entities\\."
    refused("DeleteConflict", 409, told, iam.delete_policy, PolicyArn=policy)
    iam.detach_user_policy(UserName=user, PolicyArn=policy)
    refused("DeleteConflict", 409, told, iam.delete_policy, PolicyArn=policy)
    iam.delete_user_permissions_boundary(UserName=user)
    told = "This policy has more than one version\\. .*"
    refused("DeleteConflict", 409, told, iam.delete_policy, PolicyArn=policy)
    iam.delete_policy_version(PolicyArn=policy, VersionId="v2")
    iam.delete_policy(PolicyArn=policy)
    told = f"Policy {policy} was not found."
    for call in (
        iam.get_policy,
        iam.delete_policy,
        iam.list_policy_versions,
        iam.list_policy_tags,
        iam.list_entities_for_policy,
    ):
        missing(told, call, PolicyArn=policy)
    version = {"PolicyArn": policy, "PolicyDocument": document()}
    missing(told, iam.create_policy_version, **version)


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "{}",
        '{"Version": "2012-10-17", "Statement": []}',
        document().replace("2012-10-17", "2000-01-01"),
        document(Effect="Perhaps"),
        document(Principal="*"),
        document(Unknown="x"),
    ],
)
def test_documents_that_are_no_policies(iam: Any, policy: str, text: str) -> None:
    for call, params in (
        (iam.create_policy, {"PolicyName": fresh("policy"), "PolicyDocument": text}),
        (iam.create_policy_version, {"PolicyArn": policy, "PolicyDocument": text}),
    ):
        refused("MalformedPolicyDocument", 400, ".+", call, **params)


def test_documents_that_are_too_large(iam: Any) -> None:
    """White space does not count."""
    large = document(Sid="S" * 6144)
    told = "Cannot exceed quota for PolicySize: 6144"
    call = iam.create_policy
    refused("LimitExceeded", 409, told, call, PolicyName=fresh("policy"), PolicyDocument=large)
    iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=document() + " " * 7000)


def test_the_policies_of_aws_are_read_and_not_changed(iam: Any) -> None:
    shown = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    assert shown["PolicyName"] == "AmazonEC2ContainerRegistryReadOnly"
    version = {"PolicyArn": READ_ONLY, "VersionId": shown["DefaultVersionId"]}
    text = iam.get_policy_version(**version)["PolicyVersion"]["Document"]
    assert "ecr:BatchGetImage" in text["Statement"][0]["Action"]
    told = ".*is not authorized to perform: iam:.* on resource: .*AmazonEC2Container.*"
    refused("AccessDenied", 403, told, iam.delete_policy, PolicyArn=READ_ONLY)
    refused("AccessDenied", 403, told, iam.set_default_policy_version, **version)
    tags = {"PolicyArn": READ_ONLY, "Tags": [{"Key": "a", "Value": "b"}]}
    refused("AccessDenied", 403, told, iam.tag_policy, **tags)


def test_policies_are_listed_by_scope_path_and_use(iam: Any) -> None:
    path, user = f"/{fresh('path')}/", fresh("user")
    arns = [
        iam.create_policy(PolicyName=fresh(letter), Path=path, PolicyDocument=document())["Policy"][
            "Arn"
        ]
        for letter in "abc"
    ]
    iam.create_user(UserName=user, PermissionsBoundary=arns[1])
    iam.attach_user_policy(UserName=user, PolicyArn=arns[0])
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)

    def listed(**params: Any) -> list[str]:
        pages = iam.get_paginator("list_policies").paginate(**params)
        return [one["Arn"] for page in pages for one in page["Policies"]]

    assert listed(PathPrefix=path) == arns
    assert listed(PathPrefix=path, PaginationConfig={"PageSize": 1}) == arns
    assert listed(PathPrefix=path, Scope="AWS") == []
    assert listed(PathPrefix=path, OnlyAttached=True) == arns[:1]
    assert listed(PathPrefix=path, PolicyUsageFilter="PermissionsBoundary") == arns[1:2]
    assert listed(PathPrefix=path, PolicyUsageFilter="PermissionsPolicy") == arns[:1]
    of_aws = listed(Scope="AWS", PaginationConfig={"PageSize": 7})
    assert all(arn.startswith("arn:aws:iam::aws:policy/") for arn in of_aws)
    assert {READ_ONLY, POWER_USER} <= set(of_aws)
    assert READ_ONLY in listed(Scope="AWS", OnlyAttached=True)
    assert set(listed(Scope="Local")) | set(of_aws) == set(listed())


def test_attaching(iam: Any, policy: str, holder: tuple[str, dict[str, str]]) -> None:
    kind, named = holder
    attach, detach = getattr(iam, f"attach_{kind}_policy"), getattr(iam, f"detach_{kind}_policy")
    for arn in (policy, READ_ONLY, policy):
        attach(**named, PolicyArn=arn)
    listing = getattr(iam, f"list_attached_{kind}_policies")
    listed = listing(**named)["AttachedPolicies"]
    assert {one["PolicyArn"] for one in listed} == {policy, READ_ONLY}
    assert {one["PolicyName"] for one in listed} == {
        policy.rpartition("/")[2],
        READ_ONLY.rpartition("/")[2],
    }
    assert listing(**named, PathPrefix="/elsewhere/")["AttachedPolicies"] == []
    entities = iam.list_entities_for_policy(PolicyArn=policy)
    (name,) = named.values()
    shown = entities[f"Policy{kind.capitalize()}s"]
    assert [one[f"{kind.capitalize()}Name"] for one in shown] == [name]
    detach(**named, PolicyArn=policy)
    missing(f"Policy {policy} was not found.", detach, **named, PolicyArn=policy)
    told = f"Policy {GONE} does not exist or is not attachable."
    missing(told, attach, **named, PolicyArn=GONE)
    refused(
        "InvalidInput",
        400,
        "ARN x{20} is not valid\\.",
        attach,
        **named,
        PolicyArn="x" * 20,
    )


def test_ten_policies_at_most(iam: Any, holder: tuple[str, dict[str, str]]) -> None:
    kind, named = holder
    attach = getattr(iam, f"attach_{kind}_policy")
    of_aws = [one["Arn"] for one in iam.list_policies(Scope="AWS")["Policies"]][:11]
    for arn in of_aws[:10]:
        attach(**named, PolicyArn=arn)
    told = f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10"
    refused("LimitExceeded", 409, told, attach, **named, PolicyArn=of_aws[10])


def test_inline_policies(iam: Any, holder: tuple[str, dict[str, str]]) -> None:
    kind, named = holder
    put = getattr(iam, f"put_{kind}_policy")
    get, delete = getattr(iam, f"get_{kind}_policy"), getattr(iam, f"delete_{kind}_policy")
    listing = getattr(iam, f"list_{kind}_policies")
    for name in ("b", "a"):
        put(**named, PolicyName=name, PolicyDocument=document())
    put(**named, PolicyName="a", PolicyDocument=document("ecr:PutImage"))
    assert listing(**named)["PolicyNames"] == ["a", "b"]
    first = listing(**named, MaxItems=1)
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a"], True)
    shown = get(**named, PolicyName="a")
    assert shown["PolicyDocument"] == json.loads(document("ecr:PutImage"))
    assert shown["PolicyName"] == "a"
    assert named.items() <= shown.items()
    delete(**named, PolicyName="a")
    told = f"The {kind} policy with name a cannot be found."
    missing(told, get, **named, PolicyName="a")
    missing(told, delete, **named, PolicyName="a")
    bad = {"PolicyName": "c", "PolicyDocument": "{}"}
    refused("MalformedPolicyDocument", 400, ".+", put, **named, **bad)


def test_inline_policies_together_have_a_size(iam: Any, holder: tuple[str, dict[str, str]]) -> None:
    kind, named = holder
    put = getattr(iam, f"put_{kind}_policy")
    limit = {"user": 2048, "group": 5120, "role": 10240}[kind]
    (name,) = named.values()
    half = document(Sid="S" * (limit // 2))
    put(**named, PolicyName="a", PolicyDocument=half)
    put(**named, PolicyName="a", PolicyDocument=half)
    told = f"Maximum policy size of {limit} bytes exceeded for {kind} {name}"
    refused("LimitExceeded", 409, told, put, **named, PolicyName="b", PolicyDocument=half)


def test_who_has_a_policy(iam: Any, policy: str) -> None:
    users = [fresh(letter) for letter in "ab"]
    group, role = fresh("group"), fresh("role")
    for user in users:
        iam.create_user(UserName=user, Path="/x/")
    iam.create_group(GroupName=group)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(), PermissionsBoundary=policy)
    iam.attach_user_policy(UserName=users[0], PolicyArn=policy)
    iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    iam.put_user_permissions_boundary(UserName=users[1], PermissionsBoundary=policy)

    def listed(**params: Any) -> list[str]:
        pages = iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=policy, **params)
        shown = []
        for page in pages:
            shown += [one["GroupName"] for one in page["PolicyGroups"]]
            shown += [one["RoleName"] for one in page["PolicyRoles"]]
            shown += [one["UserName"] for one in page["PolicyUsers"]]
        return shown

    everyone = [group, role, *users]
    assert listed() == everyone
    assert listed(PaginationConfig={"PageSize": 1}) == everyone
    assert listed(EntityFilter="User") == users
    assert listed(EntityFilter="Group") == [group]
    assert listed(PathPrefix="/x/") == users
    assert listed(PolicyUsageFilter="PermissionsBoundary") == [role, users[1]]
    assert listed(PolicyUsageFilter="PermissionsPolicy") == [group, users[0]]


def test_tags_of_policies(iam: Any) -> None:
    tags = [{"Key": "a", "Value": "1"}]
    made = iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=document(), Tags=tags)
    assert made["Policy"]["Tags"] == tags
    arn = made["Policy"]["Arn"]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == [{"Key": "b", "Value": "2"}]


def test_policies_of_another_account_are_not_seen(iam: Any) -> None:
    other = "arn:aws:iam::210987654321:policy/theirs"
    told = ".*is not authorized to perform: iam:GetPolicy on resource: .*"
    refused("AccessDenied", 403, told, iam.get_policy, PolicyArn=other)
    user = fresh("user")
    iam.create_user(UserName=user)
    told = f"Policy {other} does not exist or is not attachable."
    missing(told, iam.attach_user_policy, UserName=user, PolicyArn=other)
