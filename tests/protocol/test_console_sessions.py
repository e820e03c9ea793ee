"""The console's sign-in over the wire: who comes in, what the cookie is good for, when it ends."""

import json
import time
from typing import Any

import httpx
import pytest
from tests.live import ACCOUNT, LiveServer
from tests.protocol.identity import fresh

PASSWORD = "Correct-Horse-9"  # noqa: S105 - made up for tests
GUARD = {"x-portside-console": "1"}
COOKIE = "portside_console"


@pytest.fixture
def browser(server: LiveServer) -> Any:
    with httpx.Client(base_url=server.url, headers=GUARD, timeout=60) as client:
        yield client


@pytest.fixture
def user(server: LiveServer) -> str:
    """A user with a password."""
    name, iam = fresh("user"), server.client("iam")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=PASSWORD)
    return name


def sign_in(browser: httpx.Client, **given: str) -> httpx.Response:
    return browser.post("/console/session", json=given)


def with_password(browser: httpx.Client, user: str, password: str = PASSWORD) -> httpx.Response:
    return sign_in(browser, kind="password", account=ACCOUNT, user=user, password=password)


def identity(server: LiveServer, answer: httpx.Response) -> str:
    """Whom the credentials of an answer name."""
    made = answer.json()
    client = server.client(
        "sts",
        aws_access_key_id=made["accessKeyId"],
        aws_secret_access_key=made["secretAccessKey"],
        aws_session_token=made["sessionToken"],
    )
    return str(client.get_caller_identity()["Arn"])


def test_a_password_opens_a_session_that_a_reload_goes_on_with(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{user}"
    entered = with_password(browser, user)
    assert entered.status_code == 200
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/console/session" in cookie
    assert entered.headers["cache-control"] == "no-store"
    assert identity(server, entered) == arn
    again = browser.get("/console/session")
    assert (again.status_code, again.json()["arn"]) == (200, arn)
    assert again.json()["sessionToken"] != entered.json()["sessionToken"]
    assert identity(server, again) == arn


def test_signing_out_takes_the_cookie(browser: httpx.Client, user: str) -> None:
    with_password(browser, user)
    assert browser.delete("/console/session").status_code == 204
    assert COOKIE not in browser.cookies
    assert browser.get("/console/session").status_code == 401


def test_pages_of_other_sites_get_nothing(browser: httpx.Client, user: str) -> None:
    """Without the header that they cannot send, neither cookie nor password is looked at."""
    with_password(browser, user)
    del browser.headers["x-portside-console"]
    assert browser.get("/console/session").json()["code"] == "Forbidden"
    assert with_password(browser, user).status_code == 403


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "password", "account": ACCOUNT, "user": "nobody", "password": PASSWORD},
        {"kind": "password", "account": "12", "user": "nobody", "password": PASSWORD},
        {"kind": "keys", "accessKeyId": "AKIANOBODYNOBODYNOBO", "secretAccessKey": "x"},
        {"kind": "keys", "accessKeyId": "ASIANOBODYNOBODYNOBO", "secretAccessKey": "x"},
        {"kind": "keys"},
        {},
    ],
)
def test_nobody_is_told_what_was_wrong(browser: httpx.Client, given: dict[str, str]) -> None:
    refused = sign_in(browser, **given)
    assert (refused.status_code, refused.json()["code"]) == (403, "SignInFailed")
    assert COOKIE not in browser.cookies


def test_a_forged_cookie_is_none(browser: httpx.Client, user: str) -> None:
    with_password(browser, user)
    sealed = browser.cookies[COOKIE]
    for cookie in ("", "x", sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"), "x" * 5000):
        answer = httpx.get(
            f"{browser.base_url}/console/session", headers={**GUARD, "cookie": f"{COOKIE}={cookie}"}
        )
        assert answer.status_code == 401


def test_a_session_ends_with_its_password(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    """Whoever stole a cookie is out as soon as the password is another, or none."""
    iam = server.client("iam")
    with_password(browser, user)
    iam.update_login_profile(UserName=user, Password=PASSWORD + "x")
    assert browser.get("/console/session").status_code == 401
    assert with_password(browser, user, PASSWORD + "x").status_code == 200
    iam.delete_login_profile(UserName=user)
    assert browser.get("/console/session").status_code == 401


def test_that_a_password_must_be_changed_is_told_each_time(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    iam = server.client("iam")
    iam.update_login_profile(UserName=user, PasswordResetRequired=True)
    assert with_password(browser, user).json()["resetRequired"] is True
    assert browser.get("/console/session").json()["resetRequired"] is True
    iam.update_login_profile(UserName=user, PasswordResetRequired=False)
    assert browser.get("/console/session").json()["resetRequired"] is False


def test_a_session_ends_with_its_access_key(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    iam = server.client("iam")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    shown = {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}
    entered = sign_in(browser, kind="keys", **shown)
    assert identity(server, entered) == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    assert browser.get("/console/session").status_code == 200
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert browser.get("/console/session").status_code == 401
    assert sign_in(browser, kind="keys", **shown).status_code == 403
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Active")
    assert browser.get("/console/session").status_code == 200
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    assert browser.get("/console/session").status_code == 401


def test_temporary_credentials_open_no_longer_session(
    server: LiveServer, browser: httpx.Client
) -> None:
    made = server.client("sts").get_session_token()["Credentials"]
    answer = sign_in(
        browser,
        kind="keys",
        accessKeyId=made["AccessKeyId"],
        secretAccessKey=made["SecretAccessKey"],
    )
    assert answer.status_code == 403


def test_no_path_leads_out_of_the_console(server: LiveServer) -> None:
    for path in ("/console/../../etc/passwd", "/console/%2e%2e/%2e%2e/etc/passwd", "/console//etc"):
        answer = httpx.get(server.url + path, follow_redirects=False)
        assert b"root:" not in answer.content


def record(server: LiveServer, answer: httpx.Response) -> dict[str, Any]:
    """The record of a request in the audit trail, as soon as it is written."""
    wanted = answer.headers["x-request-id"]
    end = time.monotonic() + 30
    while True:
        for file in (server.data / "audit").glob("*.jsonl"):
            for line in file.read_text(encoding="utf-8").splitlines():
                if wanted in line:
                    return dict(json.loads(line))
        assert time.monotonic() < end, "nothing was recorded"
        time.sleep(0.2)


def test_who_came_in_is_recorded(server: LiveServer, browser: httpx.Client, user: str) -> None:
    found = record(server, with_password(browser, user))
    assert (found["eventSource"], found["eventName"]) == ("signin.amazonaws.com", "ConsoleLogin")
    assert (found["eventType"], found["readOnly"]) == ("AwsConsoleSignIn", False)
    assert found["responseElements"] == {"ConsoleLogin": "Success"}
    assert found["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    assert found["sourceIPAddress"] == "127.0.0.1"
    assert "errorCode" not in found


def test_who_did_not_is_recorded_without_what_was_typed(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    found = record(server, with_password(browser, user, "typed-by-mistake"))
    assert found["responseElements"] == {"ConsoleLogin": "Failure"}
    assert found["errorCode"] == "SignInFailed"
    assert found["userIdentity"]["userName"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert "typed-by-mistake" not in json.dumps(found)
    key = {"accessKeyId": "AKIANOBODYNOBODYNOBO", "secretAccessKey": "typed-by-mistake"}
    found = record(server, sign_in(browser, kind="keys", **key))
    assert found["userIdentity"] == {"type": "Unknown", "accessKeyId": key["accessKeyId"]}
    assert "typed-by-mistake" not in json.dumps(found)
