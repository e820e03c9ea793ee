"""Every screen, as axe sees it."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.console.browser import Console
from tests.live import LiveServer

ADMINISTRATORS = "arn:aws:iam::aws:policy/AdministratorAccess"
SCREENS = {
    "/repositories": "Private repositories",
    "/repositories/create": "Create private repository",
    "/identity/users": "Users",
    "/identity/users/view?name=ina": "ina",
    "/identity/groups": "Groups",
    "/identity/roles": "Roles",
    "/identity/policies": "Policies",
    f"/identity/policies/view?arn={ADMINISTRATORS}": "AdministratorAccess",
    "/registry/permissions": "Registry permissions",
    "/registry/scanning": "Scanning",
    "/registry/replication": "Replication",
    "/registry/pull-through": "Pull through cache",
    "/registry/templates": "Repository creation templates",
    "/identity/simulator": "Policy simulator",
}


@pytest.fixture(scope="module", autouse=True)
def ina(server: LiveServer) -> Iterator[None]:
    """A user, for the screens that show one."""
    iam = server.client("iam")
    iam.create_user(UserName="ina")
    yield
    iam.delete_user(UserName="ina")


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


@pytest.mark.parametrize("path", SCREENS)
def test_a_screen_has_no_grave_violation(console: Console, ecr: Any, path: str) -> None:
    ecr.create_repository(repositoryName="team/web")
    console.open(path)
    console.heading(SCREENS[path])
    console.settle()
    assert console.violations() == []


def test_dialogs_have_no_grave_violation(console: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="team/web")
    page = console.open("/repositories")
    page.get_by_role("checkbox", name="team/web").check()
    console.click("View push commands")
    page.get_by_role("dialog").get_by_role("tab").first.wait_for()
    assert console.violations() == []
