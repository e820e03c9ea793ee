"""Every screen, as axe sees it."""

from typing import Any

import pytest
from tests.console.browser import Console

SCREENS = {
    "/repositories": "Private repositories",
    "/repositories/create": "Create private repository",
}


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
    console.page.wait_for_load_state("networkidle")
    assert console.violations() == []


def test_dialogs_have_no_grave_violation(console: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="team/web")
    page = console.open("/repositories")
    page.get_by_role("checkbox", name="team/web").check()
    console.click("View push commands")
    page.get_by_role("dialog").get_by_role("tab").first.wait_for()
    assert console.violations() == []
