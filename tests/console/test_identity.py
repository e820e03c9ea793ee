"""Identity: users with what they own, groups, roles, policies, and the simulator."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import ACCOUNT, LiveServer

PULL_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
PASSWORD = "Harbour-Lights-2026!"  # noqa: S105 - made up for tests


@pytest.fixture
def user(iam: Any) -> Iterator[str]:
    """A user who is deleted afterwards, whatever a test left with it."""
    iam.create_user(UserName="grace")
    yield "grace"
    for key in iam.list_access_keys(UserName="grace")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="grace", AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_attached_user_policies(UserName="grace")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="grace", PolicyArn=policy["PolicyArn"])
    for name in iam.list_user_policies(UserName="grace")["PolicyNames"]:
        iam.delete_user_policy(UserName="grace", PolicyName=name)
    for group in iam.list_groups_for_user(UserName="grace")["Groups"]:
        iam.remove_user_from_group(UserName="grace", GroupName=group["GroupName"])
        iam.delete_group(GroupName=group["GroupName"])
    try:
        iam.delete_login_profile(UserName="grace")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchEntity"  # noqa: PT017
    iam.delete_user(UserName="grace")


def test_a_user_is_created_and_deleted_with_all_it_owns(console: Console, iam: Any) -> None:
    page = console.open("/identity/users")
    console.heading("Users")
    console.click("Create user")
    page.get_by_role("dialog").get_by_label("Name").fill("temp")
    console.click("Create")
    console.see("The user temp was created.")
    console.heading("temp")
    assert iam.get_user(UserName="temp")["User"]["UserName"] == "temp"
    iam.create_access_key(UserName="temp")
    iam.create_login_profile(UserName="temp", Password=PASSWORD)
    iam.attach_user_policy(UserName="temp", PolicyArn=PULL_ONLY)
    console.open("/identity/users")
    page.get_by_role("checkbox", name="temp").check()
    console.click("Delete")
    page.get_by_role("dialog").get_by_role("textbox").fill("delete")
    console.click("Delete")
    console.see("The user temp was deleted.")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_user(UserName="temp")


def test_a_secret_is_shown_once_and_the_key_can_be_turned_off(
    console: Console, iam: Any, user: str, server: LiveServer
) -> None:
    page = console.open(f"/identity/users/view?name={user}")
    console.click("Create access key")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("only time")
    [key] = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    key_id = key["AccessKeyId"]
    expect(dialog).to_contain_text(key_id)
    words = dialog.inner_text().split()
    [secret] = [word for word in words if len(word) == 40]
    own = server.client("sts", aws_access_key_id=key_id, aws_secret_access_key=secret)
    assert own.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    console.click("Done")
    page.reload()
    page.get_by_role("radio", name=key_id).check()
    assert secret not in page.content()
    console.click("Deactivate")
    console.see(f"Access key {key_id} is inactive.")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        own.get_caller_identity()


def test_policies_are_attached_and_written_inline(console: Console, iam: Any, user: str) -> None:
    page = console.open(f"/identity/users/view?name={user}")
    console.click("Attach policies")
    page.get_by_role("dialog").get_by_role("button", name="Policies").click()
    page.get_by_role("option", name="AmazonEC2ContainerRegistryReadOnly").click()
    page.keyboard.press("Escape")
    console.click("Attach")
    console.see("The policies were attached.")
    attached = iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [PULL_ONLY]
    console.click("Create inline policy")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Policy name").fill("login")
    dialog.get_by_label("Policy document").fill("{")
    expect(dialog).to_contain_text("This is no JSON")
    dialog.get_by_label("Policy document").fill('{"Version": "2012-10-17", "Statement": 1}')
    console.click("Save")
    expect(dialog).to_contain_text("Malformed Policy Document")
    expect(dialog).to_contain_text("(request ")
    dialog.get_by_label("Policy document").fill(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow",'
        ' "Action": "ecr:GetAuthorizationToken", "Resource": "*"}}'
    )
    console.click("Save")
    console.see("The inline policy was saved.")
    assert iam.list_user_policies(UserName=user)["PolicyNames"] == ["login"]


def test_a_password_is_set_and_signs_in(console: Console, user: str) -> None:
    page = console.open(f"/identity/users/view?name={user}")
    console.see("No password")
    console.click("Set password")
    page.get_by_role("dialog").get_by_label("New password").fill(PASSWORD)
    console.click("Save")
    console.see("May sign in with a password")
    console.context.clear_cookies()
    console.open()
    console.fill_password_form(user, PASSWORD)
    expect(page.get_by_role("button", name=f"user/{user}").first).to_be_visible()


def test_group_membership(console: Console, iam: Any, user: str) -> None:
    iam.create_group(GroupName="crew")
    page = console.open("/identity/groups/view?name=crew")
    console.click("Add users")
    page.get_by_role("dialog").get_by_role("button", name="Users").click()
    page.get_by_role("option", name=user).click()
    page.keyboard.press("Escape")
    console.click("Add")
    console.see("The membership was added.")
    assert [one["UserName"] for one in iam.get_group(GroupName="crew")["Users"]] == [user]


def test_the_simulator_says_what_is_allowed_and_why(console: Console, iam: Any, user: str) -> None:
    iam.attach_user_policy(UserName=user, PolicyArn=PULL_ONLY)
    page = console.open("/identity/simulator")
    page.get_by_label("User, group or role").click()
    page.get_by_role("option", name=f"user/{user}").click()
    page.get_by_label("Actions").fill("ecr:BatchGetImage\necr:PutImage")
    console.click("Simulate")
    pull = page.get_by_role("row", name="ecr:BatchGetImage")
    expect(pull).to_contain_text("Allowed")
    expect(pull).to_contain_text("AmazonEC2ContainerRegistryReadOnly")
    expect(page.get_by_role("row", name="ecr:PutImage")).to_contain_text("Not allowed")


def test_roles_and_policies_are_shown_with_their_documents(console: Console, iam: Any) -> None:
    page = console.open("/identity/roles")
    console.click("Create role")
    page.get_by_role("dialog").get_by_label("Name").fill("deploy")
    console.click("Create")
    console.heading("deploy")
    expect(page.get_by_role("region", name="Trust policy")).to_contain_text("sts:AssumeRole")
    iam.delete_role(RoleName="deploy")
    console.open(f"/identity/policies/view?arn={PULL_ONLY}")
    console.heading("AmazonEC2ContainerRegistryReadOnly")
    document = page.get_by_role("region", name="Policy document")
    expect(document).to_contain_text("ecr:GetAuthorizationToken")


def test_texts_of_policies_stay_texts(console: Console, iam: Any, user: str) -> None:
    hostile = "<img src=x onerror=window.hurt=1>"
    only = {"StringEquals": {"aws:userid": hostile}}
    statement = {"Effect": "Deny", "Action": "ecr:*", "Resource": "*", "Condition": only}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName=user, PolicyName="odd", PolicyDocument=document)
    page = console.open(f"/identity/users/view?name={user}")
    page.get_by_role("row", name="odd").get_by_text("odd").click()
    box = page.get_by_role("dialog").get_by_label("Policy document")
    expect(box).to_have_value(re.compile(re.escape(hostile)))
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_password_to_be_changed_comes_with_the_right_to(
    console: Console, iam: Any, user: str
) -> None:
    page = console.open(f"/identity/users/view?name={user}")
    console.click("Set password")
    page.get_by_role("dialog").get_by_label("New password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_label("Must be changed").check(force=True)
    console.click("Save")
    console.see(f"The password of {user} was set.")
    assert iam.get_login_profile(UserName=user)["LoginProfile"]["PasswordResetRequired"] is True
    [attached] = iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
    assert attached["PolicyName"] == "IAMUserChangePassword"


def boundary(console: Console, policy: str) -> None:
    console.click("Set boundary")
    dialog = console.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Policy").click()
    console.page.get_by_role("option", name=policy).click()
    console.click("Set")
    console.see("The permissions boundary was set.")


def test_a_users_boundary_is_set_and_removed(console: Console, iam: Any, user: str) -> None:
    page = console.open(f"/identity/users/view?name={user}")
    console.see("No boundary")
    boundary(console, "AmazonEC2ContainerRegistryReadOnly")
    held = iam.get_user(UserName=user)["User"]["PermissionsBoundary"]
    assert held["PermissionsBoundaryArn"] == PULL_ONLY
    expect(page.get_by_role("link", name="AmazonEC2ContainerRegistryReadOnly")).to_be_visible()
    console.click("Remove boundary")
    console.click("Remove")
    console.see("The permissions boundary was removed.")
    assert "PermissionsBoundary" not in iam.get_user(UserName=user)["User"]


def test_tags_of_users_and_roles(console: Console, iam: Any, user: str) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(
        RoleName="tagged",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        Tags=[{"Key": "old", "Value": "1"}],
    )
    for path in (f"users/view?name={user}", "roles/view?name=tagged"):
        page = console.open(f"/identity/{path}")
        if "roles" in path:
            boundary(console, "AmazonEC2ContainerRegistryReadOnly")
            console.click("Remove old")
        console.click("Add tag")
        page.get_by_label("Key 1").fill("team")
        page.get_by_label("Value 1 - optional").or_(page.get_by_label("Value 1")).fill("web")
        console.click("Save")
        console.see("were saved.")
    expected = [{"Key": "team", "Value": "web"}]
    assert iam.list_user_tags(UserName=user)["Tags"] == expected
    role = iam.get_role(RoleName="tagged")["Role"]
    assert role["Tags"] == expected
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == PULL_ONLY
    iam.untag_user(UserName=user, TagKeys=["team"])
    iam.delete_role(RoleName="tagged")
