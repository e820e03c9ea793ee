"""Signing in and out, and what the browser keeps of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.console.browser import GUARD, Console
from tests.live import LiveServer

PASSWORD = "Harbour-Lights-2026!"  # noqa: S105 - made up for tests
COOKIE = "portside_console"
CHANGING = "arn:aws:iam::aws:policy/IAMUserChangePassword"


@pytest.fixture(scope="module", autouse=True)
def person(server: LiveServer) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="ada")
    iam.create_login_profile(UserName="ada", Password=PASSWORD)


def test_access_keys_sign_in_and_a_reload_keeps_the_session(visitor: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="kept")
    visitor.open()
    visitor.page.get_by_text("Access keys").click()
    visitor.type("Access key ID", visitor.server.access_key_id)
    visitor.type("Secret access key", visitor.server.secret_access_key)
    visitor.click("Sign in")
    visitor.heading("Private repositories")
    visitor.page.reload()
    visitor.heading("Private repositories")
    expect(visitor.page.get_by_role("link", name="kept")).to_be_visible()


def test_an_iam_user_signs_in_with_a_password(visitor: Console) -> None:
    visitor.open()
    visitor.fill_password_form("ada", PASSWORD)
    expect(visitor.page.get_by_role("button", name="user/ada").first).to_be_visible()


def test_a_wrong_password_is_said_in_words(visitor: Console) -> None:
    visitor.open()
    visitor.fill_password_form("ada", "wrong")
    visitor.see("Your authentication information is incorrect.")
    visitor.heading("Sign in to Portside")
    assert visitor.context.cookies(f"{visitor.server.url}/console/session") == []


def test_signing_out_ends_the_session(console: Console) -> None:
    console.open()
    console.page.get_by_role("button", name="root").first.click()
    console.page.get_by_text("Sign out").first.click()
    console.heading("Sign in to Portside")
    console.page.reload()
    console.heading("Sign in to Portside")
    assert console.context.cookies(f"{console.server.url}/console/session") == []


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(console: Console) -> None:
    [cookie] = console.context.cookies(f"{console.server.url}/console/session")
    assert cookie["name"] == COOKIE
    assert cookie["httpOnly"] is True
    assert cookie["sameSite"] == "Strict"
    assert cookie["path"] == "/console/session"
    console.open()
    console.page.get_by_role("heading").first.wait_for()
    assert COOKIE not in str(console.page.evaluate("document.cookie"))
    kept = console.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "secret" not in kept.lower()
    assert "ASIA" not in kept


def test_another_sites_form_cannot_use_the_cookie(console: Console) -> None:
    without_guard = console.context.request.get("/console/session")
    assert without_guard.status == 403
    assert console.context.request.get("/console/session", headers=GUARD).status == 200


@pytest.fixture
def newcomer(server: LiveServer) -> Iterator[str]:
    """Somebody whose password an administrator set, to be changed at once."""
    iam = server.client("iam")
    iam.create_user(UserName="newcomer")
    iam.create_login_profile(UserName="newcomer", Password=PASSWORD, PasswordResetRequired=True)
    iam.attach_user_policy(UserName="newcomer", PolicyArn=CHANGING)
    yield "newcomer"
    iam.detach_user_policy(UserName="newcomer", PolicyArn=CHANGING)
    iam.delete_login_profile(UserName="newcomer")
    iam.delete_user(UserName="newcomer")


def test_a_password_that_must_be_changed_comes_first(visitor: Console, newcomer: str) -> None:
    """Nothing else is shown before, also after a reload; afterwards the new one signs in."""
    fresh = "Tide-Tables-2027!"
    visitor.open()
    visitor.fill_password_form(newcomer, PASSWORD)
    visitor.heading("Change your password")
    visitor.open("/identity/users")
    visitor.heading("Change your password")
    assert visitor.violations() == []
    visitor.type("Present password", "not this one")
    visitor.type("New password", fresh)
    visitor.type("New password again", "another")
    visitor.click("Change password")
    visitor.see("This is not the same password.")
    visitor.type("New password again", fresh)
    visitor.click("Change password")
    visitor.see("The old password was incorrect.")
    visitor.type("Present password", PASSWORD)
    visitor.click("Change password")
    expect(visitor.page.get_by_role("button", name="user/newcomer").first).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_role("button", name="user/newcomer").first).to_be_visible()
    visitor.page.get_by_role("button", name="user/newcomer").first.click()
    visitor.page.get_by_text("Sign out").first.click()
    visitor.fill_password_form(newcomer, fresh)
    expect(visitor.page.get_by_role("button", name="user/newcomer").first).to_be_visible()
