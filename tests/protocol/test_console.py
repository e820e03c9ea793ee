"""The console's session: who gets one, what it is good for, and when it ends."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, REGION, LiveServer
from tests.protocol.principals import OTHER, allow, make_user, root

URL = "/console/session"
GUARD = {"x-portside-console": "1"}
PASSWORD = "Harbour-Lights-2026!"  # noqa: S105 - made up for tests
WRONG = {"code": "SignInFailed", "message": "Your authentication information is incorrect."}


@pytest.fixture
def browser(server: LiveServer) -> Iterator[httpx.Client]:
    """Keeps cookies, as a browser does."""
    with httpx.Client(base_url=server.url, headers=GUARD, timeout=60) as client:
        yield client


@pytest.fixture
def user(server: LiveServer) -> str:
    """The name of a new user with a password."""
    name = f"console-{uuid4().hex[:12]}"
    iam = server.client("iam")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=PASSWORD, PasswordResetRequired=False)
    return name


def by_keys(server: LiveServer, **changed: str) -> dict[str, str]:
    return {
        "kind": "keys",
        "accessKeyId": server.access_key_id,
        "secretAccessKey": server.secret_access_key,
        **changed,
    }


def by_password(user: str, password: str = PASSWORD, account: str = ACCOUNT) -> dict[str, str]:
    return {"kind": "password", "account": account, "user": user, "password": password}


def acting(server: LiveServer, session: dict[str, Any], service: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=server.url,
        region_name=session["region"],
        aws_access_key_id=session["accessKeyId"],
        aws_secret_access_key=session["secretAccessKey"],
        aws_session_token=session["sessionToken"],
    )


def test_keys_give_temporary_credentials_and_a_cookie(
    server: LiveServer, browser: httpx.Client
) -> None:
    answer = browser.post(URL, json=by_keys(server))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    session = answer.json()
    assert session["accessKeyId"].startswith("ASIA")
    assert (session["account"], session["region"]) == (ACCOUNT, REGION)
    assert session["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert acting(server, session, "sts").get_caller_identity()["Arn"] == session["arn"]
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Strict", f"Path={URL}", "Max-Age=43"):
        assert part in cookie
    assert "Secure" not in cookie
    assert server.secret_access_key not in answer.text + cookie


def test_the_cookie_is_secure_behind_tls() -> None:
    with LiveServer("--workers=1", "--trusted-proxies=127.0.0.1/32") as behind:
        headers = GUARD | {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1"}
        answer = httpx.post(behind.url + URL, json=by_keys(behind), headers=headers)
    assert answer.status_code == 200
    assert "; Secure" in answer.headers["set-cookie"]


def test_a_password_gives_the_users_own_rights_and_no_more(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    session = browser.post(URL, json=by_password(user)).json()
    assert session["arn"].endswith(f":user/{user}")
    with pytest.raises(ClientError, match="ecr:DescribeRepositories") as denied:
        acting(server, session, "ecr").describe_repositories()
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_cookie_brings_new_credentials(server: LiveServer, browser: httpx.Client) -> None:
    first = browser.post(URL, json=by_keys(server)).json()
    second = browser.get(URL).json()
    assert second["arn"] == first["arn"]
    assert second["accessKeyId"] != first["accessKeyId"]
    assert acting(server, second, "sts").get_caller_identity()["Account"] == ACCOUNT


def test_signing_out_takes_the_cookie_away(server: LiveServer, browser: httpx.Client) -> None:
    browser.post(URL, json=by_keys(server))
    assert browser.delete(URL).status_code == 204
    answer = browser.get(URL)
    assert answer.status_code == 401
    assert answer.json() == {"code": "NotSignedIn", "message": "Nobody is signed in."}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_without_the_guard_header_nothing_is_given(server: LiveServer, method: str) -> None:
    with httpx.Client(base_url=server.url) as client:
        client.post(URL, json=by_keys(server), headers=GUARD)
        body = by_keys(server) if method == "POST" else None
        answer = client.request(method, URL, json=body)
        assert answer.status_code == 403
        assert answer.json()["code"] == "Forbidden"
        assert "set-cookie" not in answer.headers
        assert client.get(URL, headers=GUARD).status_code == 200


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "a" * 5000, "AAAA.BBBB", "%00", "ü", "e30="],
    ids=["none", "short", "long", "dotted", "escaped", "not ascii", "json"],
)
def test_a_cookie_that_was_made_up_is_nobody(server: LiveServer, cookie: str) -> None:
    raw = f"portside_console={cookie}".encode()
    with httpx.Client(base_url=server.url) as client:
        answer = client.get(URL, headers=[(b"cookie", raw), (b"x-portside-console", b"1")])
    assert answer.status_code == 401


def test_a_changed_cookie_is_nobody(server: LiveServer, browser: httpx.Client) -> None:
    browser.post(URL, json=by_keys(server))
    sealed = browser.cookies["portside_console"]
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    answer = httpx.get(server.url + URL, headers=GUARD | {"cookie": f"portside_console={changed}"})
    assert answer.status_code == 401


def test_the_session_ends_with_its_user(
    server: LiveServer, browser: httpx.Client, user: str
) -> None:
    assert browser.post(URL, json=by_password(user)).status_code == 200
    iam = server.client("iam")
    iam.delete_login_profile(UserName=user)
    iam.delete_user(UserName=user)
    assert browser.get(URL).status_code == 401
    iam.create_user(UserName=user)
    assert browser.get(URL).status_code == 401


@pytest.mark.parametrize(
    "given",
    [
        {"secretAccessKey": "wrong"},
        {"accessKeyId": "AKIANOBODYHASTHISKEY"},
        {"accessKeyId": "", "secretAccessKey": ""},
        {"kind": "other"},
    ],
)
def test_wrong_keys_are_refused_in_one_way(
    server: LiveServer, browser: httpx.Client, given: dict[str, str]
) -> None:
    answer = browser.post(URL, json=by_keys(server, **given))
    assert (answer.status_code, answer.json()) == (403, WRONG)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [{"password": "wrong"}, {"user": "nobody"}, {"account": OTHER}, {"account": "twelve"}],
)
def test_wrong_passwords_users_and_accounts_are_refused_in_one_way(
    browser: httpx.Client, user: str, changed: dict[str, str]
) -> None:
    answer = browser.post(URL, json=by_password(user) | changed)
    assert (answer.status_code, answer.json()) == (403, WRONG)


def test_temporary_credentials_do_not_become_longer_ones(
    server: LiveServer, browser: httpx.Client
) -> None:
    person = make_user(root(server), f"short-{uuid4().hex[:8]}", allow("sts:*"))
    short = person.client("sts").get_session_token()["Credentials"]
    keys = {"accessKeyId": short["AccessKeyId"], "secretAccessKey": short["SecretAccessKey"]}
    answer = browser.post(URL, json=by_keys(server, **keys))
    assert (answer.status_code, answer.json()) == (403, WRONG)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"kind": 1}', b"[" * 10_000, b"\xff"]
)
def test_a_body_that_is_no_document_signs_nobody_in(browser: httpx.Client, body: bytes) -> None:
    answer = browser.post(URL, content=body)
    assert (answer.status_code, answer.json()) == (403, WRONG)


def test_a_long_body_and_other_methods_are_refused(browser: httpx.Client) -> None:
    assert browser.post(URL, content=b"x" * 20_000).status_code == 413
    assert browser.put(URL).status_code == 405


def test_the_door_without_a_slash_leads_in(server: LiveServer) -> None:
    answer = httpx.get(f"{server.url}/console")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/console/"
