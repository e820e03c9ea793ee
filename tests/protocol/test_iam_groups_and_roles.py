"""Groups and roles over the wire."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import (
    READ_ONLY,
    client_of,
    document,
    fresh,
    missing,
    refused,
    trust,
)


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


@pytest.fixture
def group(iam: Any) -> str:
    name = fresh("group")
    iam.create_group(GroupName=name)
    return name


@pytest.fixture
def role(iam: Any) -> str:
    name = fresh("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
    return name


def test_a_group_with_its_members(iam: Any) -> None:
    name, users = fresh("group"), [fresh("user") for _ in range(3)]
    made = iam.create_group(GroupName=name, Path="/teams/")["Group"]
    assert re.fullmatch(r"AGPA[A-Z2-7]{17}", made["GroupId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/teams/{name}"
    for user in users:
        iam.create_user(UserName=user)
        iam.add_user_to_group(GroupName=name, UserName=user)
        iam.add_user_to_group(GroupName=name, UserName=user)
    shown = iam.get_group(GroupName=name, MaxItems=2)
    assert shown["Group"] == made
    assert shown["IsTruncated"] is True
    rest = iam.get_group(GroupName=name, Marker=shown["Marker"])
    members = [user["UserName"] for user in (*shown["Users"], *rest["Users"])]
    assert members == sorted(users)
    assert iam.list_groups_for_user(UserName=users[0])["Groups"] == [made]
    assert made in iam.list_groups(PathPrefix="/teams/")["Groups"]
    iam.remove_user_from_group(GroupName=name, UserName=users[0])
    iam.remove_user_from_group(GroupName=name, UserName=users[0])
    assert len(iam.get_group(GroupName=name)["Users"]) == 2


def test_a_group_with_members_is_not_deleted(iam: Any, group: str) -> None:
    user = fresh("user")
    iam.create_user(UserName=user)
    iam.add_user_to_group(GroupName=group, UserName=user)
    told = "Cannot delete entity, must remove users from group first\\."
    refused("DeleteConflict", 409, told, iam.delete_group, GroupName=group)
    iam.remove_user_from_group(GroupName=group, UserName=user)
    iam.delete_group(GroupName=group)
    told = f"The group with name {group} cannot be found."
    for call in (iam.get_group, iam.delete_group, iam.list_group_policies):
        missing(told, call, GroupName=group)
    missing(told, iam.add_user_to_group, GroupName=group, UserName=user)
    missing(told, iam.update_group, GroupName=group, NewGroupName="other")


def test_groups_are_renamed(iam: Any, group: str) -> None:
    other = fresh("group")
    iam.update_group(GroupName=group, NewGroupName=other, NewPath="/moved/")
    assert iam.get_group(GroupName=other)["Group"]["Path"] == "/moved/"
    iam.create_group(GroupName=group)
    told = f"Group with name {other} already exists\\."
    refused("EntityAlreadyExists", 409, told, iam.update_group, GroupName=group, NewGroupName=other)
    refused("EntityAlreadyExists", 409, told, iam.create_group, GroupName=other)


def test_a_user_is_in_ten_groups_at_most(iam: Any) -> None:
    user = fresh("user")
    iam.create_user(UserName=user)
    names = [fresh("group") for _ in range(10)]
    for name in names:
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName=user)
    iam.add_user_to_group(GroupName=names[0], UserName=user)
    other = fresh("group")
    iam.create_group(GroupName=other)
    told = "Cannot exceed quota for GroupsPerUser: 10"
    refused("LimitExceeded", 409, told, iam.add_user_to_group, GroupName=other, UserName=user)


def test_a_role_is_made_and_shown(iam: Any) -> None:
    name = fresh("role")
    made = iam.create_role(
        RoleName=name,
        Path="/service/",
        AssumeRolePolicyDocument=trust(),
        Description="builds",
        MaxSessionDuration=7200,
        PermissionsBoundary=READ_ONLY,
        Tags=[{"Key": "a", "Value": "b"}],
    )["Role"]
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/service/{name}"
    assert made["AssumeRolePolicyDocument"] == json.loads(trust())
    assert (made["Description"], made["MaxSessionDuration"]) == ("builds", 7200)
    assert "RoleLastUsed" not in made
    shown = iam.get_role(RoleName=name)["Role"]
    assert shown.pop("RoleLastUsed") == {}
    assert shown == made
    listed = iam.list_roles(PathPrefix="/service/")["Roles"]
    (found,) = (one for one in listed if one["RoleName"] == name)
    assert "Tags" not in found
    assert "PermissionsBoundary" not in found


def test_when_a_role_was_used_is_known(server: LiveServer, iam: Any) -> None:
    """Assuming it is no use of it: what its session asks for is (IAM ``RoleLastUsed``)."""
    user, name = fresh("user"), fresh("role")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document("sts:AssumeRole"))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    sts = client_of(server, key, "sts")
    made = sts.assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}
    session = server.client(
        "sts",
        region_name="eu-west-1",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    before = datetime.now(UTC).replace(microsecond=0)
    session.get_caller_identity()
    end = time.monotonic() + 30
    while True:
        # Another worker may have answered, which tells of it a little later.
        used = iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
        if used or time.monotonic() > end:
            break
        time.sleep(0.5)
    assert used["Region"] == "eu-west-1"
    assert before <= used["LastUsedDate"] <= datetime.now(UTC)
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert [one["RoleLastUsed"] for one in details if one["RoleName"] == name] == [used]


def test_a_role_is_changed(iam: Any, role: str) -> None:
    iam.update_role(RoleName=role, Description="new", MaxSessionDuration=43200)
    iam.update_role(RoleName=role)
    shown = iam.get_role(RoleName=role)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("new", 43200)
    changed = iam.update_role_description(RoleName=role, Description="newer")["Role"]
    assert changed["Description"] == "newer"
    other = trust("210987654321")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=other)
    shown = iam.get_role(RoleName=role)["Role"]
    assert shown["AssumeRolePolicyDocument"] == json.loads(other)
    iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=READ_ONLY)
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "b"}])
    shown = iam.get_role(RoleName=role)["Role"]
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert shown["Tags"] == iam.list_role_tags(RoleName=role)["Tags"]
    iam.delete_role_permissions_boundary(RoleName=role)
    iam.untag_role(RoleName=role, TagKeys=["a"])
    assert not iam.get_role(RoleName=role)["Role"].keys() & {"PermissionsBoundary", "Tags"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"Version": "2012-10-17"}', '{"Version": "2012-10-17", "Statement": []}'],
)
def test_trust_policies_that_are_none(iam: Any, role: str, text: str) -> None:
    if text:
        refused(
            "MalformedPolicyDocument",
            400,
            ".+",
            iam.create_role,
            RoleName=fresh("role"),
            AssumeRolePolicyDocument=text,
        )
        refused(
            "MalformedPolicyDocument",
            400,
            ".+",
            iam.update_assume_role_policy,
            RoleName=role,
            PolicyDocument=text,
        )
    refused(
        "MalformedPolicyDocument",
        400,
        ".+",
        iam.update_assume_role_policy,
        RoleName=role,
        PolicyDocument=document(),
    )


def test_trust_policies_that_are_too_large(iam: Any, role: str) -> None:
    statements = json.loads(trust())["Statement"] * 30
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    told = "Cannot exceed quota for ACLSizePerRole: 2048"
    refused(
        "LimitExceeded",
        409,
        told,
        iam.update_assume_role_policy,
        RoleName=role,
        PolicyDocument=text,
    )


def test_session_durations_have_bounds(iam: Any, role: str) -> None:
    told = "1 validation error .* less than or equal to 43200"
    long = {"RoleName": role, "MaxSessionDuration": 43201}
    refused("ValidationError", 400, told, iam.update_role, **long)


def test_a_role_is_deleted_when_it_has_nothing(iam: Any, role: str) -> None:
    told = f"Role with name {role} already exists\\."
    refused(
        "EntityAlreadyExists",
        409,
        told,
        iam.create_role,
        RoleName=role,
        AssumeRolePolicyDocument=trust(),
    )
    iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
    told = "Cannot delete entity, must detach all policies first\\."
    refused("DeleteConflict", 409, told, iam.delete_role, RoleName=role)
    iam.detach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document())
    told = "Cannot delete entity, must delete policies first\\."
    refused("DeleteConflict", 409, told, iam.delete_role, RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    iam.delete_role(RoleName=role)
    told = f"The role with name {role} cannot be found."
    for call in (iam.get_role, iam.delete_role, iam.update_role, iam.list_role_tags):
        missing(told, call, RoleName=role)
