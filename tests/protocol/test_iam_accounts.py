"""Accounts over the wire: aliases, summaries, authorization details, and what lies between two."""

import json
import re
from typing import Any

import pytest
from tests.live import LiveServer
from tests.protocol.identity import READ_ONLY, document, fresh, missing, new_account, refused, trust


@pytest.fixture
def alone(server: LiveServer) -> Any:
    return new_account(server)


def test_aliases(server: LiveServer, alone: Any) -> None:
    iam = server.client("iam")
    alias, other = fresh("alias"), fresh("other")
    assert alone.list_account_aliases()["AccountAliases"] == []
    alone.create_account_alias(AccountAlias=alias)
    alone.create_account_alias(AccountAlias=other)
    alone.create_account_alias(AccountAlias=alias)
    assert alone.list_account_aliases()["AccountAliases"] == [alias]
    told = f"The account alias {alias} already exists\\."
    refused("EntityAlreadyExists", 409, told, iam.create_account_alias, AccountAlias=alias)
    missing(
        f"The account alias with name {other} cannot be found.",
        alone.delete_account_alias,
        AccountAlias=other,
    )
    alone.delete_account_alias(AccountAlias=alias)
    assert alone.list_account_aliases()["AccountAliases"] == []
    refused(
        "ValidationError",
        400,
        "1 validation error .*",
        alone.create_account_alias,
        AccountAlias="-a-",
    )


def fill(iam: Any) -> str:
    """One of each kind, with all that can be given to it."""
    arn = iam.create_policy(PolicyName="own", PolicyDocument=document(), Description="d")["Policy"][
        "Arn"
    ]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("ecr:Get*"))
    iam.create_user(UserName="amar", PermissionsBoundary=arn, Tags=[{"Key": "a", "Value": "b"}])
    iam.create_group(GroupName="developers")
    iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust(), Description="d")
    iam.add_user_to_group(UserName="amar", GroupName="developers")
    for kind, name in (("user", "amar"), ("group", "developers"), ("role", "build")):
        named = {f"{kind.capitalize()}Name": name}
        getattr(iam, f"put_{kind}_policy")(**named, PolicyName="in", PolicyDocument=document())
        getattr(iam, f"attach_{kind}_policy")(**named, PolicyArn=READ_ONLY)
    return str(arn)


def test_summaries(alone: Any) -> None:
    before = alone.get_account_summary()["SummaryMap"]
    assert (before["Users"], before["AccountAccessKeysPresent"]) == (0, 1)
    fill(alone)
    alone.create_open_id_connect_provider(Url="https://issuer.example.com")
    after = alone.get_account_summary()["SummaryMap"]
    counted = ("Users", "Groups", "Roles", "Policies", "PolicyVersionsInUse", "Providers")
    assert [after[key] for key in counted] == [1, 1, 1, 1, 2, 1]
    quotas = {
        "UsersQuota": 5000,
        "GroupsQuota": 300,
        "GroupsPerUserQuota": 10,
        "AccessKeysPerUserQuota": 2,
        "PolicySizeQuota": 6144,
        "VersionsPerPolicyQuota": 5,
    }
    assert quotas.items() <= after.items()


def test_authorization_details(alone: Any) -> None:
    arn = fill(alone)
    details = alone.get_account_authorization_details()
    inline = [{"PolicyName": "in", "PolicyDocument": json.loads(document())}]
    attached = [{"PolicyName": READ_ONLY.rpartition("/")[2], "PolicyArn": READ_ONLY}]
    (user,) = details["UserDetailList"]
    assert user["UserPolicyList"] == inline
    assert user["AttachedManagedPolicies"] == attached
    assert user["GroupList"] == ["developers"]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert user["Tags"] == [{"Key": "a", "Value": "b"}]
    (group,) = details["GroupDetailList"]
    assert (group["GroupPolicyList"], group["AttachedManagedPolicies"]) == (inline, attached)
    (role,) = details["RoleDetailList"]
    assert role["AssumeRolePolicyDocument"] == json.loads(trust())
    assert (role["RolePolicyList"], role["AttachedManagedPolicies"]) == (inline, attached)
    policies = {policy["Arn"]: policy for policy in details["Policies"]}
    assert set(policies) == {arn, READ_ONLY}
    versions = policies[arn]["PolicyVersionList"]
    assert [version["VersionId"] for version in versions] == ["v2", "v1"]
    assert versions[1]["Document"] == json.loads(document())
    assert policies[READ_ONLY]["AttachmentCount"] == 3


def test_authorization_details_by_pages_and_kinds(alone: Any) -> None:
    fill(alone)
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    paginator = alone.get_paginator("get_account_authorization_details")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 1}))
    assert [sum(len(page[name]) for name in lists) for page in pages] == [1] * 5
    whole = alone.get_account_authorization_details()
    for name in lists:
        assert [one for page in pages for one in page[name]] == whole[name]
    only = alone.get_account_authorization_details(Filter=["Role", "AWSManagedPolicy"])
    assert [len(only[name]) for name in lists] == [0, 0, 1, 1]


def test_accounts_see_nothing_of_one_another(server: LiveServer, alone: Any) -> None:
    iam = server.client("iam")
    name = fresh("user")
    iam.create_user(UserName=name)
    missing(f"The user with name {name} cannot be found.", alone.get_user, UserName=name)
    alone.create_user(UserName=name)
    assert [user["UserName"] for user in alone.list_users()["Users"]] == [name]
    iam.delete_user(UserName=name)
    alone.get_user(UserName=name)


def test_signed_for_the_home_of_iam_or_for_all_regions(server: LiveServer) -> None:
    for region in ("us-east-1", "aws-global", "eu-central-1"):
        iam = server.client("iam", region_name=region)
        assert re.fullmatch(r"arn:aws:iam::\d{12}:root", iam.get_user()["User"]["Arn"])
