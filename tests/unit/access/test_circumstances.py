"""The condition keys that policies may ask for."""

from datetime import UTC, datetime, timedelta

from portside.access.callers import Caller, Session
from portside.access.circumstances import (
    Circumstances,
    caller_keys,
    is_lasting,
    request_keys,
    resource_keys,
)
from portside.names.accounts import AccountId
from portside.names.arns import Arn, root_arn

NOW = datetime(2026, 11, 24, 12, 30, 15, 999999, tzinfo=UTC)
ACCOUNT = AccountId("123456789012")
USER = Caller(
    arn=Arn(f"arn:aws:iam::{ACCOUNT}:user/team/amar"),
    account=ACCOUNT,
    unique_id="AIDAAMAR",
    is_root=False,
)
SESSION = Caller(
    arn=Arn(f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/ci"),
    account=ACCOUNT,
    unique_id="AROABUILDER",
    is_root=False,
    session=Session(
        name="ci",
        role_arn=Arn(f"arn:aws:iam::{ACCOUNT}:role/team/builder"),
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        tags={"team": "session"},
        source_identity="amar",
        provider="arn:aws:iam::123456789012:oidc-provider/ci.example.com",
    ),
)


def test_keys_of_a_user() -> None:
    assert caller_keys(USER, {"team": "a"}) == {
        "aws:PrincipalArn": (USER.arn.text,),
        "aws:PrincipalAccount": ("123456789012",),
        "aws:PrincipalType": ("User",),
        "aws:PrincipalIsAWSService": ("false",),
        "aws:userid": ("AIDAAMAR",),
        "aws:username": ("amar",),
        "aws:PrincipalTag/team": ("a",),
    }


def test_keys_of_a_session() -> None:
    """The principal is the role, the name a session's, and its tags go before the role's."""
    assert caller_keys(SESSION, {"team": "role", "stage": "prod"}) == {
        "aws:PrincipalArn": (f"arn:aws:iam::{ACCOUNT}:role/team/builder",),
        "aws:PrincipalAccount": ("123456789012",),
        "aws:PrincipalType": ("AssumedRole",),
        "aws:PrincipalIsAWSService": ("false",),
        "aws:userid": ("AROABUILDER:ci",),
        "aws:TokenIssueTime": ("2026-11-24T12:30:15Z",),
        "aws:MultiFactorAuthPresent": ("false",),
        "aws:SourceIdentity": ("amar",),
        "aws:FederatedProvider": ("arn:aws:iam::123456789012:oidc-provider/ci.example.com",),
        "aws:PrincipalTag/team": ("session",),
        "aws:PrincipalTag/stage": ("prod",),
    }


def test_keys_of_root() -> None:
    root = Caller(arn=root_arn(ACCOUNT), account=ACCOUNT, unique_id="AIDAROOT", is_root=True)
    keys = caller_keys(root, {})
    assert keys["aws:PrincipalType"] == ("Account",)
    assert keys["aws:userid"] == ("123456789012",)
    assert "aws:username" not in keys


def test_keys_of_a_resource() -> None:
    assert resource_keys("ecr", "123456789012", {"team": "a"}) == {
        "aws:ResourceAccount": ("123456789012",),
        "aws:ResourceTag/team": ("a",),
        "ecr:ResourceTag/team": ("a",),
    }


def test_keys_of_a_request() -> None:
    """What a request does not say is no key."""
    said = Circumstances(
        region="us-east-1",
        source_ip="10.0.0.1",
        is_secure=True,
        user_agent="docker",
        referer="https://example.com",
        parameters={"aws:TagKeys": ("a", "b")},
    )
    assert request_keys(said, NOW) == {
        "aws:CurrentTime": ("2026-11-24T12:30:15Z",),
        "aws:EpochTime": ("1795523415",),
        "aws:RequestedRegion": ("us-east-1",),
        "aws:SecureTransport": ("true",),
        "aws:ViaAWSService": ("false",),
        "aws:SourceIp": ("10.0.0.1",),
        "aws:UserAgent": ("docker",),
        "aws:Referer": ("https://example.com",),
        "aws:TagKeys": ("a", "b"),
    }
    silent = request_keys(Circumstances(region="us-east-1"), NOW)
    assert "aws:SourceIp" not in silent
    assert silent["aws:SecureTransport"] == ("false",)


def test_which_keys_last() -> None:
    """Exactly those of callers and resources, but none of requests nor an unknown one."""
    lasting = {**caller_keys(SESSION, {"a": "b"}), **caller_keys(USER, {})}
    lasting |= resource_keys("ecr", ACCOUNT.text, {"a": "b"})
    assert all(is_lasting(key.lower()) for key in lasting)
    said = Circumstances(region="r", source_ip="i", user_agent="u", referer="r")
    assert not any(is_lasting(key.lower()) for key in request_keys(said, NOW))
    assert not is_lasting("aws:requesttag/team")
    assert not is_lasting("unheard:of")
