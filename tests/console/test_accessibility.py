"""Every screen, as axe sees it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import ACCOUNT, LiveServer

READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
ADMINISTRATORS = "arn:aws:iam::aws:policy/AdministratorAccess"
SCREENS = {
    "/repositories": "Private repositories",
    "/repositories/create": "Create private repository",
    "/repositories/view?name=team/web": "team/web",
    "/repositories/view?name=team/web&tab=lifecycle": "Event history",
    "/repositories/view?name=team/web&tab=activity": "Activity",
    "/identity/users": "Users",
    "/identity/users/view?name=ina": "ina",
    "/identity/groups": "Groups",
    "/identity/groups/view?name=crew": "crew",
    "/identity/roles": "Roles",
    "/identity/roles/view?name=pilot": "pilot",
    "/identity/policies": "Policies",
    f"/identity/policies/view?arn={ADMINISTRATORS}": "AdministratorAccess",
    "/registry/permissions": "Registry permissions",
    "/registry/scanning": "Scanning",
    "/registry/replication": "Replication",
    "/registry/pull-through": "Pull through cache",
    "/registry/templates": "Repository creation templates",
    "/registry/quotas": "Quotas and usage",
    "/activity": "Activity",
    "/identity/simulator": "Policy simulator",
}
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (420, "light")}
TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "sts:AssumeRole",
}


@pytest.fixture(scope="module", autouse=True)
def identities(server: LiveServer) -> Iterator[None]:
    """A user in a group and a role, for the screens that show one."""
    iam = server.client("iam")
    iam.create_user(UserName="ina", PermissionsBoundary=READ_ONLY)
    iam.create_group(GroupName="crew")
    iam.add_user_to_group(UserName="ina", GroupName="crew")
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    iam.create_role(RoleName="pilot", AssumeRolePolicyDocument=document)
    yield
    iam.remove_user_from_group(UserName="ina", GroupName="crew")
    iam.delete_user_permissions_boundary(UserName="ina")
    iam.delete_user(UserName="ina")
    iam.delete_group(GroupName="crew")
    iam.delete_role(RoleName="pilot")


@pytest.fixture(scope="module")
def filled(server: LiveServer, push: Any) -> None:
    """A repository with an image, and a template."""
    ecr = server.client("ecr")
    for page in ecr.get_paginator("describe_repositories").paginate():
        for one in page["repositories"]:
            ecr.delete_repository(repositoryName=one["repositoryName"], force=True)
    ecr.create_repository(repositoryName="team/web")
    push("team/web", "one")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_form_has_no_grave_violation(visitor: Console, scheme: Any) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open()
    visitor.heading("Sign in to Portside")
    assert visitor.violations() == []


def test_the_first_run_guide_has_no_grave_violation(console: Console, ecr: Any) -> None:
    assert ecr.describe_repositories()["repositories"] == []
    console.open()
    console.heading("Welcome to Portside")
    console.click("Create the repository hello")
    console.see("Waiting for your first push…")
    assert console.violations() == []


@pytest.mark.parametrize("look", LOOKS)
def test_no_screen_has_a_grave_violation(console: Console, filled: None, look: str) -> None:
    """One page goes through all of them: each is judged once it has settled."""
    assert filled is None
    width, scheme = LOOKS[look]
    console.page.set_viewport_size({"width": width, "height": 800})
    console.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = {}
    for path, heading in SCREENS.items():
        console.open(path)
        console.heading(heading)
        console.settle()
        if violations := console.violations():
            found[path] = violations
    assert found == {}


def test_a_narrow_screen_is_not_wider_than_itself(console: Console, filled: None) -> None:
    """Tables scroll within themselves; the page does not sideways."""
    assert filled is None
    console.page.set_viewport_size({"width": 420, "height": 800})
    wide = {}
    for path, heading in SCREENS.items():
        console.open(path)
        console.heading(heading)
        console.settle()
        width = console.page.evaluate("document.documentElement.scrollWidth")
        if width > 420:
            wide[path] = width
    assert wide == {}


def test_dialogs_have_no_grave_violation(console: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="team/web")
    page = console.open("/repositories")
    page.get_by_role("checkbox", name="team/web").check()
    console.click("View push commands")
    page.get_by_role("dialog").get_by_role("tab").first.wait_for()
    assert console.violations() == []


def press(console: Console, key: str, until: str, times_max: int = 60) -> None:
    """Press a key until the element of this name has the focus."""
    named = (
        "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.innerText"
    )
    for _ in range(times_max):
        console.page.keyboard.press(key)
        if (console.page.evaluate(named) or "").strip() == until:
            return
    pytest.fail(f"{key} does not lead to {until}")


def test_a_repository_is_made_edited_and_deleted_by_keys_alone(console: Console, ecr: Any) -> None:
    """Tab, space, enter and escape are enough, and dialogs give the focus back."""
    ecr.create_repository(repositoryName="other")
    page = console.open("/repositories")
    console.heading("Private repositories")
    press(console, "Tab", "Create repository")
    page.keyboard.press("Enter")
    console.heading("Create private repository")
    expect(page.get_by_label("Repository name")).to_be_focused()
    page.keyboard.type("by/keys")
    press(console, "Tab", "Create")
    page.keyboard.press("Enter")
    console.see("Repository by/keys was created.")
    assert ecr.describe_repositories(repositoryNames=["by/keys"])["repositories"]
    press(console, "Tab", "Edit")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    press(console, "Shift+Tab", "Delete")
    page.keyboard.press("Enter")
    word = page.get_by_role("dialog").get_by_role("textbox")
    word.wait_for()
    while not word.evaluate("(one) => one === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("delete")
    press(console, "Tab", "Delete")
    page.keyboard.press("Enter")
    console.see("Repository by/keys was deleted.")


def test_signing_in_by_keys_alone(visitor: Console) -> None:
    page = visitor.open()
    visitor.heading("Sign in to Portside")
    press(visitor, "Tab", "IAM user")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(visitor.server.access_key_id)
    page.keyboard.press("Tab")
    page.keyboard.type(visitor.server.secret_access_key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="root").first).to_be_visible()
