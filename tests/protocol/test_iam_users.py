"""Users over the wire: made, shown, renamed, tagged, listed by pages, deleted in order."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import READ_ONLY, document, fresh, missing, refused


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


@pytest.fixture
def user(iam: Any) -> str:
    name = fresh("user")
    iam.create_user(UserName=name)
    return name


def test_a_user_is_made_and_shown(iam: Any) -> None:
    name = fresh("user")
    made = iam.create_user(
        UserName=name,
        Path="/division/team/",
        PermissionsBoundary=READ_ONLY,
        Tags=[{"Key": "team", "Value": "a b"}, {"Key": "empty", "Value": ""}],
    )["User"]
    assert made["Path"] == "/division/team/"
    assert made["UserName"] == name
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/division/team/{name}"
    assert abs(made["CreateDate"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert made["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": READ_ONLY,
    }
    assert made["Tags"] == [{"Key": "empty", "Value": ""}, {"Key": "team", "Value": "a b"}]
    assert iam.get_user(UserName=name)["User"] == made


def test_root_is_shown_without_a_name(iam: Any) -> None:
    shown = iam.get_user()["User"]
    assert shown["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert shown["UserId"] == ACCOUNT
    assert "UserName" not in shown


def test_a_user_is_shown_to_itself(iam: Any, user: str, server: LiveServer) -> None:
    key = iam.create_access_key(UserName=user)["AccessKey"]
    iam.put_user_policy(UserName=user, PolicyName="self", PolicyDocument=document("iam:GetUser"))
    own = server.client(
        "iam",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    assert own.get_user()["User"]["UserName"] == user


def test_names_are_one_whatever_their_case(iam: Any, user: str) -> None:
    for name in (user, user.upper()):
        message = f"User with name {name} already exists\\."
        refused("EntityAlreadyExists", 409, message, iam.create_user, UserName=name)


def test_who_is_not_there(iam: Any) -> None:
    told = "The user with name nobody cannot be found."
    for call in (
        iam.get_user,
        iam.delete_user,
        iam.list_groups_for_user,
        iam.list_attached_user_policies,
        iam.list_user_policies,
        iam.list_user_tags,
        iam.list_access_keys,
        iam.create_access_key,
        iam.delete_user_permissions_boundary,
    ):
        missing(told, call, UserName="nobody")
    missing(told, iam.update_user, UserName="nobody", NewUserName="somebody")
    missing(told, iam.attach_user_policy, UserName="nobody", PolicyArn=READ_ONLY)
    missing(told, iam.tag_user, UserName="nobody", Tags=[])


@pytest.mark.parametrize("name", ["a b", "a/b", "ä", "x" * 65])
def test_names_that_cannot_be(iam: Any, name: str) -> None:
    refused(
        "ValidationError", 400, "1 validation error detected: .*", iam.create_user, UserName=name
    )


@pytest.mark.parametrize("path", ["a", "/a", "/ä/"])
def test_paths_that_cannot_be(iam: Any, path: str) -> None:
    told = "1 validation error detected: Value .* at 'path' failed .*"
    refused("ValidationError", 400, told, iam.create_user, UserName="x", Path=path)


def test_a_boundary_must_be_there(iam: Any) -> None:
    gone = f"arn:aws:iam::{ACCOUNT}:policy/gone"
    told = f"Policy {gone} does not exist or is not attachable."
    missing(told, iam.create_user, UserName=fresh("user"), PermissionsBoundary=gone)


def test_a_boundary_is_put_and_taken_away(iam: Any, user: str) -> None:
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=READ_ONLY)
    assert "PermissionsBoundary" in iam.get_user(UserName=user)["User"]
    iam.delete_user_permissions_boundary(UserName=user)
    assert "PermissionsBoundary" not in iam.get_user(UserName=user)["User"]


def test_a_renamed_user_keeps_its_id(iam: Any, user: str) -> None:
    before = iam.get_user(UserName=user)["User"]
    other = fresh("user")
    iam.update_user(UserName=user, NewUserName=other, NewPath="/moved/")
    after = iam.get_user(UserName=other)["User"]
    assert after["UserId"] == before["UserId"]
    assert after["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/moved/{other}"
    missing(f"The user with name {user} cannot be found.", iam.get_user, UserName=user)
    iam.update_user(UserName=other, NewUserName=other.upper())
    assert iam.get_user(UserName=other.upper())["User"]["Path"] == "/moved/"


def test_a_taken_name_is_not_given(iam: Any, user: str) -> None:
    other = fresh("user")
    iam.create_user(UserName=other)
    message = f"User with name {other} already exists\\."
    refused("EntityAlreadyExists", 409, message, iam.update_user, UserName=user, NewUserName=other)


def test_users_are_listed_by_pages_below_a_path(iam: Any) -> None:
    path = f"/{fresh('page')}/"
    names = [f"{letter}-{fresh('user')}" for letter in "abcde"]
    for name in reversed(names):
        iam.create_user(UserName=name, Path=path, Tags=[{"Key": "k", "Value": "v"}])
    first = iam.list_users(PathPrefix=path, MaxItems=2)
    assert first["IsTruncated"] is True
    assert all("Tags" not in shown for shown in first["Users"])
    iam.delete_user(UserName=names[1])
    rest = iam.list_users(PathPrefix=path, Marker=first["Marker"])
    assert rest["IsTruncated"] is False
    assert "Marker" not in rest
    shown = [one["UserName"] for one in (*first["Users"], *rest["Users"])]
    assert shown == names
    pages = iam.get_paginator("list_users").paginate(
        PathPrefix=path, PaginationConfig={"PageSize": 1}
    )
    assert len([one for page in pages for one in page["Users"]]) == 4


def test_a_marker_of_nobodys(iam: Any) -> None:
    for marker in ("x", "e30=", "WyJpYW0iLDFd"):
        refused("ValidationError", 400, "Invalid Marker\\.", iam.list_users, Marker=marker)


def test_tags(iam: Any, user: str) -> None:
    iam.tag_user(UserName=user, Tags=[{"Key": "Team", "Value": "a"}, {"Key": "b", "Value": ""}])
    iam.tag_user(UserName=user, Tags=[{"Key": "team", "Value": "c"}])
    listed = iam.list_user_tags(UserName=user)
    assert listed["IsTruncated"] is False
    assert listed["Tags"] == [{"Key": "b", "Value": ""}, {"Key": "team", "Value": "c"}]
    iam.untag_user(UserName=user, TagKeys=["TEAM", "absent"])
    assert iam.list_user_tags(UserName=user)["Tags"] == [{"Key": "b", "Value": ""}]


def test_tags_that_cannot_be(iam: Any, user: str) -> None:
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    told = "Duplicate tag keys found\\. Please note that Tag keys are case insensitive\\."
    refused("InvalidInput", 400, told, iam.tag_user, UserName=user, Tags=twice)
    reserved = [{"Key": "aws:x", "Value": "1"}]
    told = "System tags cannot be added/updated/deleted by the user\\."
    refused("InvalidInput", 400, told, iam.tag_user, UserName=user, Tags=reserved)
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    iam.tag_user(UserName=user, Tags=many)
    told = "Cannot exceed quota for TagsPerResource: 50"
    one = [{"Key": "further", "Value": ""}]
    refused("LimitExceeded", 409, told, iam.tag_user, UserName=user, Tags=one)


def test_what_a_user_has_must_go_first(iam: Any, user: str) -> None:
    group = fresh("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document())
    key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    iam.create_login_profile(UserName=user, Password="Sehr-lang-17")  # noqa: S106 - of a test
    steps: tuple[tuple[str, Callable[..., Any], dict[str, str]], ...] = (
        ("must remove users from group first", iam.remove_user_from_group, {"GroupName": group}),
        ("must detach all policies first", iam.detach_user_policy, {"PolicyArn": READ_ONLY}),
        ("must delete policies first", iam.delete_user_policy, {"PolicyName": "p"}),
        ("must delete access keys first", iam.delete_access_key, {"AccessKeyId": key}),
        ("must delete login profile first", iam.delete_login_profile, {}),
    )
    for told, remove, further in steps:
        message = f"Cannot delete entity, {told}\\."
        refused("DeleteConflict", 409, message, iam.delete_user, UserName=user)
        remove(UserName=user, **further)
    iam.delete_user(UserName=user)
    missing(f"The user with name {user} cannot be found.", iam.get_user, UserName=user)
