"""Administrators of a part: what may be given, within which boundary, and to whom."""

import json
import re
from typing import Any

import pytest
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import POWER_USER, READ_ONLY, client_of, document, fresh, refused

DENIED = r"User: \S+ is not authorized to perform: iam:{} on resource: .*"


@pytest.fixture(scope="session")
def iam(server: LiveServer) -> Any:
    return server.client("iam")


def administrator(iam: Any, server: LiveServer, *statements: dict[str, Any]) -> Any:
    """A client of a new user who may do what these statements allow."""
    name = fresh("admin")
    iam.create_user(UserName=name)
    allowed = [{"Effect": "Allow", "Resource": "*"} | statement for statement in statements]
    text = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    return client_of(server, iam.create_access_key(UserName=name)["AccessKey"])


def test_users_are_made_only_within_a_boundary(iam: Any, server: LiveServer) -> None:
    """The boundary that a request sets is asked for, and the one that stands for other requests."""
    within = {"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}
    actions = ["iam:CreateUser", "iam:PutUserPolicy", "iam:PutUserPermissionsBoundary"]
    admin = administrator(iam, server, {"Action": actions, "Condition": within})
    bound, free = fresh("user"), fresh("user")
    iam.create_user(UserName=free)
    told = DENIED.format("CreateUser")
    refused("AccessDenied", 403, told, admin.create_user, UserName=bound)
    wide = {"UserName": bound, "PermissionsBoundary": POWER_USER}
    refused("AccessDenied", 403, told, admin.create_user, **wide)
    admin.create_user(UserName=bound, PermissionsBoundary=READ_ONLY)
    given = {"PolicyName": "p", "PolicyDocument": document()}
    admin.put_user_policy(UserName=bound, **given)
    told = DENIED.format("PutUserPolicy")
    refused("AccessDenied", 403, told, admin.put_user_policy, UserName=free, **given)
    told = DENIED.format("PutUserPermissionsBoundary")
    refused("AccessDenied", 403, told, admin.put_user_permissions_boundary, **wide)
    told = DENIED.format("DeleteUserPermissionsBoundary")
    refused("AccessDenied", 403, told, admin.delete_user_permissions_boundary, UserName=bound)


def test_only_certain_policies_are_given(iam: Any, server: LiveServer) -> None:
    condition = {"ArnEquals": {"iam:PolicyARN": READ_ONLY}}
    admin = administrator(iam, server, {"Action": "iam:AttachUserPolicy", "Condition": condition})
    user = fresh("user")
    iam.create_user(UserName=user)
    admin.attach_user_policy(UserName=user, PolicyArn=READ_ONLY)
    told = DENIED.format("AttachUserPolicy")
    other = {"UserName": user, "PolicyArn": POWER_USER}
    refused("AccessDenied", 403, told, admin.attach_user_policy, **other)


def test_paths_and_tags_of_what_is_acted_on(iam: Any, server: LiveServer) -> None:
    path, team = f"/{fresh('path')}/", fresh("team")
    tagged = {"StringEquals": {"iam:ResourceTag/team": team}}
    admin = administrator(
        iam,
        server,
        {"Action": "iam:GetUser", "Resource": f"arn:aws:iam::{ACCOUNT}:user{path}*"},
        {"Action": ["iam:GetRole", "iam:GetPolicy", "iam:GetUser"], "Condition": tagged},
    )
    here, there = fresh("user"), fresh("user")
    iam.create_user(UserName=here, Path=path)
    iam.create_user(UserName=there)
    assert admin.get_user(UserName=here)["User"]["Path"] == path
    told = DENIED.format("GetUser")
    refused("AccessDenied", 403, told, admin.get_user, UserName=there)
    iam.tag_user(UserName=there, Tags=[{"Key": "team", "Value": team}])
    admin.get_user(UserName=there)
    arn = iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=document())["Policy"]["Arn"]
    refused("AccessDenied", 403, DENIED.format("GetPolicy"), admin.get_policy, PolicyArn=arn)
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "team", "Value": team}])
    admin.get_policy(PolicyArn=arn)


def test_what_is_not_there_is_told_only_to_whom_it_concerns(iam: Any, server: LiveServer) -> None:
    nobody = administrator(iam, server, {"Action": "ecr:*"})
    told = re.escape(f"on resource: arn:aws:iam::{ACCOUNT}:user/nothing ")
    refused("AccessDenied", 403, f".*{told}.*", nobody.get_user, UserName="nothing")


def test_a_change_holds_for_the_next_request(iam: Any, server: LiveServer) -> None:
    name = fresh("user")
    iam.create_user(UserName=name)
    client = client_of(server, iam.create_access_key(UserName=name)["AccessKey"])
    told = DENIED.format("ListUsers")
    for _ in range(3):
        refused("AccessDenied", 403, told, client.list_users)
        iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
        client.list_users()
        iam.detach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
