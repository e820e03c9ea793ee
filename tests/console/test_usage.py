"""Quotas and usage: the server's limits, what is used of them, and the charts."""

from typing import Any

from playwright.sync_api import expect
from tests.console.browser import Console
from tests.console.test_activity import wait_for
from tests.live import LiveServer
from tests.protocol.principals import allow


def test_quotas_and_charts(console: Console, ecr: Any, push: Any, server: LiveServer) -> None:
    for name, tags in (("large", ("a", "b")), ("small", ("a",)), ("empty", ())):
        ecr.create_repository(repositoryName=name)
        for tag in tags:
            push(name, tag)
    wait_for(server, "EventName", "PutImage", 3)
    page = console.open("/registry/quotas")
    console.heading("Quotas and usage")
    repositories = page.get_by_role("row", name="Registered repositories")
    expect(repositories).to_contain_text("1,000")
    expect(repositories.get_by_role("cell").nth(2)).to_have_text("3")
    images = page.get_by_role("row", name="Images per repository")
    expect(images.get_by_role("cell").nth(2)).to_have_text("2")
    chart = page.get_by_role("application", name="Images by repository")
    expect(chart).to_contain_text("large")
    expect(chart).to_contain_text("small")
    expect(chart).not_to_contain_text("empty")
    expect(page.get_by_text("Pulls and pushes of the last 7 days").first).to_be_visible()
    expect(page.get_by_text("Pushes", exact=True).first).to_be_visible()
    assert console.violations() == []


def test_what_one_may_not_see_is_said(visitor: Console, ecr: Any, person: Any) -> None:
    """The repositories are counted all the same."""
    ecr.create_repository(repositoryName="seen")
    visitor.sign_in(person(allow("servicequotas:*"), allow("ecr:Describe*")))
    page = visitor.open("/registry/quotas")
    expect(page.get_by_role("row", name="Registered repositories")).to_contain_text("1,000")
    visitor.see("You may not do this", "cloudtrail:LookupEvents")
